#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bulkdrop/manual/completions.hpp"

namespace bulkdrop::manual {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\\' || c == '\'') out.push_back('\\');
    out.push_back(c);
  }
  return out + "'";
}

std::string action(const cli::OptionSpec& option) {
  switch (operand_of(option)) {
    case Operand::none:
      return "";
    case Operand::file:
      return " -r -F";
    case Operand::directory:
      return " -x -a '(__fish_complete_directories)'";
    case Operand::one_of:
      return fmt::format(" -x -a '{}'", fmt::join(choices(option), " "));
    case Operand::list_of:
      return fmt::format(" -x -a '(__fish_append , {})'", fmt::join(choices(option), " "));
    default:
      return " -x";
  }
}

std::string options(std::string_view start, std::span<const cli::OptionSpec> all) {
  std::string text;
  for (const cli::OptionSpec& option : all)
    text += fmt::format("{}{} -l {}{} -d {}\n", start,
                        option.letter == 0 ? "" : fmt::format(" -s {}", option.letter), option.name,
                        action(option), quoted(option.help));
  return text;
}

}  // namespace

std::string fish_completion(const Tool& tool) {
  const std::string start = fmt::format("complete -c {}", tool.name);
  std::string text = fmt::format(
      "# Completion of {} for fish\n{} -f\n{} -s h -l help -d 'tell all options'\n"
      "{} -l version -d 'tell the version'\n",
      tool.name, start, start, start);
  if (tool.commands.empty()) return text + options(start, tool.options);
  const std::string function = fmt::format("__{}_command_is", tool.name);
  text += fmt::format(
      "function {}\n  set -l words (commandline -opc)\n  if set -q argv[1]\n"
      "    test (count $words) -gt 1; and test $words[2] = $argv[1]\n"
      "  else\n    test (count $words) -eq 1\n  end\nend\n",
      function);
  for (const cli::CommandSpec& command : tool.commands) {
    const std::string here = fmt::format("{} -n '{} {}'", start, function, command.name);
    text += fmt::format("{} -n {} -a {} -d {}\n", start, function, command.name, quoted(command.summary));
    text += options(here, command.options);
    if (arguments_of(command) == Operand::file) text += here + " -F\n";
    if (arguments_of(command) == Operand::directory) text += here + " -a '(__fish_complete_directories)'\n";
  }
  return text;
}

}  // namespace bulkdrop::manual
