#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bulkdrop/manual/completions.hpp"

namespace bulkdrop::manual {
namespace {

// What comes first: which word is completed, and of which option it is the value. Bash splits `--name=value`
// at the equals sign (COMP_WORDBREAKS).
constexpr std::string_view kStart =
    R"(  local current=${{COMP_WORDS[COMP_CWORD]}} option='' command='' prefix=''
  COMPREPLY=()
  if [[ $current == '=' ]]; then
    current=''
    option=${{COMP_WORDS[COMP_CWORD-1]}}
  elif [[ ${{COMP_WORDS[COMP_CWORD-1]}} == '=' ]]; then
    option=${{COMP_WORDS[COMP_CWORD-2]}}
  elif [[ ${{COMP_WORDS[COMP_CWORD-1]}} == --* ]]; then
    option=${{COMP_WORDS[COMP_CWORD-1]}}
  fi
)";

constexpr std::string_view kCommand = R"(  if [[ $COMP_CWORD -eq 1 ]]; then
    mapfile -t COMPREPLY < <(compgen -W '{} --help --version' -- "$current")
    return
  fi
  command=${{COMP_WORDS[1]}}
)";

// One line of the case statement for what stands behind an option.
std::string action(const cli::OptionSpec& option) {
  switch (operand_of(option)) {
    case Operand::file:
      return "compopt -o default; return";
    case Operand::directory:
      return "compopt -o dirnames; return";
    case Operand::one_of:
      return fmt::format("mapfile -t COMPREPLY < <(compgen -W '{}' -- \"$current\"); return",
                         fmt::join(choices(option), " "));
    case Operand::list_of:
      return fmt::format(
          "[[ $current == *,* ]] && prefix=${{current%,*}},; "
          "mapfile -t COMPREPLY < <(compgen -P \"$prefix\" -W '{}' -- \"${{current##*,}}\"); return",
          fmt::join(choices(option), " "));
    default:
      return "return";
  }
}

std::string behind_options(std::string_view command, std::span<const cli::OptionSpec> options) {
  std::map<std::string, std::vector<std::string>> by_action;
  for (const cli::OptionSpec& option : options)
    if (option.kind != cli::Kind::flag)
      by_action[action(option)].push_back(fmt::format("{}/--{}", command, option.name));
  std::string text;
  for (const auto& [what, patterns] : by_action)
    text += fmt::format("    {}) {} ;;\n", fmt::join(patterns, " | "), what);
  return text;
}

std::string words_of(std::span<const cli::OptionSpec> options) {
  std::string words;
  for (const cli::OptionSpec& option : options) words += fmt::format("--{} ", option.name);
  return words + "--help --version";
}

std::string_view arguments(Operand operand) {
  return operand == Operand::directory ? "compopt -o dirnames"
         : operand == Operand::file    ? "compopt -o default"
                                       : ":";
}

std::string options_or_arguments(std::string_view command, std::span<const cli::OptionSpec> options,
                                 Operand operand) {
  return fmt::format(
      "    {}/-*) mapfile -t COMPREPLY < <(compgen -W '{}' -- \"$current\") ;;\n    {}/*) {} ;;\n", command,
      words_of(options), command, arguments(operand));
}

}  // namespace

std::string bash_completion(const Tool& tool) {
  std::string function = fmt::format("_{}", tool.name);
  for (char& c : function)
    if (c == '-') c = '_';
  std::string behind = behind_options("", tool.options);
  std::string rest;
  std::string names;
  for (const cli::CommandSpec& command : tool.commands) {
    names += fmt::format("{}{}", names.empty() ? "" : " ", command.name);
    behind += behind_options(command.name, command.options);
    rest += options_or_arguments(command.name, command.options, arguments_of(command));
  }
  if (tool.commands.empty()) rest = options_or_arguments("", tool.options, Operand::none);
  return fmt::format("# Completion of {} for bash\n{}() {{\n", tool.name, function) + fmt::format(kStart) +
         (tool.commands.empty() ? "" : fmt::format(kCommand, names)) +
         fmt::format(
             "  case $command/$option in\n{}  esac\n  case $command/$current in\n{}  esac\n}}\n"
             "complete -F {} {}\n",
             behind, rest, function, tool.name);
}

}  // namespace bulkdrop::manual
