// What the outside world wants of the process.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include <signal.h>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/error.hpp"

namespace bulkdrop::run {

// Which of the signals that stop a run count. A terminal that is lost makes one event out of many signals:
// the kernel and the shell send a SIGHUP each, and who ends the login session sends a SIGTERM with it. So a
// SIGHUP counts where nothing came before it, and a SIGTERM right after a SIGHUP is part of that.
class StopCount {
 public:
  static constexpr Duration kSameEvent = std::chrono::seconds(1);

  // True if it counts.
  bool came(int number, TimePoint now);
  [[nodiscard]] int count() const { return count_; }

 private:
  int count_ = 0;
  std::optional<TimePoint> hung_up_;
};

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
  // How many of them count: the second one means "now".
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
  StopCount count_;  // of the signal thread
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
