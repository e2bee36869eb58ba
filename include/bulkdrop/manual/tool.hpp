// A program as its tables describe it: what the manual pages and the completions are made from.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "bulkdrop/cli/option_table.hpp"

namespace bulkdrop::manual {

struct Tool {
  std::string_view name;
  std::string_view summary;  // a noun phrase or a verb in the third person, without a full stop
  std::span<const cli::CommandSpec> commands;  // empty: it has none, and `options` are its own
  std::span<const cli::OptionSpec> options;
};

// bulkdrop itself.
Tool bulkdrop();

// What a shell can offer behind an option, by the rule that OptionSpec::operand states.
enum class Operand : std::uint8_t {
  none,  // a flag
  text,  // nothing that a shell could know
  file,
  directory,
  one_of,   // one of choices()
  list_of,  // some of choices(), with commas between them
};

Operand operand_of(const cli::OptionSpec& option);
// Empty unless the operand is one_of or list_of.
std::vector<std::string_view> choices(const cli::OptionSpec& option);

// What a command takes that is no option, by its synopsis: files (FILE...), directories (RUN_DIR) or nothing.
Operand arguments_of(const cli::CommandSpec& command);

}  // namespace bulkdrop::manual
