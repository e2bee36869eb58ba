#include "bulkdrop/cli/standard_output.hpp"

#include <cerrno>

#include <unistd.h>

namespace bulkdrop::cli {

void print(std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(STDOUT_FILENO, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

}  // namespace bulkdrop::cli
