// The time in which a run was at work: its parts one after the other, without the hours or days between them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "bulkdrop/core/clock.hpp"

namespace bulkdrop::report {

struct Span {
  WallTime from{};
  WallTime until{};
};

// Where a moment stands in that time, in milliseconds.
class Timeline {
 public:
  // A time in which nobody was at work.
  struct Gap {
    std::uint64_t at;      // where it would stand
    std::uint64_t length;  // ms
  };
  static constexpr std::size_t kMostGaps = 12;

  // Spans in any order; they may overlap, as those of shards do. What lies between two of them counts as work
  // if it is short beside the whole, or if there are more than kMostGaps of them and it is among the
  // shortest.
  explicit Timeline(std::vector<Span> spans = {});

  // A moment in a gap stands where the gap does; one outside of all spans stands at their nearest end.
  [[nodiscard]] std::uint64_t at(WallTime time) const;
  [[nodiscard]] std::uint64_t total() const { return total_; }
  [[nodiscard]] const std::vector<Gap>& gaps() const { return gaps_; }

  // A stretch of work without a gap in it.
  struct Placed {
    Span span;
    std::uint64_t at;  // where it begins
  };
  // In order.
  [[nodiscard]] const std::vector<Placed>& spans() const { return spans_; }

 private:
  std::vector<Placed> spans_;
  std::vector<Gap> gaps_;
  std::uint64_t total_ = 0;
};

// How often something happened, by when: the working time in a bounded number of stretches, none of which has
// a gap in it.
class Stretches {
 public:
  static constexpr std::uint64_t kMost = 480;

  explicit Stretches(const Timeline& timeline);
  void add(WallTime time);

  struct One {
    std::uint64_t from;   // ms of the timeline
    std::uint64_t until;  // later
    bool behind_gap;
    std::uint64_t count = 0;
  };
  [[nodiscard]] const std::vector<One>& all() const { return all_; }

 private:
  struct Part {  // of a span
    Span span;
    std::uint64_t width;  // ms
    std::size_t first;
    std::size_t count;
  };
  std::vector<Part> parts_;
  std::vector<One> all_;
};

}  // namespace bulkdrop::report
