// The listening sandbox: one thread, loopback only.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/sandbox/connection.hpp"
#include "bulkdrop/sandbox/knee.hpp"
#include "bulkdrop/sandbox/options.hpp"
#include "bulkdrop/sandbox/service.hpp"

namespace bulkdrop::sandbox {

// A server's clock may be wrong.
class ShiftedClock final : public Clock {
 public:
  explicit ShiftedClock(Duration ahead)
      : ahead_(std::chrono::duration_cast<std::chrono::milliseconds>(ahead)) {}
  [[nodiscard]] TimePoint now() const override { return system_.now(); }
  [[nodiscard]] WallTime wall() const override { return system_.wall() + ahead_; }

 private:
  SystemClock system_;
  std::chrono::milliseconds ahead_;
};

class Server {
 public:
  // Makes the sessions, writes the export and listens; connections wait until run(). Throws Error(usage) for
  // an address that is not loopback, a port that is taken, or wrong faults; Error(run_directory) for a file.
  explicit Server(Options options);

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::string url() const;  // http://127.0.0.1:PORT
  [[nodiscard]] const Service& service() const { return service_; }

  // From now on SIGINT and SIGTERM stop it.
  void stop_on_signals();
  // Serves until stop(). Throws Error(run_directory) if the ledger can't be written.
  void run();
  // Closes everything and makes run() return; from any thread.
  void stop();

 private:
  void accept();
  void sweep();
  void shut_down();

  Options options_;
  ShiftedClock clock_;
  boost::asio::io_context context_{1};
  Service service_;
  Knee knee_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer sweep_timer_;
  boost::asio::steady_timer retry_timer_;
  std::optional<boost::asio::signal_set> signals_;
  std::vector<std::weak_ptr<Connection>> connections_;
  bool stopping_ = false;
};

}  // namespace bulkdrop::sandbox
