// What the parsers of all formats have in common.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bulkdrop/core/row.hpp"
#include "bulkdrop/input/id_rules.hpp"
#include "bulkdrop/input/lines.hpp"
#include "bulkdrop/input/reader.hpp"

namespace bulkdrop::input {

// What a parser works with; everything outlives it.
struct Input {
  Lines& lines;  // stands at the first line that is not blank
  const Options& options;
  const IdRules& rules;
  SourceInfo& info;

  [[nodiscard]] Source& source() const { return lines.source(); }
  // "export.csv:12: " for messages.
  [[nodiscard]] std::string place(std::uint64_t line) const;
  // What to do, for a message: `for_input`, which names options, or what can be done about a protect list.
  [[nodiscard]] std::string advice(std::string for_input) const;
};

// Hash of a row's text, for Row::check.
std::uint32_t text_check(std::string_view text);

class RowParser {
 public:
  explicit RowParser(Input input) : input_(input) {}
  RowParser(const RowParser&) = delete;
  RowParser& operator=(const RowParser&) = delete;
  virtual ~RowParser() = default;

  // The source's next row (all but number and source are set); false at its end. Views live until the next
  // call.
  virtual bool next(Row& row) = 0;

  // At the source's end: notes in SourceInfo which IDs are of another length than by far the most are, unless
  // it is a stream.
  void note_odd_ids() const;

 protected:
  // Where the row stands. `text` is at most kMaxRecordBytes long.
  void place(Row& row, std::uint64_t offset, std::uint64_t line, std::string_view text) const;
  // Takes `id`, white space around it apart, as the row's ID, or refuses the row.
  void identify(Row& row, std::string_view id, std::span<const std::string_view> members = {});
  void refuse(Row& row, Reason reason, std::string message);
  // A row that is longer than kMaxRecordBytes; `what` is "line", "record", "element".
  void refuse_too_long(Row& row, std::string_view what);
  // True if the source ends with the row that was taken last, and has no line end there.
  [[nodiscard]] bool ends_without_line_end(const Row& row) const;
  // Notes in SourceInfo that the source seems to break off in `row`; the first note counts.
  void note_cut_off(const Row& row, std::string_view how);

  Input input_;

 private:
  // Of the IDs accepted so far. Those of one server have one length: a shorter one at the very end of a
  // source is most likely cut.
  static constexpr std::uint64_t kIdsToTell = 3;
  bool is_cut(Row& row, std::string_view id);
  void count_odd(const Row& row, std::size_t bytes);
  void look_for_torn_id(const Row& row, std::string_view id);

  std::size_t id_bytes_ = 0;
  std::uint64_t ids_alike_ = 0;
  std::uint64_t alike_at_ = 0;  // the line of the first of them
  // IDs of other lengths; and of those that are as long as the first of them, where it stands and how many.
  struct Odd {
    std::uint64_t ids = 0;
    std::size_t bytes = 0;
    std::uint64_t line = 0;
    std::uint64_t alike = 0;
  };
  Odd odd_;
  bool ids_differ_ = false;
  std::string message_;
  std::string found_;
};

// Names for a message: `"ID", "User", … (12 more)`, bounded and printable; "none" for an empty list.
std::string quoted_list(const std::vector<std::string>& names);

}  // namespace bulkdrop::input
