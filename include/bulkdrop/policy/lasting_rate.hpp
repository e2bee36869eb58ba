// What a server that turns requests away serves in the long run.
#pragma once

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
  void served() { ++served_; }
  void turned_away(TimePoint now) {
    if (used_up_at_ && served_ < kTellsFrom) return;  // the next ones add to them
    if (used_up_at_)
      interval_ = std::chrono::duration<double>(now - *used_up_at_).count() / static_cast<double>(served_);
    used_up_at_ = now;
    served_ = 0;
  }
  // Seconds from one request to the next; 0 = not known.
  [[nodiscard]] double interval() const { return interval_; }

 private:
  static constexpr std::uint64_t kTellsFrom = 20;

  std::optional<TimePoint> used_up_at_;
  std::uint64_t served_ = 0;  // since then
  double interval_ = 0;
};

}  // namespace bulkdrop::policy
