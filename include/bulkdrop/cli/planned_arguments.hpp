// `drop --plan F`: what was planned, as if it had been typed.
#pragma once

#include <string>

#include "bulkdrop/cli/arguments.hpp"
#include "bulkdrop/record/plan_file.hpp"

namespace bulkdrop::cli {

// `typed` with the files and options of `plan`, which stands in the file `path`. Who logs in, whether to ask,
// and where the output goes may be said anew; all else may only be repeated: throws Error(usage) for what
// differs. Relative names are those of the directory where the plan was made.
Arguments with_plan(const record::PlanFile& plan, Arguments typed, const std::string& path);

}  // namespace bulkdrop::cli
