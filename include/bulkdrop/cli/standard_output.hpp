// Data for standard output.
#pragma once

#include <string_view>

namespace bulkdrop::cli {

// A reader that went away is no error of ours: the exit code tells the outcome.
void print(std::string_view text);

}  // namespace bulkdrop::cli
