// The person at the keyboard: log lines, the live progress line, the question before it starts. All of it on
// standard error; standard output is for data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bulkdrop/cli/log_line.hpp"
#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/report/progress.hpp"
#include "bulkdrop/run/console.hpp"
#include "bulkdrop/run/signals.hpp"

namespace bulkdrop::cli {

enum class ProgressMode : std::uint8_t { automatic, always, never };
enum class Verbosity : std::uint8_t { quiet, normal, verbose };

struct TerminalOptions {
  ProgressMode progress = ProgressMode::automatic;
  Verbosity verbosity = Verbosity::normal;
  LogFormat format = LogFormat::text;
};

class Terminal final : public run::Console {
 public:
  Terminal(run::Signals& signals, const TerminalOptions& options, const Clock& clock);

  void log(run::Level level, std::string_view text) override;
  [[nodiscard]] bool logs(run::Level level) const override;
  void bad_row(const run::BadRow& row) override;
  bool confirm(const run::Plan& plan) override;
  [[nodiscard]] TimePoint next_progress() const override { return next_progress_; }
  void progress(const report::Snapshot& snapshot, TimePoint now, bool asked) override;
  void end_progress() override;

 private:
  void write(std::string_view text);
  void tell(std::string text);
  bool is_read();
  void schedule_progress(TimePoint now);

  run::Signals& signals_;
  const Clock& clock_;
  Verbosity verbosity_;
  LogFormat format_;
  bool live_;  // one line that is overwritten
  bool on_screen_ = false;
  Duration interval_;
  TimePoint next_progress_;
  Duration patience_;  // left for a reader of standard error who does not read
  std::uint64_t unread_lines_ = 0;
  std::optional<report::Snapshot> last_told_;
  report::Progress progress_;
};

// True if somebody can be asked: standard error is a terminal and there is one to read from.
bool can_ask();

// Columns of the terminal behind the descriptor; 80 if it is none.
int terminal_width(int fd);

// True if colours are wanted there: a terminal that knows them, and no NO_COLOR (https://no-color.org).
bool wants_colour(int fd);

}  // namespace bulkdrop::cli
