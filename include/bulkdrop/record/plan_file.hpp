// What a run is going to do, written down before, for somebody else to look at and to start.
//
// The file is JSON: `bulkdrop_plan` 1, `created_at`, `sessions_sha256`, `run` (the members of run.json), and
// at last `sha256`: the digest of all before it, from the first byte to the line end in front of that member,
// so that a plan that was changed by mistake is no plan. Whoever means to change one can make that digest
// again: against that, people compare its fingerprint.
#pragma once

#include <string>
#include <string_view>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/record/run_record.hpp"

namespace bulkdrop::record {

struct PlanFile {
  RunRecord run;  // without run_id
  WallTime created_at{};
  // Of the IDs of all sessions to be dropped, in the order of the input, each with a line end.
  std::string sessions_sha256;
  std::string sha256;  // of the plan; made by plan_json()
};

// The first 16 digits of a SHA-256 in groups, for two people to compare: `5e88 4898 da28 0471`.
std::string fingerprint(std::string_view sha256);

// Its text. Sets `sha256`.
std::string plan_json(PlanFile& plan);

// Throws Error(usage) for a file that is no plan, was changed, or is of a newer version.
PlanFile read_plan(const std::string& path);

}  // namespace bulkdrop::record
