// How many requests a second a server takes that turns away the others, and says no more than that.
#pragma once

#include <cstdint>

#include "bulkdrop/core/clock.hpp"

namespace bulkdrop::policy {

// Limits nothing until requests are turned away at a width of the window that was served before: then there
// is a limit in time and not in number. The first guess is what was served of late; each further one makes it
// slower. While nothing is turned away it grows quicker step by step, but stays below what was too much for a
// while, and for longer each time that proves true.
class ShedRate {
 public:
  // When the next request may go; TimePoint::min() without a limit.
  [[nodiscard]] TimePoint ready_at() const { return ready_at_; }
  // The limit in requests a second; 0 = none.
  [[nodiscard]] double per_second() const;

  void took(TimePoint now);
  void good(Duration took, std::size_t window, TimePoint now);
  void shed(TimePoint sent, TimePoint now);

 private:
  void slow_down(TimePoint now);
  void keep_off(TimePoint now);
  void speed_up(Duration took, std::size_t window, TimePoint now);

  double interval_ = 0;   // seconds from one request to the next; 0 = no limit
  double borne_ = 0;      // the interval before the last step up
  double too_quick_ = 0;  // an interval at which requests were turned away
  TimePoint ready_at_ = TimePoint::min();
  TimePoint changed_ = TimePoint::min();
  TimePoint keeps_off_until_ = TimePoint::min();
  double keeps_off_for_ = 0;  // seconds
  int steps_up_ = 0;
  std::uint64_t served_ = 0;  // since it was changed
  TimePoint first_served_{};
  double usual_ = 0;  // seconds that an answer takes
};

}  // namespace bulkdrop::policy
