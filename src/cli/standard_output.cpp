#include "bulkdrop/cli/standard_output.hpp"

#include <cerrno>
#include <cstdio>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/file.hpp"

namespace bulkdrop::cli {
namespace {

// What came in the way; empty if nothing did.
std::string trouble_printing(std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(STDOUT_FILENO, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EPIPE) return {};
    if (n < 0) return errno == EBADF ? "it is closed" : describe_errno(errno);
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

}  // namespace

void print(std::string_view text) {
  const std::string trouble = trouble_printing(text);
  if (!trouble.empty())
    throw Error(ExitCode::run_directory, fmt::format("standard output can't be written: {}", trouble));
}

void print_of_work(std::string_view text, LogFormat format, std::string_view run_directory) {
  const std::string trouble = trouble_printing(text);
  if (trouble.empty()) return;
  const std::string_view slash = run_directory.ends_with('/') ? "" : "/";
  std::fputs(log_line(format, run::Level::warning,
                      fmt::format("standard output can't be written: {}. The work is done; its summary is in "
                                  "{}{}summary.json",
                                  trouble, run_directory, slash),
                      SystemClock().wall())
                 .c_str(),
             stderr);
}

}  // namespace bulkdrop::cli
