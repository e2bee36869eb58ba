#include "bulkdrop/input/text_parser.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <re2/re2.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/input/regex.hpp"

namespace bulkdrop::input {

namespace {

constexpr std::string_view kWhiteSpace = " \t\r\v\f";

}  // namespace

std::string_view without_comment(std::string_view line) {
  line = trimmed(line);
  const auto space = line.find_first_of(kWhiteSpace);
  if (space == std::string_view::npos) return line;
  const auto behind = line.find_first_not_of(kWhiteSpace, space);
  return behind != std::string_view::npos && line[behind] == '#' ? line.substr(0, space) : line;
}

bool TextParser::next(Row& row) {
  Line line;
  while (input_.lines.peek(line)) {
    if (line.too_long) {
      place(row, line.offset, line.number, line.text);
      refuse_too_long(row, "line");
      input_.lines.take();
      return true;
    }
    input_.lines.take();
    const auto id = without_comment(line.text);
    if (id.empty()) continue;
    if (id.front() == '#') {
      ++input_.info.ignored_lines;
      continue;
    }
    place(row, line.offset, line.number, line.text);
    // Whether it is an ID is the cheaper question.
    if (input_.rules.accept(id) || id.find_first_of(kWhiteSpace) == std::string_view::npos) {
      identify(row, id);
    } else {
      refuse(row, Reason::bad_id, explain_words(id));
    }
    return true;
  }
  return false;
}

std::string TextParser::explain_words(std::string_view line) const {
  const auto shown = printable(shortened(to_utf8(line.substr(0, 400)), 80));
  return fmt::format("more than one word on the line: {}; {}", shown,
                     input_.advice("write one ID a line, or pick IDs from log text with --match"));
}

std::unique_ptr<RE2> compile_match(const std::string& expression) {
  auto compiled = compile_regex("--match", expression);
  if (compiled->NumberOfCapturingGroups() < 1)
    throw Error(ExitCode::usage,
                fmt::format("--match {}: put the part that is the ID in parentheses, such as "
                            "session_id=([0-9a-f]+)",
                            printable(expression)));
  return compiled;
}

bool MatchParser::find(std::string_view line, std::string_view& id) {
  std::array<re2::StringPiece, 2> groups;
  const re2::StringPiece text(line.data(), line.size());
  if (!expression_.Match(text, 0, text.size(), RE2::UNANCHORED, groups.data(),
                         static_cast<int>(groups.size())))
    return false;
  id = {groups[1].data(), groups[1].size()};
  return true;
}

bool MatchParser::next(Row& row) {
  Line line;
  while (input_.lines.peek(line)) {
    if (line.too_long) {
      place(row, line.offset, line.number, line.text);
      refuse_too_long(row, "line");
      input_.lines.take();
      return true;
    }
    input_.lines.take();
    if (trimmed(line.text).empty()) continue;
    std::string_view id;
    bool found = find(line.text, id);
    if (!found && !is_valid_utf8(line.text)) {
      converted_ = to_utf8(line.text);
      found = find(converted_, id);
    }
    if (!found) {
      ++input_.info.ignored_lines;
      continue;
    }
    place(row, line.offset, line.number, line.text);
    identify(row, id);
    return true;
  }
  return false;
}

}  // namespace bulkdrop::input
