// What somebody meant who wrote an option that there is not.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bulkdrop/cli/option_table.hpp"

namespace bulkdrop::cli {

// Of a word, to be put behind "unknown option --word": `; did you mean --out?`, what other tools call by that
// word, or where the options are told. `prefix`: what stands before the command's options, `--` on the
// command line and nothing in a file. Never an option that would put a secret into a URL.
std::string hint_for(std::string_view word, const CommandSpec& command, std::string_view prefix);

// The same for a short option, such as `-k`.
std::string hint_for_letter(char letter, const CommandSpec& command);

// The name nearest to `word` among `names`, if one is near enough to be meant.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& names);

}  // namespace bulkdrop::cli
