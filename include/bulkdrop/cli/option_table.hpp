// Every option once: the parser, the environment, the config file and the help all go by this table.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace bulkdrop::cli {

enum class Kind : std::uint8_t { flag, value, list };

struct OptionSpec {
  std::string_view name;   // long name without dashes; also the key in the config file
  char letter = 0;         // short name, or 0
  Kind kind = Kind::flag;  // list = may be given several times
  // What stands behind it in the help. The completions go by it, too: F and FILE are a file's name, DIR is a
  // directory, and lower-case words are all that there is to choose from: `a|b` one of them, `a,b` a list.
  std::string_view operand;
  std::string_view group;
  std::string_view help;  // one line; `default` is put behind it
  std::string_view default_value;
  bool rare = false;  // the screen that --help fills only names it; --help all explains it
};

struct CommandSpec {
  std::string_view name;
  std::string_view synopsis;
  std::string_view summary;
  std::span<const OptionSpec> options;
  std::string_view notes = {};  // what holds for several of its options, as one paragraph
};

std::span<const CommandSpec> commands();
const CommandSpec* find_command(std::string_view name);

inline constexpr std::string_view kVariablePrefix = "BULKDROP_";

// `BULKDROP_MAX_SESSIONS` of `max-sessions`.
std::string environment_name(const OptionSpec& option);

}  // namespace bulkdrop::cli
