// A command line that is refused has a --metrics in it all the same: the job of the night before must not go
// on looking like the one of this night.
#pragma once

#include <string>
#include <vector>

#include "bulkdrop/cli/arguments.hpp"
#include "bulkdrop/cli/option_table.hpp"

namespace bulkdrop::cli {

// The file that --metrics names in `words` (those behind the command), or else its variable, or else the
// config file that one of them names, as far as they can be read; empty if none does, if `command` does not
// have that option (null: nobody knows the command), or for a dry run, of which monitoring does not hear.
std::string metrics_in(const CommandSpec* command, const std::vector<std::string>& words,
                       const Arguments::Environment& environment);

}  // namespace bulkdrop::cli
