#include "bulkdrop/input/csv_record.hpp"

#include <algorithm>

#include "bulkdrop/core/text.hpp"

namespace bulkdrop::input {

namespace {

constexpr bool is_line_end(char c) {
  return c == '\n' || c == '\r';
}

}  // namespace

std::string_view cell_text(std::string_view record, const CsvCell& cell, std::string& scratch) {
  const auto raw = record.substr(cell.begin, cell.end - cell.begin);
  if (!cell.doubled) return raw;
  scratch.clear();
  for (std::size_t i = 0; i < raw.size(); ++i) {
    scratch += raw[i];
    if (raw[i] == '"') ++i;
  }
  return scratch;
}

void CsvRecord::restart() {
  phase_ = Phase::cell_start;
  position_ = size_ = 0;
  cells_.clear();
}

// `text` goes on behind the record with its line end, or ends there.
CsvScan CsvRecord::end_record(std::string_view text, std::size_t size) {
  cells_.push_back(cell_);
  size_ = size;
  position_ = std::min(size + 1, text.size());
  if (size + 1 < text.size() && text[size] == '\r' && text[size + 1] == '\n') ++position_;
  return CsvScan::complete;
}

CsvScan CsvRecord::scan(std::string_view text, bool at_end) {
  for (;;) {
    switch (phase_) {
      case Phase::cell_start:
        if (position_ == text.size() && !at_end) return CsvScan::need_more;
        if (position_ < text.size() && text[position_] == '"') {
          cell_ = {position_ + 1, position_ + 1};
          ++position_;
          phase_ = Phase::quoted;
        } else {
          cell_ = {position_, position_};
          phase_ = Phase::unquoted;
        }
        break;

      case Phase::unquoted:
        while (position_ < text.size() && text[position_] != delimiter_ && !is_line_end(text[position_]))
          ++position_;
        if (position_ == text.size() && !at_end) return CsvScan::need_more;
        cell_.end = position_;
        if (position_ == text.size() || is_line_end(text[position_])) return end_record(text, position_);
        cells_.push_back(cell_);
        ++position_;
        phase_ = Phase::cell_start;
        break;

      case Phase::quoted: {
        const auto quote = text.find('"', position_);
        if (quote == std::string_view::npos) {
          position_ = text.size();
          return at_end ? CsvScan::open_quote : CsvScan::need_more;
        }
        position_ = quote;
        if (quote + 1 == text.size() && !at_end) return CsvScan::need_more;
        if (quote + 1 < text.size() && text[quote + 1] == '"') {
          cell_.doubled = true;
          position_ += 2;
          break;
        }
        cell_.end = quote;
        ++position_;
        phase_ = Phase::after_quote;
        break;
      }

      case Phase::after_quote: {
        if (position_ == text.size()) return at_end ? end_record(text, position_) : CsvScan::need_more;
        const char c = text[position_];
        if (c == delimiter_) {
          cells_.push_back(cell_);
          ++position_;
          phase_ = Phase::cell_start;
          break;
        }
        if (c == ' ') {
          ++position_;
          break;
        }
        return is_line_end(c) ? end_record(text, position_) : CsvScan::text_after_quote;
      }
    }
  }
}

std::string_view plain_text(std::string_view value) {
  static constexpr std::string_view kFormulaStarts = "=+-@\t\r";
  if (value.size() > 1 && value[0] == '\'' && kFormulaStarts.find(value[1]) != std::string_view::npos)
    value.remove_prefix(1);
  if (value.empty() || (value.front() != '=' && value.front() != ' ')) return value;
  const auto formula = trimmed(value);
  if (formula.size() > 3 && formula.starts_with("=\"") && formula.ends_with('"'))
    return formula.substr(2, formula.size() - 3);
  return value;
}

std::vector<std::string> split_csv(std::string_view text, char delimiter) {
  CsvRecord record(delimiter);
  const bool broken = record.scan(text, true) != CsvScan::complete;
  std::vector<std::string> values;
  std::string scratch;
  std::size_t next = 0;
  for (const auto& cell : record.cells()) {
    values.push_back(to_utf8(cell_text(text, cell, scratch)));
    next = cell.end;
  }
  if (broken) {
    // The delimiter behind the last whole cell, wherever its closing quote and spaces put it.
    if (!record.cells().empty()) next = std::min(text.size(), text.find(delimiter, next) + 1);
    values.push_back(to_utf8(text.substr(next)));
  }
  return values;
}

}  // namespace bulkdrop::input
