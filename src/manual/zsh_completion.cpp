#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bulkdrop/manual/completions.hpp"

namespace bulkdrop::manual {
namespace {

// Within single quotes, with the signs escaped that mean something to _arguments and _describe.
std::string quoted(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out.push_back('\\');
    if (c == '\'')
      out += "'\\''";
    else
      out.push_back(c);
  }
  return out;
}

std::string action(const cli::OptionSpec& option) {
  switch (operand_of(option)) {
    case Operand::none:
      return "";
    case Operand::file:
      return ":file:_files";
    case Operand::directory:
      return ":directory:_files -/";
    case Operand::one_of:
      return fmt::format(":value:({})", fmt::join(choices(option), " "));
    case Operand::list_of:
      return fmt::format(":values:_values -s , value {}", fmt::join(choices(option), " "));
    default:
      return fmt::format(":{}: ", quoted(option.operand));
  }
}

std::string arguments(std::span<const cli::OptionSpec> options, Operand operand) {
  std::string text =
      "_arguments -s -S '(- *)'{-h,--help}'[tell all options]' '(- *)--version[tell the version]'";
  for (const cli::OptionSpec& option : options) {
    const std::string_view equals = option.kind == cli::Kind::flag ? "" : "=";
    const std::string what = fmt::format("[{}]{}", quoted(option.help), action(option));
    if (option.letter != 0)
      text += fmt::format(" \\\n        '(-{0} --{1})'{{-{0},--{1}{2}}}'{3}'", option.letter, option.name,
                          equals, what);
    else
      text += fmt::format(" \\\n        '{}--{}{}{}'", option.kind == cli::Kind::list ? "*" : "", option.name,
                          equals, what);
  }
  if (operand == Operand::file) text += " \\\n        '*:file:_files'";
  if (operand == Operand::directory) text += " \\\n        '*:run directory:_files -/'";
  return text + "\n";
}

}  // namespace

std::string zsh_completion(const Tool& tool) {
  std::string text = fmt::format("#compdef {}\n", tool.name);
  if (tool.commands.empty()) return text + arguments(tool.options, Operand::none);
  text +=
      "local curcontext=$curcontext state line ret=1\n"
      "_arguments -C '(- *)'{-h,--help}'[tell what there is]' '(- *)--version[tell the version]' \\\n"
      "    '1:command:->command' '*::argument:->argument' && ret=0\n"
      "case $state in\n  command)\n    local -a commands=(";
  for (const cli::CommandSpec& command : tool.commands)
    text += fmt::format("\n      '{}:{}'", command.name, quoted(command.summary));
  text +=
      ")\n    _describe -t commands command commands && ret=0\n    ;;\n  argument)\n    case $words[1] in\n";
  for (const cli::CommandSpec& command : tool.commands)
    text += fmt::format("      {})\n        {}        ret=$?\n        ;;\n", command.name,
                        arguments(command.options, arguments_of(command)));
  return text + "    esac\n    ;;\nesac\nreturn ret\n";
}

}  // namespace bulkdrop::manual
