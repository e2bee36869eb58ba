// A program as a user starts it: with arguments, an environment of its own, a pipe or a terminal; and what
// came of it: exit code, output, peak memory. Never outlives its test.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "bulkdrop/core/file.hpp"

namespace bulkdrop::test {

using Milliseconds = std::chrono::milliseconds;

struct Command {
  std::string program;
  std::vector<std::string> arguments;
  // Beyond the few variables that every program gets; nothing else of the test's own environment is passed
  // on.
  std::map<std::string, std::string> environment;
  std::string directory;  // where it starts; empty = where the test is
  // What standard input holds, through a pipe. Empty optional = nothing, at once (/dev/null).
  std::optional<std::string> input;
  bool keep_input_open = false;  // until close_input(); for write()
  // With a controlling terminal of its own, which is its standard error, and its standard input unless
  // `input` or `keep_input_open` asks for a pipe. Standard output is a pipe in any case.
  bool on_terminal = false;
};

struct Finished {
  int exit_code = -1;  // -1: killed by `signal`
  int signal = 0;
  bool dumped_core = false;
  bool timed_out = false;  // and was killed for it
  std::string out;
  std::string err;  // or what stood on its terminal
  Milliseconds took{};
  long peak_rss_kib = 0;
};

class Process {
 public:
  explicit Process(const Command& command);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] const std::string& out() const { return finished_.out; }
  [[nodiscard]] const std::string& err() const { return finished_.err; }

  void signal(int number) const;

  // It has not ended yet.
  [[nodiscard]] bool runs() const;

  // Into the pipe that is its standard input; returns when all of it is there, or nobody reads it.
  void write(std::string_view text);
  // At its terminal.
  void type(std::string_view keys);
  void close_input();
  // Its terminal goes away, as when a window is closed or a connection breaks.
  void hang_up() { err_.reset(); }

  // Waits until `text` stands in its output (either kind); false if it ended or the time ran out before.
  [[nodiscard]] bool shows(std::string_view text, Milliseconds patience = Milliseconds(20'000));

  // Waits for its end; kills it when the time runs out.
  Finished wait(Milliseconds patience = Milliseconds(60'000));

 private:
  using Clock = std::chrono::steady_clock;

  Fd open_terminal();
  bool pump(Clock::time_point deadline);
  void feed();

  Clock::time_point started_;
  pid_t pid_ = -1;
  Fd input_;
  Fd out_;
  Fd err_;  // or the master side of its terminal
  std::string pending_;
  bool close_when_written_ = false;
  Finished finished_;
};

Finished run(const Command& command, Milliseconds patience = Milliseconds(60'000));

// True in builds whose memory and speed say nothing about the program itself.
inline constexpr bool kSanitized =
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    true;
#else
    false;
#endif

}  // namespace bulkdrop::test
