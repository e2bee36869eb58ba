// Commands that work on a run that was there before: what it was told counts where the person says nothing
// else.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bulkdrop/cli/arguments.hpp"
#include "bulkdrop/run/stored_run.hpp"

namespace bulkdrop::cli {

// The one operand of `command`, a run directory. Throws Error(usage).
std::string run_directory_of(const Arguments& arguments, std::string_view command);

// `values` of the option `name`, if they are names of files that may be relative, as names from `directory`.
void resolve_files(std::string_view name, std::vector<std::string>& values, const std::string& directory);

// `arguments` with the run's own server, and with its values of the options `names` where they are not given.
// Throws Error(usage) if another server is named: the run's sessions are not there.
Arguments with_options_of(const run::StoredRun& run, Arguments arguments,
                          std::span<const std::string_view> names);

}  // namespace bulkdrop::cli
