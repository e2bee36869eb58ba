#include "bulkdrop/input/sniff.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/input/csv_layout.hpp"
#include "bulkdrop/input/json_record.hpp"
#include "bulkdrop/input/text_parser.hpp"

namespace bulkdrop::input {

namespace {

constexpr std::string_view kBetweenCells = " \t,;|";

// A line within rest(), trimmed.
struct Piece {
  std::size_t begin = 0;
  std::size_t size = 0;  // 0: there is no such line
};

// The first line at or after `begin` that is neither blank nor a comment, as far as the window reaches.
Piece find_content(const Input& input, std::size_t begin) {
  auto& source = input.source();
  std::size_t searched = 0;
  for (;;) {
    const auto rest = source.rest();
    const auto end = rest.find_first_of("\r\n", std::max(begin, searched));
    if (end == std::string_view::npos) {
      searched = rest.size();
      if (rest.size() <= kMaxRecordBytes && source.more()) continue;
    }
    const auto line = trimmed(rest.substr(begin, end == std::string_view::npos ? end : end - begin));
    if (!line.empty() && line.front() != '#')
      return {static_cast<std::size_t>(line.data() - rest.data()), line.size()};
    if (end == std::string_view::npos) return {};
    begin = end + 1;
  }
}

// Whether a JSON object follows `first`, on a line of its own. Never in a stream, which would have to wait
// for it.
bool object_line_follows(const Input& input, const Piece& first) {
  if (input.options.stream) return false;
  const auto next = find_content(input, first.begin + first.size);
  const auto line = input.source().rest().substr(next.begin, next.size);
  return line.starts_with('{') && is_json_value(line);
}

bool is_number(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

[[noreturn]] void refuse_field(const Input& input) {
  throw Error(
      ExitCode::bad_input,
      fmt::format("{}: is plain text with an ID on its first line, and has no field \"{}\"; leave --field "
                  "out, or say with --format what it is",
                  input.info.name == "-" ? "standard input" : input.info.name,
                  printable(input.options.field)));
}

}  // namespace

Format sniff_format(const Input& input) {
  Line line;
  if (!input.lines.peek(line)) return Format::text;
  const auto start = trimmed(line.text.substr(0, std::min<std::size_t>(line.text.size(), 4096)));
  const char first = start.empty() ? '\0' : start.front();
  if (first == '[') return Format::json;
  const bool json_value = (first == '{' || first == '"') && !line.too_long && is_json_value(line.text);
  if (first == '{') {
    if (json_value) return is_list_answer(line.text) ? Format::json : Format::jsonl;
    // In a document an object follows a bracket, a comma or a colon: behind anything else the first line is
    // noise among JSON lines.
    constexpr std::string_view kGoesOn = "{[,:";
    const bool noise = !line.too_long && kGoesOn.find(trimmed(line.text).back()) == std::string_view::npos;
    return noise && object_line_follows(input, find_content(input, 0)) ? Format::jsonl : Format::json;
  }
  if (has_csv_header(input)) return Format::csv;
  if (json_value) return Format::jsonl;
  if (is_number(input.options.field)) return Format::csv;
  const auto piece = find_content(input, 0);
  const auto content = input.source().rest().substr(piece.begin, piece.size);
  const bool named = !input.options.field.empty();
  if (input.rules.accept(without_comment(content))) {
    if (named) refuse_field(input);
    return Format::text;
  }
  const bool one_word = content.find_first_of(kBetweenCells) == std::string_view::npos;
  if (piece.size > 0 && object_line_follows(input, piece)) return Format::jsonl;
  return one_word && !named ? Format::text : Format::csv;
}

}  // namespace bulkdrop::input
