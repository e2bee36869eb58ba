#include "bulkdrop/cli/standard_output.hpp"

#include <cerrno>
#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

#include "bulkdrop/cli/log_line.hpp"
#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/file.hpp"

namespace bulkdrop::cli {

void print(std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(STDOUT_FILENO, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EPIPE && errno != EBADF)
      std::fputs(log_line(text_format(), run::Level::warning,
                          fmt::format("standard output: {}", describe_errno(errno)), SystemClock().wall())
                     .c_str(),
                 stderr);
    if (n <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

}  // namespace bulkdrop::cli
