#include "bulkdrop/manual/pages.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "bulkdrop/cli/exit_codes.hpp"
#include "bulkdrop/core/reason.hpp"
#include "bulkdrop/core/status.hpp"
#include "bulkdrop/core/status_meaning.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/manual/roff.hpp"
#include "bulkdrop/manual/rules_table.hpp"

namespace bulkdrop::manual {
namespace {

constexpr int kMostNested = 8;

std::string upper_ascii(std::string_view text) {
  std::string upper(text);
  for (char& c : upper)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return upper;
}

// As NAME wants it: without capital and full stop.
std::string clause(std::string_view sentence) {
  if (sentence.ends_with('.')) sentence.remove_suffix(1);
  std::string text(sentence);
  if (!text.empty()) text.front() = lower_ascii(text.substr(0, 1)).front();
  return text;
}

std::string head(std::string_view name, std::string_view summary, std::string_view synopsis,
                 const Edition& edition) {
  return fmt::format(
      ".TH {} 1 {} \"bulkdrop {}\" \"User Commands\"\n.nh\n.ad l\n.SH NAME\n{} \\- {}\n.SH SYNOPSIS\n{}\n",
      literal(upper_ascii(name)), edition.date, edition.version, literal(name), prose(clause(summary)),
      usage(synopsis));
}

std::string item(std::string_view tag, std::string_view text) {
  return fmt::format(".TP\n{}\n{}\n", tag, text);
}

std::string option_item(const cli::OptionSpec& option) {
  std::string tag = option.letter == 0 ? "" : bold(fmt::format("-{}", option.letter)) + ", ";
  tag += bold(fmt::format("--{}", option.name));
  if (!option.operand.empty()) tag += " " + usage(option.operand);
  std::string text = prose(option.help);
  if (!option.default_value.empty()) text += fmt::format(" [{}]", prose(option.default_value));
  return item(tag, text);
}

std::string options(std::span<const cli::OptionSpec> all) {
  std::string text = ".SH OPTIONS\n";
  std::string_view group;
  for (const cli::OptionSpec& option : all) {
    if (option.group != group) {
      group = option.group;
      text += fmt::format(".SS \"{}\"\n", prose(group));
    }
    text += option_item(option);
  }
  return text;
}

std::string exit_status(std::string_view command) {
  std::string text = ".SH EXIT STATUS\n";
  for (const cli::ExitMeaning& entry : cli::exit_codes(command))
    text += item(bold(entry.codes), prose(entry.meaning));
  text += item(bold("70"), prose("an internal error, which is a bug"));
  return text;
}

std::string statuses() {
  std::string text;
  for (const Status status : kAllStatuses) text += item(bold(name(status)), prose(meaning(status)));
  return text;
}

std::string reasons() {
  std::string text;
  for (const ReasonInfo& reason : all_reasons()) {
    std::string explained = prose(reason.cause);
    if (!reason.action.empty()) explained += "\n" + prose(reason.action);
    text += item(bold(reason.name), explained);
  }
  return text;
}

std::string part(std::string_view name, const Parts& parts, int nested);

std::string expanded(std::string_view source, const Parts& parts, int nested) {
  std::string text;
  for (std::size_t at = 0; at < source.size();) {
    const std::size_t end = std::min(source.find('\n', at), source.size());
    const std::string_view line = source.substr(at, end - at);
    if (line.size() > 2 && line.starts_with('@') && line.ends_with('@'))
      text += part(line.substr(1, line.size() - 2), parts, nested);
    else
      text += fmt::format("{}\n", line);
    at = end + 1;
  }
  return text;
}

std::string part(std::string_view name, const Parts& parts, int nested) {
  const auto found = parts.find(name);
  if (found == parts.end()) throw std::runtime_error(fmt::format("nothing is called @{}@", name));
  if (nested == kMostNested) throw std::runtime_error(fmt::format("@{}@ asks for itself", name));
  return expanded(found->second, parts, nested + 1);
}

}  // namespace

Parts program_parts(const Tool& tool, const Edition& edition) {
  Parts parts;
  parts["HEAD"] =
      head(tool.name, tool.summary, fmt::format("{} COMMAND [OPTIONS] [ARGUMENTS]", tool.name), edition);
  std::string& commands = parts["COMMANDS"];
  for (const cli::CommandSpec& command : tool.commands)
    commands += item(fmt::format("{}(1)", bold(fmt::format("{}-{}", tool.name, command.name))),
                     prose(command.summary));
  parts["STATUSES"] = statuses();
  parts["REASONS"] = reasons();
  parts["RULES"] = rules_table();
  return parts;
}

Parts command_parts(const Tool& tool, const cli::CommandSpec& command, const Edition& edition) {
  return {{"HEAD",
           head(fmt::format("{}-{}", tool.name, command.name), command.summary, command.synopsis, edition)},
          {"OPTIONS", options(command.options)},
          {"NOTES", command.notes.empty() ? "" : prose(command.notes) + "\n"},
          {"EXIT STATUS", exit_status(command.name)}};
}

Parts tool_parts(const Tool& tool, const Edition& edition) {
  return {{"HEAD", head(tool.name, tool.summary, fmt::format("{} [OPTIONS]", tool.name), edition)},
          {"OPTIONS", options(tool.options)}};
}

std::string laid_out(std::string_view heading, std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  return fmt::format(".SH {}\n.nf\n{}\n.fi\n", prose(heading), literal(text));
}

std::string page(std::string_view source, const Parts& parts) {
  return expanded(source, parts, 0);
}

}  // namespace bulkdrop::manual
