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

// Our own failed.csv puts an apostrophe before what a spreadsheet would run as a formula.
std::string_view without_formula_guard(std::string_view cell) {
  static constexpr std::string_view kFormulaStarts = "=+-@\t\r";
  if (cell.size() > 1 && cell[0] == '\'' && kFormulaStarts.find(cell[1]) != std::string_view::npos)
    cell.remove_prefix(1);
  return cell;
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
    if (record_.cells().size() > layout_.column)
      return take_cell(row, record, cell_text(record, record_.cells()[layout_.column], scratch_));
    refuse_short(row, record_.cells().size());
    return true;
  }

  wasted_ += record_.position();
  Line line;
  input_.lines.peek(line);
  place(row, line.offset, line.number, line.text);
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
  identify(row, without_formula_guard(value));
  // Not in a stream: where it was cut, the next reader has no other header than one that was made up.
  if (row.admission == Admission::invalid && !input_.options.field.empty() && !input_.options.stream)
    refuse(row, row.reason, std::string(row.message) + other_column(record));
  return true;
}

std::string CsvParser::other_column(std::string_view record) const {
  const auto cells = split_csv(record, layout_.delimiter);
  std::string found;
  for (std::size_t i = 0; i < std::min(cells.size(), layout_.columns.size()); ++i) {
    if (!input_.rules.accept(trimmed(cells[i]))) continue;
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

void CsvParser::refuse_short(Row& row, std::size_t cells) {
  refuse(row, Reason::missing_field,
         fmt::format("the row has {} {}; the ID stands in column {}", cells,
                     cells == 1 ? "column" : "columns", layout_.column + 1));
}

}  // namespace bulkdrop::input
