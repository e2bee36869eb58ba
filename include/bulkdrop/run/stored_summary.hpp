// summary.json, read back.
#pragma once

#include <string>

#include "bulkdrop/report/summary.hpp"

namespace bulkdrop::run {

// What report::to_json() wrote, but for `errors`, which follow from the rows, and the words of `stopped_by`,
// which the journal has. Throws Error(run_directory) if it can't be read or is no summary.
report::Summary read_summary(const std::string& path);

}  // namespace bulkdrop::run
