// The reports with which a process ends its work on a run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "bulkdrop/core/status.hpp"
#include "bulkdrop/core/stop.hpp"
#include "bulkdrop/record/journal.hpp"
#include "bulkdrop/report/summary.hpp"
#include "bulkdrop/run/reports.hpp"

namespace bulkdrop::run {

// `3 dropped, 1 failed`, or that there is none.
std::string counts_text(const Counts& counts);

// A journal in trouble has not what stopped the run. `taken`: see JournalReader.
StillOpen still_open(const std::optional<Stop>& stop, std::uint64_t taken, const record::Journal& journal);

// As write_reports(); but the Error says how to get at the record later, or that nothing of it is left.
// `counts`: of the results of this process.
report::Summary last_reports(const ReadRun& run, const StillOpen& open, const record::Journal& journal,
                             const Counts& counts);

}  // namespace bulkdrop::run
