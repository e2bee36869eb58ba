// Numbers and statuses as the reports for people put them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bulkdrop::report {

// `1 row`, `12,000 rows`.
std::string counted(std::uint64_t number, std::string_view one, std::string_view many);

// A duration given in milliseconds or microseconds, with three significant digits.
std::string milliseconds(std::uint64_t number);
std::string microseconds(std::uint64_t number);

// What an exit code says, in a few words.
std::string_view meaning_of_exit(int code);

// One word of a POSIX shell's command line, quoted where it must be.
std::string shell_word(std::string_view text);

}  // namespace bulkdrop::report
