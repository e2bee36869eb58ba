// What a server that turns requests away serves in the long run.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "bulkdrop/core/clock.hpp"

namespace bulkdrop::policy {

// Many let some through at once before they turn anybody away, and have as much to give again after a while
// in which they were asked slowly. What was served of late may be far more than lasts. Where one is turned
// away there is nothing left to give; so from there to the next one that is, they served what they take in
// that time. It is less if they were asked so slowly that some of it was lost, and never more.
class LastingRate {
 public:
  void served(TimePoint sent) {
    ++served_;
    if (used_up_at_ && sent >= *used_up_at_) ++served_since_;
  }
  void turned_away(TimePoint now) {
    if (used_up_at_ && served_ < kTellsFrom) return;  // the next ones add to them
    if (used_up_at_) {
      interval_ = std::chrono::duration<double>(now - *used_up_at_).count() / static_cast<double>(served_);
      if (const Duration length = now - *used_up_at_; length >= kLong && served_since_ > 0) {
        const double certain =
            std::chrono::duration<double>(length).count() / static_cast<double>(served_since_);
        shortest_ = shortest_ > 0 ? std::min(certain, shortest_ * kForgets) : certain;
      }
    }
    used_up_at_ = now;
    served_ = served_since_ = 0;
  }
  // Seconds from one request to the next; 0 = not known.
  [[nodiscard]] double interval() const { return interval_; }
  // … and the shortest that was seen of late over a second and more, of what was sent in it: what was on the
  // way when it began may belong to what was served at once.
  [[nodiscard]] double shortest() const { return shortest_; }

 private:
  static constexpr std::uint64_t kTellsFrom = 20;
  static constexpr Duration kLong = std::chrono::seconds(1);
  static constexpr double kForgets = 1.05;  // each time

  std::optional<TimePoint> used_up_at_;
  std::uint64_t served_ = 0;        // since then
  std::uint64_t served_since_ = 0;  // … of what was sent since then
  double interval_ = 0;
  double shortest_ = 0;
};

}  // namespace bulkdrop::policy
