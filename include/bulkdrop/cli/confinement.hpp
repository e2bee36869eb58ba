// Least privilege: what a command may do to the file system once it talks to a server.
#pragma once

#include <string>
#include <vector>

#include "bulkdrop/cli/arguments.hpp"
#include "bulkdrop/run/console.hpp"

namespace bulkdrop::cli {

// Call it before a thread that reads or writes exists. Files can be written in `directories` and beside the
// file of --metrics from then on, and no program can be executed, where the kernel can see to that; the
// console is told where it can't (-v).
void confine(const Arguments& arguments, std::vector<std::string> directories, run::Console& console);

}  // namespace bulkdrop::cli
