#include "bulkdrop/sandbox/connection.hpp"

#include <chrono>
#include <cstddef>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>

namespace bulkdrop::sandbox {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

constexpr std::size_t kReadSize = 4096;
constexpr std::size_t kWriteAt = 64 * 1024;  // pipelined answers go out in pieces of about this size
constexpr Duration kIdleLimit = std::chrono::seconds(75);
constexpr Duration kWriteLimit = std::chrono::seconds(60);
constexpr Duration kCloseLimit = std::chrono::seconds(2);

int status_of(const boost::system::error_code& error) {
  if (error == http::error::header_limit) return 431;
  if (error == http::error::body_limit) return 413;
  return 400;
}

}  // namespace

Connection::Connection(asio::ip::tcp::socket socket, Service& service, Knee& knee)
    : socket_(std::move(socket)), service_(service), knee_(knee) {}

void Connection::start() {
  boost::system::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  parser_.emplace(request_);
  read();
}

void Connection::touch(State state) {
  state_ = state;
  active_at_ = std::chrono::steady_clock::now();
}

void Connection::read() {
  touch(State::reading);
  socket_.async_read_some(
      in_.prepare(kReadSize),
      [self = shared_from_this()](const auto& error, std::size_t bytes) { self->on_read(error, bytes); });
}

void Connection::on_read(const boost::system::error_code& error, std::size_t bytes) {
  if (error) return;  // the client has left; the last reference goes with this handler
  in_.commit(bytes);
  advance();
}

void Connection::advance() {
  while (in_.size() > 0 && out_.size() < kWriteAt) {
    boost::system::error_code error;
    in_.consume(parser_->put(in_.data(), error));
    if (error && error != http::error::need_more) {
      act(service_.refuse(status_of(error), out_));
      return;
    }
    if (!parser_->is_done()) {
      if (error) break;
      continue;
    }
    const Then then = service_.begin(request_, exchange_, out_);
    parser_.emplace(request_);
    if (!act(then)) return;
  }
  if (request_.expects_continue && parser_->is_header_done()) {
    out_ += "HTTP/1.1 100 Continue\r\n\r\n";
    request_.expects_continue = false;
  }
  then_ = Then::go_on;
  if (out_.empty())
    read();
  else
    write();
}

bool Connection::act(Then then) {
  if (then == Then::go_on) return true;
  then_ = then;
  if (out_.empty())
    after_write();
  else
    write();
  return false;
}

void Connection::write() {
  touch(State::writing);
  service_.flush_ledger();
  asio::async_write(socket_, asio::buffer(out_), [self = shared_from_this()](const auto& error, std::size_t) {
    self->out_.clear();
    if (!error)
      self->after_write();
    else if (self->then_ == Then::work)
      self->service_.abandon(self->exchange_);
  });
}

void Connection::after_write() {
  switch (then_) {
    case Then::go_on:
      advance();
      break;
    case Then::close:
      close_gently();
      break;
    case Then::reset:
      reset();
      break;
    case Then::hold:
      service_.flush_ledger();
      touch(State::holding);
      drain();
      break;
    case Then::work:
      touch(State::working);
      knee_.submit(shared_from_this(), service_.work_time(exchange_));
      break;
    case Then::more:
      if (act(service_.more_of_list(exchange_, out_))) advance();
      break;
  }
}

void Connection::work_done() {
  if (act(service_.finish(exchange_, out_))) advance();
}

void Connection::work_abandoned() {
  service_.abandon(exchange_);
}

void Connection::reset() {
  service_.flush_ledger();
  boost::system::error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

void Connection::close_gently() {
  // Closing with unread bytes would send RST and could take the answer from the client: say FIN, then read
  // until the client's own (RFC 9112 §9.6).
  boost::system::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  touch(State::closing);
  drain();
}

void Connection::drain() {
  in_.clear();
  socket_.async_read_some(in_.prepare(kReadSize),
                          [self = shared_from_this()](const auto& error, std::size_t) {
                            if (!error) self->drain();
                          });
}

void Connection::close_now() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void Connection::close_if_idle(TimePoint now) {
  const Duration idle = now - active_at_;
  if ((state_ == State::reading && idle > kIdleLimit) || (state_ == State::writing && idle > kWriteLimit) ||
      (state_ == State::closing && idle > kCloseLimit))
    close_now();
}

}  // namespace bulkdrop::sandbox
