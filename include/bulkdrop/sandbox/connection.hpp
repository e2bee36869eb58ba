// One client's connection: reads requests (pipelined ones, too), has them answered in order, writes. Lives as
// long as an operation of its is under way. For the io_context's thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/sandbox/knee.hpp"
#include "bulkdrop/sandbox/request.hpp"
#include "bulkdrop/sandbox/service.hpp"

namespace bulkdrop::sandbox {

class Connection final : public Job, public std::enable_shared_from_this<Connection> {
 public:
  // `service` and `knee` must outlive it.
  Connection(boost::asio::ip::tcp::socket socket, Service& service, Knee& knee);

  void start();
  // Closes at once.
  void close_now();
  // Closes a connection that has been idle, or stuck, for too long.
  void close_if_idle(TimePoint now);

  void work_done() override;
  void work_abandoned() override;

 private:
  // What the connection waits for decides how long it may wait.
  enum class State : std::uint8_t { reading, writing, working, holding, closing };

  void read();
  void on_read(const boost::system::error_code& error, std::size_t bytes);
  void advance();
  // False: an asynchronous step is under way, and parsing goes on after it.
  bool act(Then then);
  void write();
  void after_write();
  void reset();
  void close_gently();
  void drain();
  void touch(State state);

  boost::asio::ip::tcp::socket socket_;
  Service& service_;
  Knee& knee_;
  boost::beast::flat_buffer in_;
  std::string out_;
  Request request_;
  std::optional<RequestParser> parser_;
  Exchange exchange_;
  TimePoint active_at_{};
  State state_ = State::reading;
  Then then_ = Then::go_on;
};

}  // namespace bulkdrop::sandbox
