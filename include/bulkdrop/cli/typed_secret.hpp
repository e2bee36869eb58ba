// A secret that is typed at a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bulkdrop::cli {

// Asks on standard error and takes one line from the terminal `fd`, without showing it. Ctrl-C is the Error
// of an interrupt; Ctrl-D ends the line. At most `longest` bytes, in one buffer that is not outgrown: for the
// caller to wipe. The terminal is as it was afterwards, also if a signal ends the program meanwhile.
std::string typed_secret(int fd, std::string_view what, std::size_t longest);

}  // namespace bulkdrop::cli
