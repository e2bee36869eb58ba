// Commands that a person is shown, to be run as they stand.
#pragma once

#include <string>
#include <string_view>

namespace bulkdrop {

// One word of a POSIX shell's command line, quoted where it must be.
std::string shell_word(std::string_view text);

}  // namespace bulkdrop
