#include "bulkdrop/cli/refused_resources.hpp"

#include <fmt/format.h>

namespace bulkdrop::cli {

// Where memory is short, a thread without room for its stack fails with the same error as one too many.
std::string refused_resource(const std::system_error& error) {
  if (error.code() == std::errc::not_enough_memory) return std::string(kNoMemory);
  if (error.code() != std::errc::resource_unavailable_try_again) return {};
  return fmt::format(
      "the system gives no more threads, or no memory for them ({}). Raise the limit (ulimit -u, ulimit -v, "
      "or the cgroup's). What was sent is on record: if there is a run directory, bulkdrop resume goes on",
      error.code().message());
}

}  // namespace bulkdrop::cli
