// What is left of the runs of a rotation once they are written down.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/status.hpp"
#include "bulkdrop/core/stop.hpp"
#include "bulkdrop/report/summary.hpp"
#include "bulkdrop/run/console.hpp"
#include "bulkdrop/run/course.hpp"
#include "bulkdrop/run/drop_part.hpp"

namespace bulkdrop::run {

struct FinishedRun {
  std::string directory;
  std::optional<report::Summary> summary;
  std::optional<Error> trouble;  // instead of a summary
  std::vector<std::string> warnings;
};

// Gives a run whose rows were all read its end and its reports. `stop`, `taken`, `counts`: see
// last_reports(). Any one thread. Never throws an Error.
FinishedRun finish(DropPart& part, std::optional<Stop> stop, std::uint64_t taken, const Counts& counts,
                   const Clock& clock);

// Of two, the one that whoever started the process should hear of: a record that can't be written, before
// what else stops a run, before sessions that may live.
ExitCode more_serious(ExitCode one, ExitCode other);

class FinishedRuns {
 public:
  void add(FinishedRun run);
  // `rotated bulkdrop-…: 120 rows: 118 dropped, 2 failed; …`, of the one that was added last.
  [[nodiscard]] std::string line() const;
  [[nodiscard]] const FinishedRun& last() const { return last_; }
  // Of the last one, what there was before it, and all of them. `stop`: what stopped the process; `now`: when
  // it ends. Throws Error(run_directory) if the last one could not be reported.
  [[nodiscard]] RunOutcome outcome(const std::optional<Stop>& stop, WallTime now) const;

 private:
  void remember_if_bad();

  report::Stream stream_;  // but for the exit code
  FinishedRun last_;
  Counts before_last_;
  ExitCode exit_code_ = ExitCode::all_gone;
  std::optional<report::Summary> whole_;
};

}  // namespace bulkdrop::run
