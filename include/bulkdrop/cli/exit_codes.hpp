// What the exit codes of each command mean: the help and the manual both print this table.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace bulkdrop::cli {

struct ExitMeaning {
  std::string_view codes;  // one number, or several with the same meaning: "130, 143"
  std::string_view meaning;
  std::string_view in_short = {};  // a few words; empty = `meaning` has no more of them
};

// In ascending order of the codes. `command` is a name of commands(); empty for any other word.
std::span<const ExitMeaning> exit_codes(std::string_view command);

// As one line or two: "Exit codes: 0 …, 1 ….": what whoever writes a script needs to be reminded of.
std::string exit_codes_in_short(std::string_view command);

// As one sentence for the help: "Exit codes: 0 …; 1 …."
std::string exit_codes_text(std::string_view command);

}  // namespace bulkdrop::cli
