// Runs that are stopped or killed half-way, and taken up again.
#pragma once

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "cli/dropping.hpp"

namespace bulkdrop::test {

// A server that could do many at once, and a client that asks for two: 20 sessions a second. A hundred of
// them take long enough that the run is not over before a test gets to stopping it, also where nobody has the
// processor for seconds; taken up again with kQuickly, the rest is done in one.
inline const Words kRoomy = {"--latency", "100ms", "--workers", "16"};  // the sandbox
inline const Words kSlowly = {"--concurrency", "2", "--fixed-concurrency"};
inline const Words kQuickly = {"--concurrency", "16"};

// `bulkdrop resume`, without a question.
Command resume(const TempDir& directory, const Sandbox& sandbox, const Words& words = {},
               const std::string& run = "run");

Finished report(const TempDir& directory, const std::string& run = "run");

// Until a file is there, or says so; false if it takes too long.
bool appears(const std::string& path);
bool recorded(const std::string& path, std::string_view text);

// Asks it how far it is (SIGUSR1) until the answer has this text, such as "window 8/8"; false if it takes too
// long. What changes meanwhile may be otherwise again by the time that the test goes on: freeze the sandbox
// before.
bool tells(Process& process, std::string_view text);

// Sends the signal and waits for the end: killed by it, or with the exit code that stands for it.
Finished ended_by(int signal, Process& process, Milliseconds patience = Milliseconds(60'000));
// The same when the server has been asked so often.
Finished ended_by(int signal, Process& process, const Sandbox& sandbox, std::size_t requests);
Finished ended_by(int signal, const Command& command, const Sandbox& sandbox, std::size_t requests);

// A run over all sessions of a sandbox that was stopped, or killed, when it had asked for a few of them; a
// killed one leaves two in doubt.
class StoppedRun {
 public:
  static constexpr std::size_t kSessions = 120;

  explicit StoppedRun(int signal = SIGINT, const Words& words = {}, std::size_t requests = 6);

  [[nodiscard]] const Sandbox& sandbox() const { return sandbox_; }
  [[nodiscard]] const TempDir& here() const { return here_; }
  [[nodiscard]] std::string file(std::string_view name) const;
  // Its reports as they are now; a run that was killed has none until report().
  [[nodiscard]] RunDirectory rows() const { return RunDirectory(here_.path("run")); }
  [[nodiscard]] std::uint64_t left() const { return rows().count("unsent"); }
  [[nodiscard]] Finished report() const { return test::report(here_); }
  // With a login and these words; quickly.
  [[nodiscard]] Finished resume(const Words& words = {"--yes"}) const;
  // Each by one request.
  void check_all_dropped() const;

 private:
  Sandbox sandbox_;
  TempDir here_;
};

}  // namespace bulkdrop::test
