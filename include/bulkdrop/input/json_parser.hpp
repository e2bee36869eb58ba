// Rows of JSON sources: a value a line, or a whole document.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "bulkdrop/core/json_scanner.hpp"
#include "bulkdrop/input/json_record.hpp"
#include "bulkdrop/input/row_parser.hpp"

namespace bulkdrop::input {

// JSON lines: an object a line, or a string that is the ID. Blank lines are skipped.
class JsonLinesParser final : public RowParser {
 public:
  explicit JsonLinesParser(Input input) : RowParser(input), records_(input) {}
  bool next(Row& row) override;

 private:
  JsonRecords records_;
};

// A document: an array of records; an object with arrays of them under `remote_sessions`; or one object that
// is a record itself. It is read as a stream: only one element is in memory at a time.
//
// A document that is not JSON as a whole (cut off, brackets that do not pair, text behind its end) throws
// Error(bad_input) when the reader gets there, since sessions may be missing; with --stream, where rows
// before it are on their way already, the rest becomes one invalid row. An element that is no record is an
// invalid row.
class JsonDocumentParser final : public RowParser {
 public:
  explicit JsonDocumentParser(Input input) : RowParser(input), records_(input) {}
  bool next(Row& row) override;

 private:
  enum class State : std::uint8_t { start, first_element, element, separator, members, tail, done };
  enum class Found : std::uint8_t { list, object_end, damage };

  // The next byte that is not white space, at or after position_, which moves there; 0 at the end.
  char token();
  // Goes past the bytes before position_.
  void release();
  // Scans the value at position_ and moves behind it. False: damage_ says why. Unless whole_, or once the
  // value outgrows kMaxRecordBytes, what was scanned is released on the way.
  bool scan_value();
  bool scan_key(std::string& key);
  Found scan_members();
  bool read_element(Row& row);
  void fill(Row& row, std::string_view text, std::uint64_t offset, std::uint64_t line);
  // The document is broken at position_: throws, or makes a row of the rest (--stream). True.
  bool report_damage(Row& row);

  JsonRecords records_;
  JsonScanner scanner_;
  State state_ = State::start;
  std::size_t position_ = 0;  // within the source's rest()
  bool in_object_ = false;    // the document is an object, not an array
  bool first_member_ = true;
  bool whole_ = false;      // the value being scanned stands in the window from its first byte
  Row* growing_ = nullptr;  // the element being scanned becomes this row
  bool list_seen_ = false;
  std::string key_;
  std::string damage_;
};

}  // namespace bulkdrop::input
