// What a run meets outside: signals, a person, a disk.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "support/temp_dir.hpp"
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include "bulkdrop/core/secret.hpp"
#include "bulkdrop/pam/credentials.hpp"
#include "bulkdrop/run/console.hpp"
#include "bulkdrop/run/signals.hpp"

namespace bulkdrop::run {

// Puts this thread's signal mask and the dispositions of a few signals back at the end.
class SignalsRestored {
 public:
  SignalsRestored() {
    ::pthread_sigmask(SIG_SETMASK, nullptr, &mask_);
    for (std::size_t i = 0; i < std::size(kNumbers); ++i) ::sigaction(kNumbers[i], nullptr, &actions_[i]);
  }
  SignalsRestored(const SignalsRestored&) = delete;
  SignalsRestored& operator=(const SignalsRestored&) = delete;
  ~SignalsRestored() {
    for (std::size_t i = 0; i < std::size(kNumbers); ++i) ::sigaction(kNumbers[i], &actions_[i], nullptr);
    ::pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
  }

 private:
  static constexpr int kNumbers[] = {SIGPIPE, SIGINT, SIGHUP, SIGTERM};
  sigset_t mask_{};
  struct sigaction actions_[std::size(kNumbers)] = {};
};

// To the process, as a terminal or systemd would.
inline void send_signal(int number) {
  ::kill(::getpid(), number);
}

inline bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

class ConsoleDouble : public Console {
 public:
  void log(Level level, std::string_view text) override { logged.emplace_back(level, text); }
  void bad_row(const BadRow& row) override {
    bad_rows.push_back(
        fmt::format("{}:{} {} {}", row.source, row.line, name(row.result.status), name(row.result.reason)));
  }
  [[nodiscard]] bool logs(Level) const override { return true; }
  bool confirm(const Plan& plan) override {
    asked.push_back(plan);
    return answer;
  }
  [[nodiscard]] TimePoint next_progress() const override { return progress_at; }
  void progress(const report::Snapshot& snapshot, TimePoint, bool was_asked) override {
    shown.emplace_back(snapshot, was_asked);
    progress_at = TimePoint::max();
  }
  void end_progress() override {}

  std::vector<std::pair<Level, std::string>> logged;
  std::vector<std::string> bad_rows;
  std::vector<Plan> asked;
  std::vector<std::pair<report::Snapshot, bool>> shown;
  bool answer = true;
  TimePoint progress_at = TimePoint::max();
};

// What every whole run is given, and finds as it was once it is over.
struct Surroundings {
  SignalsRestored restored;
  Signals signals;
  ConsoleDouble console;
  test::TempDir directory;
};

// A client whose token the server has yet to give, and one who has it.
inline pam::Credentials some_client(Duration outage, std::uint64_t seed) {
  std::string secret = "s3";
  return pam::Credentials::client({"me", Secret(secret), ""}, outage, seed);
}
inline pam::Credentials some_bearer() {
  std::string token = "s3";
  return pam::Credentials::bearer(Secret(token), {});
}

}  // namespace bulkdrop::run
