// `bulkdrop resume`: the rest of a run that stopped, was killed, or lost its machine.
#pragma once

#include <vector>

#include "bulkdrop/core/status.hpp"
#include "bulkdrop/run/consent.hpp"
#include "bulkdrop/run/course.hpp"
#include "bulkdrop/run/stored_run.hpp"

namespace bulkdrop::run {

struct ResumeSettings : CourseSettings {
  std::vector<Status> retry;  // `failed`, `unknown`: to be sent again, besides what was not settled
  Consent consent;
};

// Sends what is left of the run, and writes all of its reports anew. A row that may have been asked for
// without a trace stays in doubt: only a success settles it. If nothing is left, nothing is sent: the reports
// are written, and the exit code is that of the run. Throws Error for what ends it before anything was sent;
// the run is then as it was.
RunOutcome resume(StoredRun& run, const ResumeSettings& settings, const RunParts& parts);

}  // namespace bulkdrop::run
