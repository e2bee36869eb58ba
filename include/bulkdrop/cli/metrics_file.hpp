// --metrics: the file that monitoring reads, kept up to date from the first moment to the last.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "bulkdrop/cli/arguments.hpp"
#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/error.hpp"
#include "bulkdrop/report/summary.hpp"
#include "bulkdrop/run/console.hpp"

namespace bulkdrop::cli {

// Readable by all, since monitoring is somebody else; appears whole or not at all. What can't be written
// later is told once and stops nothing.
class MetricsFile {
 public:
  // Without --metrics it does nothing, ever. Writes the file a first time: throws Error(usage) if it can't.
  explicit MetricsFile(const Arguments& arguments);
  // Writes nothing yet.
  explicit MetricsFile(std::string path);

  [[nodiscard]] bool wanted() const { return !path_.empty(); }
  void running(const report::Snapshot& snapshot, run::Console& console);
  void ended(const report::Summary& summary, run::Console& console);
  // Of what has no summary.
  void ended(ExitCode exit_code, run::Console& console);
  void refused(ExitCode exit_code);

 private:
  void write(const std::string& text, run::Console& console);

  std::string path_;
  WallTime started_at_{};
  bool told_ = false;
};

// Runs `command`. If it ends with an Error, the file says so: a job that could not begin must not look like
// the one of the night before.
ExitCode with_metrics(const Arguments& arguments, const std::function<ExitCode(MetricsFile&)>& command);

// A console that also keeps the file up to date. Both must live as long; without a file it only hands on.
class MeteredConsole final : public run::Console {
 public:
  MeteredConsole(run::Console& console, MetricsFile* file);
  void log(run::Level level, std::string_view text) override { console_.log(level, text); }
  [[nodiscard]] bool logs(run::Level level) const override { return console_.logs(level); }
  void bad_row(const run::BadRow& row) override { console_.bad_row(row); }
  bool confirm(const run::Plan& plan) override { return console_.confirm(plan); }
  [[nodiscard]] TimePoint next_progress() const override;
  void progress(const report::Snapshot& snapshot, TimePoint now, bool asked) override;
  void end_progress() override { console_.end_progress(); }

 private:
  run::Console& console_;
  MetricsFile* file_;
  TimePoint next_;
};

}  // namespace bulkdrop::cli
