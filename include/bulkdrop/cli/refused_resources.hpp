// What to say when the system gives no thread or no memory.
#pragma once

#include <string>
#include <string_view>
#include <system_error>

namespace bulkdrop::cli {

inline constexpr std::string_view kNoMemory =
    "the system gives no more memory. Raise the limit (ulimit -v, or the cgroup's). What was sent is on "
    "record: if there is a run directory, bulkdrop resume goes on";

// Empty if the error is about something else.
std::string refused_resource(const std::system_error& error);

}  // namespace bulkdrop::cli
