// A strict reader of RFC 4180, for the tests: what is not exactly so is an error.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace bulkdrop::report {

using CsvRow = std::vector<std::string>;

inline std::vector<CsvRow> parse_csv(std::string_view text) {
  std::vector<CsvRow> rows;
  while (!text.empty()) {
    CsvRow row;
    for (bool more = true; more;) {
      std::string field;
      if (text.starts_with('"')) {
        text.remove_prefix(1);
        for (;;) {
          if (text.empty()) throw std::runtime_error("a quote is not closed");
          const char c = text.front();
          text.remove_prefix(1);
          if (c == '"' && !text.starts_with('"')) break;
          if (c == '"') text.remove_prefix(1);
          field += c;
        }
      } else {
        while (!text.empty() && text.front() != ',' && text.front() != '\r') {
          if (text.front() == '"' || text.front() == '\n')
            throw std::runtime_error("should have been quoted");
          field += text.front();
          text.remove_prefix(1);
        }
      }
      row.push_back(std::move(field));
      more = text.starts_with(',');
      if (more) text.remove_prefix(1);
    }
    if (!text.starts_with("\r\n")) throw std::runtime_error("a row does not end in CRLF");
    text.remove_prefix(2);
    rows.push_back(std::move(row));
  }
  return rows;
}

// The cell as it was written: without the apostrophe that keeps spreadsheets from running it.
inline std::string without_apostrophe(const std::string& cell) {
  const bool guarded = cell.size() > 1 && cell[0] == '\'' &&
                       std::string_view("=+-@\t\r").find(cell[1]) != std::string_view::npos;
  return guarded ? cell.substr(1) : cell;
}

}  // namespace bulkdrop::report
