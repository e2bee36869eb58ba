#include "bulkdrop/input/csv_layout.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/input/csv_record.hpp"
#include "bulkdrop/input/field_names.hpp"

namespace bulkdrop::input {

namespace {

constexpr std::array kDelimiters = {',', ';', '\t', '|'};
// How many records are looked at where the header alone does not tell the delimiter.
constexpr std::size_t kRecordsToCompare = 10;

struct Record {
  std::vector<std::string> values;  // trimmed, UTF-8; empty if the record is broken
  std::size_t bytes = 0;            // with its line end
};

// The record at `begin` of what the source holds; reads as much as it takes and consumes nothing.
Record peek_record(Source& source, std::size_t begin, char delimiter) {
  CsvRecord record(delimiter);
  for (;;) {
    const auto text = source.rest().substr(begin, kMaxRecordBytes);
    switch (record.scan(text, source.ended() && begin + text.size() == source.rest().size())) {
      case CsvScan::need_more:
        if (text.size() == kMaxRecordBytes) return {};
        source.more();
        break;
      case CsvScan::complete: {
        Record result{{}, record.size_with_end()};
        std::string scratch;
        for (const auto& cell : record.cells())
          result.values.emplace_back(trimmed(to_utf8(cell_text(text, cell, scratch))));
        return result;
      }
      case CsvScan::text_after_quote:
      case CsvScan::open_quote:
        return {};
    }
  }
}

// Whether the other half of a CRLF, which arrived in two pieces, stands behind the first `bytes` bytes. Waits
// for it: nobody can do without what comes behind a header.
bool line_feed_follows(Source& source, std::size_t bytes) {
  if (bytes == 0 || source.rest()[bytes - 1] != '\r') return false;
  if (bytes == source.rest().size() && !source.more()) return false;
  return source.rest()[bytes] == '\n';
}

// `sep=;`, which spreadsheets write in front of the header.
std::optional<char> separator_line(std::string_view line) {
  while (line.ends_with(' ')) line.remove_suffix(1);  // not a tab: that may be the separator
  if (line.size() >= 2 && line.front() == '"' && line.back() == '"') line = line.substr(1, line.size() - 2);
  if (line.size() != 5 || lower_ascii(line.substr(0, 4)) != "sep=" || line[4] == '"') return std::nullopt;
  return line[4];
}

// A 1-based column number, if --field is one.
std::optional<std::size_t> column_number(const std::string& field) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), number);
  if (error != std::errc() || end != field.data() + field.size()) return std::nullopt;
  return number;
}

FieldNames wanted_names(const Options& options) {
  return FieldNames(column_number(options.field) ? std::string_view() : std::string_view(options.field));
}

std::vector<std::size_t> matching(const std::vector<std::string>& values, const FieldNames& names) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (names.matches(values[i])) found.push_back(i);
  return found;
}

// How much the first records look like a table under `delimiter`: records with the same number of columns
// count first, columns second; 0 if there is one column only.
std::size_t tabularity(const Input& input, std::size_t begin, char delimiter) {
  // A stream must not wait for rows that may come in an hour.
  const std::size_t most = input.options.stream ? 1 : kRecordsToCompare;
  std::size_t columns = 0;
  std::size_t alike = 0;
  for (std::size_t i = 0; i < most; ++i) {
    auto& source = input.source();
    if (begin >= kMaxRecordBytes || (begin >= source.rest().size() && !source.more())) break;
    const auto record = peek_record(source, begin, delimiter);
    if (record.values.empty()) break;
    if (i == 0) columns = record.values.size();
    alike += record.values.size() == columns ? 1U : 0U;
    begin += record.bytes;
    // The other half of a CRLF that arrived in two pieces.
    const auto rest = source.rest();
    if (begin < rest.size() && rest[begin] == '\n' && rest[begin - 1] == '\r') ++begin;
  }
  return columns < 2 ? 0 : alike * 10000 + std::min<std::size_t>(columns, 9999);
}

char find_delimiter(const Input& input, std::size_t begin, const FieldNames& names) {
  std::vector<char> candidates;
  for (const char delimiter : kDelimiters)
    if (!matching(peek_record(input.source(), begin, delimiter).values, names).empty())
      candidates.push_back(delimiter);
  if (candidates.size() == 1) return candidates.front();
  if (candidates.empty()) candidates.assign(kDelimiters.begin(), kDelimiters.end());
  char best = candidates.front();
  std::size_t best_score = 0;
  for (const char delimiter : candidates) {
    const auto score = tabularity(input, begin, delimiter);
    if (score > best_score) {
      best = delimiter;
      best_score = score;
    }
  }
  return best;
}

[[noreturn]] void refuse(const Input& input, const std::string& what) {
  throw Error(ExitCode::bad_input, input.place(input.lines.number()) + what);
}

void take_numbered_column(const Input& input, const Record& first, std::size_t number, CsvLayout& layout) {
  if (number == 0) throw Error(ExitCode::usage, "--field 0: columns are counted from 1");
  if (number > first.values.size())
    refuse(input, fmt::format("there is no column {}; columns found: {}", number, quoted_list(first.values)));
  layout.column = number - 1;
  layout.field = fmt::format("column {}", number);
  // Where the first row already has an ID, it is no header.
  if (!input.rules.accept(plain_text(first.values[layout.column]))) layout.columns = first.values;
}

// A list without a header, or with something behind its IDs.
std::string instead_of_header(const Input& input, const Record& first) {
  for (std::size_t i = 0; i < first.values.size(); ++i) {
    const std::string& value = first.values[i];
    if (input.rules.accept(plain_text(value)))
      return fmt::format("; but there stands an ID in column {}: if there is no header, say --field {}",
                         i + 1, i + 1);
    if (i == 0 && input.rules.accept(value.substr(0, value.find_first_of(" \t"))))
      return "; but it begins with an ID: if every line does, say --match '^(\\S+)'";
  }
  return {};
}

void take_named_column(const Input& input, const Record& first, const FieldNames& names, CsvLayout& layout) {
  const auto found = matching(first.values, names);
  const auto columns = quoted_list(first.values);
  const bool given = !input.options.field.empty();
  if (found.empty()) {
    const auto missing =
        given
            ? fmt::format("no column is named \"{}\"", printable(input.options.field))
            : std::string("no column is named as a session ID is (session_id, Session ID, ID da sessão, …)");
    const std::string advice =
        given ? "check --field, or give the column's number"
              : input.advice("name the column with --field, or pick IDs from log text with --match");
    refuse(input,
           fmt::format("{}; line {} was taken as the header, columns found: {}{}; take out what stands "
                       "above the header, if anything does; {}",
                       missing, input.lines.number(), columns,
                       given || input.options.protect_list ? "" : instead_of_header(input, first), advice));
  }
  if (found.size() > 1)
    refuse(input,
           fmt::format(
               "{} columns could be the session ID; columns found: {}; {}", found.size(), columns,
               input.advice(fmt::format("choose one by number, such as --field {}", found.front() + 1))));
  layout.column = found.front();
  layout.columns = first.values;
  layout.field = first.values[layout.column];
}

}  // namespace

bool has_csv_header(const Input& input) {
  Line line;
  if (!input.lines.peek(line) || line.too_long) return false;
  if (separator_line(line.text)) return true;
  const auto names = wanted_names(input.options);
  const auto matches = [&](char delimiter) {
    return !matching(peek_record(input.source(), 0, delimiter).values, names).empty();
  };
  return input.options.delimiter ? matches(*input.options.delimiter)
                                 : std::any_of(kDelimiters.begin(), kDelimiters.end(), matches);
}

CsvLayout find_csv_layout(const Input& input) {
  CsvLayout layout;
  auto separator = input.options.delimiter;
  Line line;
  if (input.lines.peek(line)) {
    if (const auto named = separator_line(line.text)) {
      if (!separator) separator = named;
      input.lines.take();
    }
  }
  if (!input.lines.skip_blank()) return layout;  // nothing there: no rows

  const auto names = wanted_names(input.options);
  layout.delimiter = separator ? *separator : find_delimiter(input, 0, names);
  const auto first = peek_record(input.source(), 0, layout.delimiter);
  if (first.values.empty()) {
    input.lines.peek(line);
    refuse(input,
           fmt::format(
               "the header can't be read: a quote is not closed, or text follows a closing one; it begins "
               "with {}",
               quoted_list(split_csv(line.text.substr(0, 1000), layout.delimiter))));
  }
  if (const auto number = column_number(input.options.field))
    take_numbered_column(input, first, *number, layout);
  else
    take_named_column(input, first, names, layout);
  if (!layout.columns.empty()) {
    const std::size_t bytes = first.bytes + (line_feed_follows(input.source(), first.bytes) ? 1 : 0);
    layout.header = input.source().rest().substr(0, bytes);
    input.lines.take(bytes);
  }
  return layout;
}

std::string made_up_header(const Options& options, char delimiter) {
  const std::size_t columns = column_number(options.field).value_or(1);
  const auto [open, close] = delimiter == '(' || delimiter == ')' ? std::pair('[', ']') : std::pair('(', ')');
  std::string header;
  for (std::size_t i = 1; i <= columns; ++i) {
    if (i > 1) header += delimiter;
    header += fmt::format("{}{}{}", open, i, close);
  }
  return header + "\n";
}

}  // namespace bulkdrop::input
