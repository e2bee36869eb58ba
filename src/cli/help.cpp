#include "bulkdrop/cli/help.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string_view>

#include <fmt/format.h>

#include "bulkdrop/cli/exit_codes.hpp"

namespace bulkdrop::cli {
namespace {

constexpr std::string_view kValues =
    "Durations: 250ms, 30s, 10m, 2h, 7d, 1h30m; a bare number means seconds. Every option can also come from "
    "the "
    "environment (BULKDROP_MAX_SESSIONS=100) or from --config; the command line beats the environment beats "
    "the file.";

constexpr std::string_view kValuesInShort =
    "Durations: 250ms, 30s, 10m, 2h, or seconds. Options can also come from BULKDROP_RATE=20 or --config.";

constexpr std::size_t kHelpColumn = 31;
constexpr std::size_t kHelpWidth = 100;

// Broken between words, with a line break at the end; `indent` stands before every line but the first.
std::string wrapped(std::string_view text, std::string_view indent = {}) {
  std::string lines;
  std::size_t width = kHelpWidth;
  while (text.size() > width) {
    const std::size_t at = std::min(text.rfind(' ', width), text.size() - 1);
    lines += fmt::format("{}\n{}", text.substr(0, at), indent);
    text.remove_prefix(at + 1);
    width = kHelpWidth - indent.size();
  }
  return lines + fmt::format("{}\n", text);
}

// `-v, --verbose`, `--out DIR`
std::string lettered(const OptionSpec& option) {
  const std::string letter = option.letter == 0 ? "" : fmt::format("-{}, ", option.letter);
  return fmt::format("{}--{}{}{}", letter, option.name, option.operand.empty() ? "" : " ", option.operand);
}

std::string explained(const OptionSpec& option) {
  const std::string name = "  " + lettered(option);
  const std::string column(kHelpColumn, ' ');
  const bool fits = name.size() + 2 <= kHelpColumn;
  // A name that takes the room of its text has a line of its own.
  std::string line = fits ? fmt::format("{:<{}}", name, kHelpColumn) : name + "\n" + column;
  line += option.help;
  if (!option.default_value.empty()) line += fmt::format(" [{}]", option.default_value);
  return fits ? wrapped(line, column) : line + "\n";
}

std::string group_text(std::span<const OptionSpec> options, std::string_view group, HelpLength length) {
  std::string text = fmt::format("\n{}:\n", group);
  std::string rare;
  for (const OptionSpec& option : options) {
    if (option.group != group) continue;
    if (option.rare && length == HelpLength::screen) {
      rare += (rare.empty() ? "  also " : ", ") + lettered(option);
    } else {
      text += explained(option);
    }
  }
  return rare.empty() ? text : text + wrapped(rare, "    ");
}

// In the order in which they come first.
std::vector<std::string_view> groups_of(std::span<const OptionSpec> options) {
  std::vector<std::string_view> groups;
  for (const OptionSpec& option : options)
    if (std::find(groups.begin(), groups.end(), option.group) == groups.end()) groups.push_back(option.group);
  return groups;
}

}  // namespace

std::string help_text(const CommandSpec& command, HelpLength length) {
  std::string text = fmt::format("{}\n{}\n", command.synopsis, command.summary);
  for (const std::string_view group : groups_of(command.options))
    text += group_text(command.options, group, length);
  text += "\n" + wrapped(length == HelpLength::all ? kValues : kValuesInShort);
  if (!command.notes.empty()) text += wrapped(command.notes);
  if (length == HelpLength::all) return text + wrapped(exit_codes_text(command.name));
  text += wrapped(exit_codes_in_short(command.name));
  return text +
         fmt::format("Every option explained: bulkdrop {0} --help all, or man bulkdrop-{0}\n", command.name);
}

std::string program_help_text() {
  std::string text =
      "bulkdrop terminates privileged remote sessions in bulk, on Segura (senhasegura) PAM Core.\n\n"
      "Usage: bulkdrop COMMAND [OPTIONS] [ARGUMENTS]\n\nCommands:\n";
  for (const CommandSpec& command : commands())
    text += fmt::format("  {:<10} {}\n", command.name, command.summary);
  text +=
      "\n  bulkdrop COMMAND --help   tells all about one\n  bulkdrop --version\n\n"
      "Try it without a server: `bulkdrop drop --dry-run export.csv` reads and counts, and connects "
      "to\nnothing; bulkdrop-sandbox is a server to practise on.\n";
  return text;
}

}  // namespace bulkdrop::cli
