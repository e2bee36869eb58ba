// What the outside world wants of the process.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

#include <signal.h>

#include "bulkdrop/core/error.hpp"

namespace bulkdrop::run {

// Takes SIGINT, SIGTERM, SIGHUP and SIGUSR1 out of asynchronous delivery and receives them in a thread of its
// own, so that no handler runs at a bad moment. Make one in main() before any other thread. SIGPIPE is
// ignored: a closed standard output is an error of write(). A SIGINT or SIGHUP that whoever started us wants
// ignored (nohup, a background job of a script) stays ignored.
class Signals {
 public:
  Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals();

  // 0, or the first SIGINT, SIGTERM or SIGHUP that came.
  [[nodiscard]] int stop_signal() const { return stop_signal_; }
  // How many of them came: the second one means "now".
  [[nodiscard]] int stops() const { return stops_; }
  // True once for each SIGUSR1.
  bool take_progress_request() { return progress_requested_.exchange(false); }

  // Called from the signal thread after each signal, until replaced (an empty function = nobody). After this
  // returns the former function is not running and will not run.
  void on_signal(std::function<void()> wake);

 private:
  void watch();
  sigset_t watched_{};
  std::atomic<int> stop_signal_{0};
  std::atomic<int> stops_{0};
  std::atomic<bool> progress_requested_{false};
  std::atomic<bool> ending_{false};
  std::mutex mutex_;
  std::function<void()> wake_;
  std::thread thread_;
};

// `SIGINT` and its like, of what stop_signal() gives.
std::string_view signal_name(int number);

// A SIGHUP ends a run as a SIGTERM does.
ExitCode exit_code_of_signal(int number);

// Signals wake something only as long as that something is there.
class WakeWhileHere {
 public:
  WakeWhileHere(Signals& signals, std::function<void()> wake) : signals_(signals) {
    signals_.on_signal(std::move(wake));
  }
  WakeWhileHere(const WakeWhileHere&) = delete;
  WakeWhileHere& operator=(const WakeWhileHere&) = delete;
  ~WakeWhileHere() { signals_.on_signal({}); }

 private:
  Signals& signals_;
};

}  // namespace bulkdrop::run
