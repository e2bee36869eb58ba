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
    if (long_since_ && sent >= *long_since_) ++served_since_;
  }
  void turned_away(TimePoint now) {
    look_at_long(now);
    if (used_up_at_ && served_ < kTellsFrom) return;  // the next ones add to them
    if (used_up_at_)
      interval_ = std::chrono::duration<double>(now - *used_up_at_).count() / static_cast<double>(served_);
    used_up_at_ = now;
    served_ = 0;
  }
  // Seconds from one request to the next; 0 = not known.
  [[nodiscard]] double interval() const { return interval_; }
  // … and the shortest that was seen of late over a second and more, from one that was turned away to the
  // first after that second. Of what was sent in it: what was on the way when it began may belong to what was
  // served at once. And of one fewer: how many fit into a second varies by one.
  [[nodiscard]] double shortest() const { return shortest_; }

 private:
  static constexpr std::uint64_t kTellsFrom = 20;
  static constexpr std::uint64_t kFewest = 2;
  static constexpr Duration kLong = std::chrono::seconds(1);
  static constexpr double kForgets = 1.05;  // each time

  void look_at_long(TimePoint now) {
    if (long_since_ && (now - *long_since_ < kLong || served_since_ < kFewest)) return;
    if (long_since_) {
      const double certain =
          std::chrono::duration<double>(now - *long_since_).count() / static_cast<double>(served_since_ - 1);
      shortest_ = shortest_ > 0 ? std::min(certain, shortest_ * kForgets) : certain;
    }
    long_since_ = now;
    served_since_ = 0;
  }

  std::optional<TimePoint> used_up_at_;
  std::uint64_t served_ = 0;  // since then
  std::optional<TimePoint> long_since_;
  std::uint64_t served_since_ = 0;  // of what was sent since then
  double interval_ = 0;
  double shortest_ = 0;
};

}  // namespace bulkdrop::policy
