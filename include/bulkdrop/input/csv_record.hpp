// One CSV record (RFC 4180 §2), cut into cells.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bulkdrop::input {

struct CsvCell {
  std::size_t begin = 0;  // within the record, quotes excluded
  std::size_t end = 0;
  bool doubled = false;  // holds quotes that are written twice
};

// The cell's value; `scratch` holds it where it is not the record's own text.
std::string_view cell_text(std::string_view record, const CsvCell& cell, std::string& scratch);

// A cell's value without what a spreadsheet needs around it to keep it a text: our own failed.csv puts an
// apostrophe before what would be run as a formula, and others write ="1e39", which gives the text 1e39.
std::string_view plain_text(std::string_view value);

enum class CsvScan : std::uint8_t {
  need_more,         // the record goes on behind the text
  complete,          //
  text_after_quote,  // something other than a delimiter, spaces or a line end follows a closing quote
  open_quote,        // the input ends within quotes
};

// Beyond the RFC: LF alone and CR alone end a record, a quote inside an unquoted cell is literal, spaces may
// follow a closing quote, any byte but `"`, CR and LF delimits.
class CsvRecord {
 public:
  explicit CsvRecord(char delimiter) : delimiter_(delimiter) {}

  void restart();
  // `text` starts at the record and goes beyond its end, or up to the input's end (`at_end`). After
  // need_more, call again with a longer text that starts the same: what was seen is not looked at twice. A CR
  // at the end of the text ends the record: whether a LF belongs to it is for Lines to see.
  CsvScan scan(std::string_view text, bool at_end);

  // Of a complete record:
  [[nodiscard]] const std::vector<CsvCell>& cells() const { return cells_; }
  [[nodiscard]] std::size_t size() const { return size_; }  // without its line end
  [[nodiscard]] std::size_t size_with_end() const { return position_; }
  // Of a broken one: where it broke.
  [[nodiscard]] std::size_t position() const { return position_; }

 private:
  enum class Phase : std::uint8_t { cell_start, unquoted, quoted, after_quote };
  CsvScan end_record(std::string_view text, std::size_t size);

  char delimiter_;
  Phase phase_ = Phase::cell_start;
  std::size_t position_ = 0;
  std::size_t size_ = 0;
  CsvCell cell_;
  std::vector<CsvCell> cells_;
};

// All cells' values of a record in memory, as UTF-8. Of a broken record, what follows the break is one last
// cell as it stands.
std::vector<std::string> split_csv(std::string_view record, char delimiter);

}  // namespace bulkdrop::input
