// `--rate N`: at most N requests a second.
#pragma once

#include "bulkdrop/core/clock.hpp"

namespace bulkdrop::policy {

// The generic cell rate algorithm (ITU-T I.371): requests are spaced 1/N apart; up to kCatchUp of lost time
// may be made good at once, since a sleep is never exact. So no second sees more than N · 1.01 + 1 requests.
class RateLimiter {
 public:
  // Requests per second, at least one in ten years; 0 = unlimited.
  explicit RateLimiter(double per_second);

  // When the next request may go.
  [[nodiscard]] TimePoint ready_at() const { return ready_at_; }
  // One request goes now.
  void take(TimePoint now);

 private:
  static constexpr Duration kCatchUp = std::chrono::milliseconds(10);
  static constexpr Duration kLongestInterval = std::chrono::hours(24 * 3650);
  Duration interval_;
  TimePoint ready_at_ = TimePoint::min();
};

}  // namespace bulkdrop::policy
