// `bulkdrop report RUN_DIR... --out DIR`: the shards of one job, told as the one run that they are.
#pragma once

#include <string>
#include <vector>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/report/summary.hpp"
#include "bulkdrop/run/signals.hpp"

namespace bulkdrop::run {

// Reads the input once, takes each row's outcome from the journal of the shard that had it, and writes into
// `out`, made as a run directory is: sessions.*, failed.*, report.html and summary.json as one run without
// shards would have them, and merged.json, which names the runs. Connects to nothing and changes no run.
//
// Of the summary: run_id is made from the shards', so that it comes out the same each time; started_at is the
// earliest, finished_at the latest; requests, latencies and contained_s come from all rows. stopped_by and
// exit_code are those of the shard that was stopped first, or else the highest exit code. `verified` adds up
// if every shard has it (`listed` is that of the latest list), else there is none. There is no `watched`: the
// shards may have seen the same user come back, so they don't add up; a warning says so. `reason` is there if
// it was the same for all.
//
// Throws Error(usage) if the runs are not all shards of one job, each once: other inputs (by SHA-256), other
// options that say which rows there are, another server, one missing or still going on; Error(bad_input) if
// the input is not what it was; Error(interrupted or terminated); Error(run_directory). Then `out` is as it
// was before. Needs 4 open files a shard.
report::Summary merge_reports(const std::vector<std::string>& directories, const std::string& out,
                              WallTime now, Signals& signals);

}  // namespace bulkdrop::run
