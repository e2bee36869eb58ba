#include "bulkdrop/input/sniff.hpp"

#include <algorithm>
#include <charconv>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/input/csv_layout.hpp"
#include "bulkdrop/input/json_record.hpp"

namespace bulkdrop::input {

namespace {

constexpr std::string_view kBetweenCells = " \t,;|";

// The first line that is neither blank nor a comment, as far as the window reaches; empty if there is none.
std::string_view first_content(const Input& input) {
  auto& source = input.source();
  std::size_t begin = 0;
  std::size_t searched = 0;
  for (;;) {
    const auto rest = source.rest();
    const auto end = rest.find('\n', std::max(begin, searched));
    if (end == std::string_view::npos) {
      searched = rest.size();
      if (rest.size() <= kMaxRecordBytes && source.more()) continue;
    }
    const auto line = trimmed(rest.substr(begin, end == std::string_view::npos ? end : end - begin));
    if (!line.empty() && line.front() != '#') return line;
    if (end == std::string_view::npos) return {};
    begin = end + 1;
  }
}

bool is_number(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

Format sniff_format(const Input& input) {
  Line line;
  if (!input.lines.peek(line)) return Format::text;
  const auto start = trimmed(line.text.substr(0, std::min<std::size_t>(line.text.size(), 4096)));
  if (start.starts_with('[')) return Format::json;
  const bool json_value =
      (start.starts_with('{') || start.starts_with('"')) && !line.too_long && is_json_value(line.text);
  if (start.starts_with('{')) {
    if (!json_value || is_list_answer(line.text)) return Format::json;
    return Format::jsonl;
  }
  if (has_csv_header(input)) return Format::csv;
  if (json_value) return Format::jsonl;
  if (is_number(input.options.field)) return Format::csv;
  const auto content = first_content(input);
  if (input.rules.accept(content) || content.find_first_of(kBetweenCells) == std::string_view::npos)
    return Format::text;
  return Format::csv;
}

}  // namespace bulkdrop::input
