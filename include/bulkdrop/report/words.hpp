// Numbers and statuses as the reports for people put them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bulkdrop/core/clock.hpp"

namespace bulkdrop::report {

// `1 row`, `12,000 rows`.
std::string counted(std::uint64_t number, std::string_view one, std::string_view many);

// What a list did of whose different IDs so many were in the input, and so many not.
std::string protected_words(std::uint64_t met, std::uint64_t unmet);

// A duration given in milliseconds or microseconds, with three significant digits.
std::string milliseconds(std::uint64_t number);
std::string microseconds(std::uint64_t number);

// `2026-11-21 03:04:05 UTC`
std::string day_and_time(WallTime time);

// What an exit code says, in a few words; of 1, that the run came to its end.
std::string_view meaning_of_exit(int code);

}  // namespace bulkdrop::report
