// Data for standard output. A reader that went away is no error of ours: the exit code tells the outcome.
#pragma once

#include <string_view>

#include "bulkdrop/cli/log_line.hpp"

namespace bulkdrop::cli {

// What the command was given for. Throws Error(run_directory) if it can't be written.
void print(std::string_view text);

// What a command says at the end whose work is done: where it can't be written, a warning on standard error
// says so, also with --quiet, and that the summary is in the run directory.
void print_of_work(std::string_view text, LogFormat format, std::string_view run_directory);

}  // namespace bulkdrop::cli
