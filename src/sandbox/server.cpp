#include "bulkdrop/sandbox/server.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <utility>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/sandbox/session_text.hpp"

namespace bulkdrop::sandbox {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto kSweepEvery = std::chrono::seconds(1);
constexpr auto kAcceptRetry = std::chrono::milliseconds(20);
constexpr int kBacklog = 4096;

tcp::endpoint loopback_endpoint(const Options& options) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(options.address, error);
  if (error || !address.is_loopback())
    throw Error(ExitCode::usage,
                fmt::format("--address {}: the sandbox listens on loopback only, as 127.0.0.1 or ::1",
                            options.address));
  return {address, options.port};
}

tcp::acceptor listen(asio::io_context& context, const Options& options) {
  const tcp::endpoint endpoint = loopback_endpoint(options);
  tcp::acceptor acceptor(context);
  boost::system::error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(kBacklog, error);
  if (error == asio::error::address_in_use)
    throw Error(ExitCode::usage,
                fmt::format("port {} of {} is in use: choose another with --port, or 0 for any "
                            "free one",
                            options.port, options.address));
  if (error)
    throw Error(ExitCode::usage, fmt::format("cannot listen on port {} of {}: {}", options.port,
                                             options.address, error.message()));
  return acceptor;
}

}  // namespace

Server::Server(Options options)
    : options_(std::move(options)),
      clock_(options_.clock_offset),
      service_(options_, clock_),
      knee_(context_, options_.workers),
      acceptor_(listen(context_, options_)),
      sweep_timer_(context_),
      retry_timer_(context_) {
  if (!options_.export_file.empty()) {
    const auto now = std::chrono::floor<std::chrono::seconds>(clock_.wall()).time_since_epoch().count();
    write_export(service_.sessions(), options_.export_file, now);
  }
}

std::uint16_t Server::port() const {
  return acceptor_.local_endpoint().port();
}

std::string Server::url() const {
  const bool bracket = options_.address.find(':') != std::string::npos;
  return fmt::format("http://{}{}{}:{}", bracket ? "[" : "", options_.address, bracket ? "]" : "", port());
}

void Server::stop_on_signals() {
  signals_.emplace(context_, SIGINT, SIGTERM);
  signals_->async_wait([this](const boost::system::error_code& error, int) {
    if (!error) shut_down();
  });
}

void Server::run() {
  accept();
  sweep();
  context_.run();
  service_.flush_ledger();
}

void Server::stop() {
  asio::post(context_, [this] { shut_down(); });
}

void Server::accept() {
  acceptor_.async_accept([this](const boost::system::error_code& error, tcp::socket socket) {
    if (stopping_) return;
    if (error) {
      // Out of descriptors, most likely: connections that end will free some.
      retry_timer_.expires_after(kAcceptRetry);
      retry_timer_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled && !stopping_) accept();
      });
      return;
    }
    const auto connection = std::make_shared<Connection>(std::move(socket), service_, knee_);
    connections_.push_back(connection);
    connection->start();
    accept();
  });
}

void Server::sweep() {
  const TimePoint now = std::chrono::steady_clock::now();
  std::erase_if(connections_, [now](const std::weak_ptr<Connection>& entry) {
    const auto connection = entry.lock();
    if (connection) connection->close_if_idle(now);
    return connection == nullptr;
  });
  sweep_timer_.expires_after(kSweepEvery);
  sweep_timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (!cancelled && !stopping_) sweep();
  });
}

void Server::shut_down() {
  if (std::exchange(stopping_, true)) return;
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  sweep_timer_.cancel();
  retry_timer_.cancel();
  if (signals_) signals_->cancel(ignored);
  knee_.abandon_all();
  for (const auto& entry : connections_)
    if (const auto connection = entry.lock()) connection->close_now();
}

}  // namespace bulkdrop::sandbox
