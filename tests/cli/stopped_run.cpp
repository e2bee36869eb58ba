#include "cli/stopped_run.hpp"

#include <filesystem>

#include <unistd.h>

namespace bulkdrop::test {

Command resume(const TempDir& directory, const Sandbox& sandbox, const Words& words, const std::string& run) {
  return bulkdrop(directory, Words{"resume", run, "--yes", "--token-file", sandbox.token_file()} + words);
}

Finished report(const TempDir& directory, const std::string& run) {
  return test::run(bulkdrop(directory, {"report", run}));
}

bool appears(const std::string& path) {
  for (int i = 0; i < 4000; ++i) {
    if (std::filesystem::exists(path)) return true;
    ::usleep(5'000);
  }
  return false;
}

bool recorded(const std::string& path, std::string_view text) {
  for (int i = 0; i < 4000; ++i) {
    if (std::filesystem::exists(path) && has(slurp(path), text)) return true;
    ::usleep(5'000);
  }
  return false;
}

bool tells(Process& process, std::string_view text) {
  for (int i = 0; i < 200; ++i) {
    process.signal(SIGUSR1);
    if (process.shows(text, Milliseconds(100))) return true;
  }
  return false;
}

Finished ended_by(int signal, Process& process, Milliseconds patience) {
  process.signal(signal);
  const Finished finished = process.wait(patience);
  BOOST_TEST(!finished.timed_out);
  if (signal == SIGKILL) {
    BOOST_TEST(finished.signal == SIGKILL, finished.err);
  } else {
    BOOST_TEST(finished.exit_code == 128 + signal, finished.err);
  }
  return finished;
}

Finished ended_by(int signal, Process& process, const Sandbox& sandbox, std::size_t requests) {
  BOOST_TEST_REQUIRE(asked(sandbox, requests), process.err());
  return ended_by(signal, process);
}

Finished ended_by(int signal, const Command& command, const Sandbox& sandbox, std::size_t requests) {
  Process process(command);
  return ended_by(signal, process, sandbox, requests);
}

StoppedRun::StoppedRun(int signal, const Words& words, std::size_t requests) : sandbox_(kSessions, kRoomy) {
  Process process(drop(here_, at(sandbox_) + Words{"--yes", "--out", "run"} + kSlowly + words +
                                  Words{sandbox_.export_file()}));
  BOOST_TEST_REQUIRE(asked(sandbox_, requests), process.err());
  if (signal != SIGKILL) {
    ended_by(signal, process);
    return;
  }
  // Between an answer and the next request nothing is in doubt: let it have asked for both.
  sandbox_.freeze();
  BOOST_TEST_REQUIRE(tells(process, "window 2/2"), process.err());
  ended_by(signal, process);
  sandbox_.thaw();
}

std::string StoppedRun::file(std::string_view name) const {
  return here_.path("run/" + std::string(name));
}

Finished StoppedRun::resume(const Words& words) const {
  return run(
      bulkdrop(here_, Words{"resume", "run", "--token-file", sandbox_.token_file()} + kQuickly + words));
}

void StoppedRun::check_all_dropped() const {
  BOOST_TEST(rows().count("dropped") == kSessions);
  BOOST_TEST(sandbox_.requests() == kSessions);
}

}  // namespace bulkdrop::test
