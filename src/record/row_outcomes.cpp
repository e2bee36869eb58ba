#include "bulkdrop/record/row_outcomes.hpp"

#include <algorithm>

namespace bulkdrop::record {
namespace {

// An entry: the lowest 56 bits say where, the next 6 the status, then one whether it was cut short, and the
// highest one whether there is doubt.
constexpr unsigned kStatusShift = 56;
constexpr std::uint64_t kPlaceMask = (std::uint64_t{1} << kStatusShift) - 1;
constexpr std::uint64_t kCutShort = std::uint64_t{1} << 62U;
constexpr std::uint64_t kDoubt = std::uint64_t{1} << 63U;

constexpr std::uint32_t bit_of(Status status) {
  return std::uint32_t{1} << static_cast<unsigned>(status);
}

constexpr std::uint32_t bit_of_entry(std::uint64_t entry) {
  return std::uint32_t{1} << ((entry & ~kDoubt & ~kCutShort) >> kStatusShift);
}

}  // namespace

void RowRanges::add(LeaseRange range) {
  if (range.begin == range.end) return;
  auto first = std::lower_bound(ranges_.begin(), ranges_.end(), range.begin,
                                [](const LeaseRange& each, std::uint64_t begin) { return each.end < begin; });
  auto last = first;
  for (; last != ranges_.end() && last->begin <= range.end; ++last) {
    range.begin = std::min(range.begin, last->begin);
    range.end = std::max(range.end, last->end);
  }
  if (first == last) {
    ranges_.insert(first, range);
  } else {
    *first = range;
    ranges_.erase(first + 1, last);
  }
}

bool RowRanges::contain(std::uint64_t row) const {
  const auto range =
      std::upper_bound(ranges_.begin(), ranges_.end(), row,
                       [](std::uint64_t each, const LeaseRange& other) { return each < other.end; });
  return range != ranges_.end() && range->begin <= row;
}

void RowOutcomes::begin_part(const std::vector<Status>& retry, std::uint64_t offset) {
  leased_.clear();
  part_offset_ = offset;
  dropped_below_ = 0;
  sent_statuses_ = bit_of(Status::unsent);
  for (const Status status : retry) sent_statuses_ |= bit_of(status);
}

void RowOutcomes::result(const ResultMark& mark, std::uint64_t offset) {
  if (mark.row >= entries_.size()) entries_.resize(mark.row + 1);
  std::uint64_t& entry = entries_[mark.row];
  if (mark.status == Status::dropped) dropped_below_ = std::max(dropped_below_, mark.row + 1);
  entry = (offset + 1) | std::uint64_t{static_cast<std::uint8_t>(mark.status)} << kStatusShift |
          (mark.cut_short ? kCutShort : 0);
}

void RowOutcomes::cut_off(std::uint64_t taken, std::optional<std::uint64_t> begun) {
  // The leases may stand in a torn end.
  if (begun) {
    leased_.clear();
    leased_.add({0, *begun});
  }
  for (LeaseRange range : leased_.all()) {
    range.end = std::min(range.end, std::max(range.begin, taken));
    for (std::uint64_t row = range.begin; row < std::min<std::uint64_t>(range.end, entries_.size()); ++row) {
      std::uint64_t& entry = entries_[row];
      const bool has_result_in_part = (entry & kPlaceMask) > part_offset_;
      // Rows without any result are found by the range itself.
      const bool was_to_be_sent = (entry & kCutShort) != 0 || (sent_statuses_ & bit_of_entry(entry)) != 0;
      if (entry != 0 && !has_result_in_part && was_to_be_sent) entry |= kDoubt;
    }
    cut_off_.add(range);
  }
  leased_.clear();
}

std::optional<std::uint64_t> RowOutcomes::place(std::uint64_t row) const {
  if (row >= entries_.size() || entries_[row] == 0) return std::nullopt;
  return (entries_[row] & kPlaceMask) - 1;
}

bool RowOutcomes::in_doubt(std::uint64_t row) const {
  if (row < entries_.size() && entries_[row] != 0) return (entries_[row] & kDoubt) != 0;
  return cut_off_.contain(row);
}

}  // namespace bulkdrop::record
