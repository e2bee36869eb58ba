#include "bulkdrop/policy/shed_rate.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace bulkdrop::policy {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr double kLongest = 1;
constexpr double kShortestGuess = 0.02;
constexpr std::uint64_t kServedToTell = 20;
constexpr double kSlower = 1.3;
constexpr double kMuchSlower = 2;
// What was served, and a bit less: as much as that would turn away the odd one again.
constexpr double kMargin = 1.03;
// Each step up makes the interval that share of what it was.
constexpr std::array kQuicker = {0.97, 0.94, 0.9, 0.8, 0.7, 0.6, 0.5};
constexpr std::size_t kSkipped = 1;
constexpr double kStepSeconds = 1;
constexpr double kStepIntervals = 3;
constexpr double kFirstKeepOff = 2;
constexpr double kLongestKeepOff = 60;
// A server that turns away one in two at this pace is not too quickly asked.
constexpr double kTooSlowToTell = 0.4;
// Turned away at about the same rate as before.
constexpr double kSameRate = 1.25;

}  // namespace

double ShedRate::per_second() const {
  return interval_ > 0 ? 1 / interval_ : 0;
}

void ShedRate::took(TimePoint now) {
  if (interval_ > 0)
    ready_at_ = std::max(ready_at_, now) + std::chrono::duration_cast<Duration>(Seconds(interval_));
}

void ShedRate::good(Duration took, std::size_t window, TimePoint now) {
  usual_ = Seconds(took).count();
  if (served_++ == 0) first_served_ = now;
  if (interval_ > 0) speed_up(took, window, now);
}

void ShedRate::shed(TimePoint sent, TimePoint now) {
  if (sent < changed_) return;  // turned away for what was before
  slow_down(now);
}

void ShedRate::slow_down(TimePoint now) {
  const double span = Seconds(now - first_served_).count();
  const bool told = served_ >= kServedToTell;
  const double served_interval = told ? span / static_cast<double>(served_) * kMargin : 0;
  if (interval_ == 0) {
    interval_ = std::max(served_interval, told ? 0 : std::max(kShortestGuess, 2 * usual_));
  } else if (steps_up_ > 0) {
    keep_off(now);
    interval_ = std::max(borne_, interval_) * kMargin;
  } else {
    too_quick_ = 0;
    interval_ = told ? std::clamp(served_interval, interval_ * kMargin, interval_ * kSlower)
                     : interval_ * kMuchSlower;
  }
  interval_ = std::min(interval_, kLongest);
  changed_ = now;
  ready_at_ = now + std::chrono::duration_cast<Duration>(Seconds(interval_));
  steps_up_ = 0;
  served_ = 0;
}

// Only what was fine slower and turned away quicker tells that it is the rate.
void ShedRate::keep_off(TimePoint now) {
  if (interval_ > kTooSlowToTell) {
    too_quick_ = 0;
    return;
  }
  const bool same = interval_ < too_quick_ * kSameRate && interval_ > too_quick_ / kSameRate;
  keeps_off_for_ = same ? std::min(2 * keeps_off_for_, kLongestKeepOff) : kFirstKeepOff;
  too_quick_ = interval_;
  keeps_off_until_ = now + std::chrono::duration_cast<Duration>(Seconds(keeps_off_for_));
}

void ShedRate::speed_up(Duration took, std::size_t window, TimePoint now) {
  const double step = std::max(kStepSeconds, kStepIntervals * interval_);
  if (Seconds(now - changed_).count() < step) return;
  // So slow was not found but fallen back to: there is little to lose.
  const std::size_t nth = static_cast<std::size_t>(steps_up_) + (interval_ > kTooSlowToTell ? kSkipped : 0);
  double wanted = interval_ * kQuicker[std::min(nth, kQuicker.size() - 1)];
  if (wanted <= too_quick_ * kMargin && now < keeps_off_until_) {
    wanted = std::min(interval_, too_quick_ * kMargin);
    if (wanted == interval_) return;
  } else {
    ++steps_up_;
  }
  changed_ = now;
  borne_ = interval_;
  interval_ = wanted;
  served_ = 0;
  // No limit any more if the window is the tighter one.
  if (interval_ * static_cast<double>(window) < Seconds(took).count() / 2) {
    interval_ = 0;
    ready_at_ = TimePoint::min();
  }
}

}  // namespace bulkdrop::policy
