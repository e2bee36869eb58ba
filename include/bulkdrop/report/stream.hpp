// What is said of a stream whose record was cut into several runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "bulkdrop/core/status.hpp"
#include "bulkdrop/report/summary.hpp"

namespace bulkdrop::report {

// A run of it that did not end well.
struct StreamRun {
  std::string directory;
  int exit_code = 0;
  Counts counts;        // nothing if its reports could not be written
  std::string command;  // that goes on with it: resume, verify, or report
};

struct Stream {
  std::uint64_t runs = 0;
  Counts counts;                    // of all whose reports were written
  int exit_code = 0;                // the most serious one: that of the process
  std::vector<StreamRun> not_well;  // the first of them, at most kMostRunsNamed
  std::uint64_t runs_not_well = 0;
  std::uint64_t unreported = 0;  // of these, those without reports
};

inline constexpr std::size_t kMostRunsNamed = 5;

// Of a run that did not end well: its summary in short, and a command for where one is.
StreamRun stream_run(const Summary& summary);

// The verdict over all runs, those that did not end well, and what to do about them; a heading for the last
// run stands at its end. Empty for a stream of one run. As to_text().
std::string stream_text(const Stream& stream, int width, bool colour);

}  // namespace bulkdrop::report
