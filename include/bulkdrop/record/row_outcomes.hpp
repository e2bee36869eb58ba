// What a journal says of each row, in 8 bytes a row: where its last result stands, and whether a request may
// have gone out that left no trace.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bulkdrop/core/status.hpp"
#include "bulkdrop/record/journal_lines.hpp"

namespace bulkdrop::record {

// Ranges of rows, joined where they touch.
class RowRanges {
 public:
  void add(LeaseRange range);
  [[nodiscard]] bool contain(std::uint64_t row) const;
  [[nodiscard]] const std::vector<LeaseRange>& all() const { return ranges_; }
  void clear() { ranges_.clear(); }

 private:
  std::vector<LeaseRange> ranges_;  // in order
};

class RowOutcomes {
 public:
  void reserve(std::uint64_t rows) { entries_.reserve(rows); }
  // In the order of the journal. `offset`: of the line.
  void begin_part(const std::vector<Status>& retry, std::uint64_t offset);
  void lease(LeaseRange rows) { leased_.add(rows); }
  void result(const ResultMark& mark, std::uint64_t offset);
  // The part did not come to its end: rows that may have been sent in it, all of them below `taken`, are in
  // doubt until they have a result. Those are the rows below `begun`, or else the leased ones.
  void cut_off(std::uint64_t taken, std::optional<std::uint64_t> begun);
  // False if a row from `begun` on was dropped in this part: then it can't be that none was asked for.
  [[nodiscard]] bool can_be(std::uint64_t begun) const { return begun >= dropped_below_; }

  // Offset of the line of the row's last result.
  [[nodiscard]] std::optional<std::uint64_t> place(std::uint64_t row) const;
  [[nodiscard]] bool in_doubt(std::uint64_t row) const;
  [[nodiscard]] std::uint64_t rows() const { return entries_.size(); }

 private:
  // Of the part that is being read.
  RowRanges leased_;
  std::uint64_t part_offset_ = 0;
  std::uint64_t dropped_below_ = 0;
  std::uint32_t sent_statuses_ = 0;  // bit s: rows whose last result says status s were to be sent

  RowRanges cut_off_;                   // perhaps asked for in parts that were cut off
  std::vector<std::uint64_t> entries_;  // of each row: offset of the line + 1 (0 = none), status, in doubt
};

}  // namespace bulkdrop::record
