#include "support/csv.hpp"

#include <stdexcept>

namespace bulkdrop::test {

std::vector<CsvRow> parse_csv(std::string_view text) {
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

std::string without_apostrophe(const std::string& cell) {
  const bool guarded = cell.size() > 1 && cell[0] == '\'' &&
                       std::string_view("=+-@\t\r").find(cell[1]) != std::string_view::npos;
  return guarded ? cell.substr(1) : cell;
}

}  // namespace bulkdrop::test
