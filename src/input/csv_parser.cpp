#include "bulkdrop/input/csv_parser.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bulkdrop/core/column_hint.hpp"
#include "bulkdrop/core/text.hpp"

namespace bulkdrop::input {

namespace {

constexpr std::size_t kShownBytes = 80;

bool is_blank(std::string_view line) {
  return line.find_first_not_of(' ') == std::string_view::npos;
}

}  // namespace

CsvParser::CsvParser(Input input)
    : RowParser(input), layout_(find_csv_layout(input)), record_(layout_.delimiter) {
  input_.info.delimiter = layout_.delimiter;
  input_.info.columns = layout_.columns;
  input_.info.header = layout_.header;
  input_.info.field = layout_.field;
}

bool CsvParser::next(Row& row) {
  Line line;
  while (input_.lines.peek(line)) {
    if (line.too_long) {
      place(row, line.offset, line.number, line.text);
      refuse_too_long(row, "line");
      input_.lines.take();
      return true;
    }
    if (is_blank(line.text)) {
      input_.lines.take();
      continue;
    }
    const bool quotes = quote_.find(input_.source().rest(), line.offset) < line.text.size();
    if (quotes ? row_with_quotes(row) : plain_row(row, line)) return true;
    ++input_.info.ignored_lines;
  }
  return false;
}

bool CsvParser::plain_row(Row& row, const Line& line) {
  place(row, line.offset, line.number, line.text);
  input_.lines.take();
  look_at_end(row, line.text);
  auto cell = line.text;
  for (std::size_t i = 0; i < layout_.column; ++i) {
    const auto delimiter = cell.find(layout_.delimiter);
    if (delimiter == std::string_view::npos) {
      refuse_short(row, i + 1);
      return true;
    }
    cell.remove_prefix(delimiter + 1);
  }
  return take_cell(row, line.text, cell.substr(0, cell.find(layout_.delimiter)));
}

bool CsvParser::row_with_quotes(Row& row) {
  auto& source = input_.source();
  const std::size_t most =
      wasted_ > kWasteBytes + 16 * source.offset() ? kRecordBytesAfterWaste : kMaxRecordBytes;
  // Room for a line end behind the longest record, and a byte to see that it goes on.
  const std::size_t window = most + 3;
  record_.restart();
  auto scan = CsvScan::need_more;
  for (;;) {
    const auto seen = source.rest().substr(0, window);
    scan = record_.scan(seen, source.ended() && seen.size() == source.rest().size());
    if (scan != CsvScan::need_more || seen.size() == window) break;
    source.more();
  }
  const auto text = source.rest();
  if (scan == CsvScan::complete && record_.size() <= most) {
    const auto record = text.substr(0, record_.size());
    place(row, source.offset(), input_.lines.number(), record);
    input_.lines.take(record_.size_with_end());
    look_at_end(row, record);
    look_into_quotes(row, record);
    if (record_.cells().size() > layout_.column)
      return take_cell(row, record, cell_text(record, record_.cells()[layout_.column], scratch_));
    refuse_short(row, record_.cells().size());
    return true;
  }

  wasted_ += record_.position();
  const bool breaks_off = scan == CsvScan::open_quote && breaks_off_in_quotes(text);
  Line line;
  input_.lines.peek(line);
  place(row, line.offset, line.number, line.text);
  if (breaks_off) note_cut_off(row, "the input ends in a quoted cell, without a line end");
  input_.lines.take();
  if (scan == CsvScan::text_after_quote)
    refuse(row, Reason::malformed_row,
           "text follows a closing quote; the line was skipped, write a quote within a cell twice");
  else
    refuse(
        row, Reason::malformed_row,
        fmt::format("a quote is opened and not closed {}; the line was skipped",
                    scan == CsvScan::open_quote ? "before the end" : fmt::format("within {} bytes", most)));
  return true;
}

bool CsvParser::take_cell(Row& row, std::string_view record, std::string_view value) {
  if (repeats_header(record, value)) return false;
  identify(row, plain_text(value));
  // Not in a stream: where it was cut, the next reader has no other header than one that was made up.
  if (row.admission == Admission::invalid && !input_.options.field.empty() && !input_.options.stream)
    refuse(row, row.reason, std::string(row.message) + other_column(record));
  return true;
}

std::string CsvParser::other_column(std::string_view record) const {
  const auto cells = split_csv(record, layout_.delimiter);
  std::string found;
  for (std::size_t i = 0; i < std::min(cells.size(), layout_.columns.size()); ++i) {
    if (!input_.rules.accept(trimmed(plain_text(cells[i])))) continue;
    if (!found.empty()) return {};
    found = fmt::format("{}{}{}", kColumnHintStart, printable(shortened(layout_.columns[i], kShownBytes)),
                        kColumnHintEnd);
  }
  return found;
}

bool CsvParser::repeats_header(std::string_view record, std::string_view value) const {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (layout_.columns.empty()) return false;
  // An ID is longer than its column's name, as a rule: then this is all that it costs. A mark may make the
  // cell longer, and also its quotes, which are no quotes behind a mark.
  const std::size_t most = layout_.columns[layout_.column].size() + kMark.size() + 2;
  const auto is_plain = [](char c) { return c > ' ' && c < '\x7F'; };
  if (value.size() > most &&
      ((is_plain(value.front()) && is_plain(value.back())) || trimmed(value).size() > most))
    return false;
  if (record.starts_with(kMark)) record.remove_prefix(kMark.size());
  const auto cells = split_csv(record, layout_.delimiter);
  return std::equal(cells.begin(), cells.end(), layout_.columns.begin(), layout_.columns.end(),
                    [](const std::string& cell, const std::string& name) { return trimmed(cell) == name; });
}

void CsvParser::look_at_end(const Row& row, std::string_view record) {
  if (!ends_without_line_end(row)) [[likely]]
    return;
  const auto cells = split_csv(record, layout_.delimiter).size();
  if (cells < layout_.columns.size())
    note_cut_off(
        row, fmt::format("the last row has {} of {} columns and no line end", cells, layout_.columns.size()));
}

// The lines of `text` but for its first that have, in the ID's column, what can be an ID.
std::uint64_t CsvParser::lines_like_rows(std::string_view text) const {
  constexpr std::string_view kLineEnds = "\r\n";
  std::uint64_t found = 0;
  for (auto end = text.find_first_of(kLineEnds); end != std::string_view::npos;
       end = text.find_first_of(kLineEnds)) {
    text.remove_prefix(end + 1);
    const auto line = text.substr(0, text.find_first_of(kLineEnds));
    if (is_like_row(line)) ++found;
  }
  return found;
}

bool CsvParser::is_like_row(std::string_view line) const {
  // Where words can be IDs, too, prose is told from rows by its columns.
  if (!input_.options.id_pattern.empty()) {
    const auto cells = static_cast<std::size_t>(std::count(line.begin(), line.end(), layout_.delimiter)) + 1;
    if (cells < 2 || cells < layout_.columns.size()) return false;
  }
  for (std::size_t i = 0; i < layout_.column; ++i) {
    const auto delimiter = line.find(layout_.delimiter);
    if (delimiter == std::string_view::npos) return false;
    line.remove_prefix(delimiter + 1);
  }
  auto cell = trimmed(line.substr(0, line.find(layout_.delimiter)));
  if (cell.starts_with('=')) cell.remove_prefix(1);
  while (cell.starts_with('"')) cell.remove_prefix(1);
  while (cell.ends_with('"')) cell.remove_suffix(1);
  return input_.rules.accept(trimmed(cell));
}

// Two stray quotes make one cell of all that stands between them. That is what CSV says, and rarely what was
// meant.
void CsvParser::look_into_quotes(const Row& row, std::string_view record) {
  if (record.find_first_of("\r\n") == std::string_view::npos) [[likely]]
    return;
  const auto lines = lines_like_rows(record);
  if (lines == 0) return;
  if (input_.info.quoted_rows == 0) input_.info.quoted_rows_at = input_.place(row.line);
  input_.info.quoted_rows += lines;
}

// A quote that was never closed and has whole rows behind it is a stray one.
bool CsvParser::breaks_off_in_quotes(std::string_view text) const {
  return !text.ends_with('\n') && !text.ends_with('\r') && lines_like_rows(text) == 0;
}

void CsvParser::refuse_short(Row& row, std::size_t cells) {
  refuse(row, Reason::missing_field,
         fmt::format("the row has {} {}; the ID stands in column {}", cells,
                     cells == 1 ? "column" : "columns", layout_.column + 1));
}

std::string quoted_rows(const SourceInfo& source) {
  const std::uint64_t lines = source.quoted_rows;
  if (lines == 0) return {};
  return fmt::format(
      "{}a quoted cell holds {} line{} that look{} like {} of {} own, and {} not read as {}: "
      "is a quote too many there?",
      source.quoted_rows_at, grouped(lines), lines == 1 ? "" : "s", lines == 1 ? "s" : "",
      lines == 1 ? "a row" : "rows", lines == 1 ? "its" : "their", lines == 1 ? "is" : "are",
      lines == 1 ? "one" : "such");
}

}  // namespace bulkdrop::input
