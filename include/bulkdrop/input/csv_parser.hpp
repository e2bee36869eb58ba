// Rows of a CSV source.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bulkdrop/input/csv_layout.hpp"
#include "bulkdrop/input/csv_record.hpp"
#include "bulkdrop/input/row_parser.hpp"

namespace bulkdrop::input {

// A record that can't be read (a stray or open quote, longer than kMaxRecordBytes) costs only its first
// physical line, which becomes an invalid row: reading goes on with the next line, so a stray quote never
// swallows rows.
//
// A record whose cells are those of the header, one by one, is where somebody put one export behind another:
// it is skipped and counted as an ignored line, also with the byte order mark of the second file before it.
class CsvParser final : public RowParser {
 public:
  // Reads the header. Throws as find_csv_layout.
  explicit CsvParser(Input input);
  bool next(Row& row) override;

 private:
  // How far a record that was never closed may have been looked through, before records are given less room:
  // otherwise an input made for it would be looked through again for each of its lines.
  static constexpr std::uint64_t kWasteBytes = 64 * 1024 * 1024;
  static constexpr std::size_t kRecordBytesAfterWaste = 4096;

  // False: the record repeats the header.
  bool plain_row(Row& row, const Line& line);
  bool row_with_quotes(Row& row);
  bool take_cell(Row& row, std::string_view record, std::string_view value);
  [[nodiscard]] bool repeats_header(std::string_view record, std::string_view value) const;
  void refuse_short(Row& row, std::size_t cells);
  // Where --field names the wrong column: the one that holds the row's ID, as the end of a message.
  [[nodiscard]] std::string other_column(std::string_view record) const;
  // A last row that breaks off before its last column.
  void look_at_end(const Row& row, std::string_view record);

  // Rows that stray quotes made a part of a cell.
  [[nodiscard]] std::uint64_t lines_like_rows(std::string_view text) const;
  [[nodiscard]] bool is_like_row(std::string_view line) const;
  void look_into_quotes(const Row& row, std::string_view record);
  [[nodiscard]] bool breaks_off_in_quotes(std::string_view text) const;

  CsvLayout layout_;
  CsvRecord record_;
  Lines::Finder quote_{'"'};
  std::string scratch_;
  std::uint64_t wasted_ = 0;
};

}  // namespace bulkdrop::input
