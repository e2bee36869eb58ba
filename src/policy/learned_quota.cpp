#include "bulkdrop/policy/learned_quota.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace bulkdrop::policy {
namespace {

using namespace std::chrono_literals;

// Ends are told in whole seconds, rounded up, and asked for a moment later: what looks like one of these is
// it.
constexpr std::array<Duration, 10> kUsualPeriods = {5s, 10s, 15s, 20s, 30s, 60s, 120s, 300s, 600s, 3600s};
constexpr Duration kTooShort = 1s;
constexpr Duration kTooLong = 2500ms;
// Clocks differ, and so do the ways to the server.
constexpr Duration kMargin = 100ms;
constexpr int kMarginShare = 500;
constexpr Duration kMoment = 3s;
constexpr Duration kShortestPeriod = 2s;
constexpr int kTriesMoreAfter = 4;

Duration period_of(Duration seen) {
  for (const Duration usual : kUsualPeriods)
    if (seen > usual - kTooShort && seen < usual + kTooLong) return usual;
  return seen;
}

Duration margin(Duration period) {
  return kMargin + period / kMarginShare;
}

}  // namespace

void LearnedQuota::took(TimePoint now) {
  const bool was_told_to_wait = turned_away_.has_value();
  if (was_told_to_wait)
    learn();
  else if (limit_ && passed() > *limit_)
    forget();  // there is more than that
  if (limit_ && (was_told_to_wait || now >= ends_)) begin_window(now);
  ++sent_;
}

// The first request after those that were turned away. The next window begins with it.
void LearnedQuota::learn() {
  const Window now = *std::exchange(turned_away_, std::nullopt);
  const bool is_alike = before_ && before_->let_through == now.let_through && now.let_through > 0;
  began_ = sent_;
  if (limit_ && now.let_through == 0 && windows_ > 0 && now.until <= ends_ + kMoment) {
    // A moment too early. If that was known to be possible, the period was taken for a shorter one.
    if (std::exchange(begins_with_request_, true)) period_ = std::max(period_, now.until - began_before_at_);
    ends_ = now.until;
    return;
  }
  if (limit_ && now.let_through == *limit_) {
    tries_more_ = false;
    ends_ = std::min(ends_, now.until + margin(period_));
    return;
  }
  const Window before = before_.value_or(now);
  forget();
  before_ = now;
  const Duration period = period_of(now.until - before.until);
  if (!is_alike || period < kShortestPeriod) return;
  limit_ = now.let_through;
  period_ = period;
  ends_ = std::min(now.until, before.until + period_) + margin(period_);
}

void LearnedQuota::begin_window(TimePoint now) {
  began_ = sent_;
  began_before_at_ = std::exchange(began_at_, now);
  if (begins_with_request_) {
    ends_ = now + period_ + margin(period_);
  } else {
    do ends_ += period_;
    while (ends_ <= now);
  }
  tries_more_ = ++windows_ >= tries_more_after_;
  if (tries_more_) tries_more_after_ = 2 * windows_;
}

void LearnedQuota::forget() {
  limit_.reset();
  before_.reset();
  tries_more_ = false;
  windows_ = 0;
  tries_more_after_ = kTriesMoreAfter;
}

void LearnedQuota::turned_away(std::uint64_t order, TimePoint until) {
  if (order < began_) return;  // of the window before
  const std::uint64_t let_through = order - began_;
  if (!turned_away_)
    turned_away_ = Window{let_through, until};
  else
    turned_away_->let_through = std::min(turned_away_->let_through, let_through);
}

}  // namespace bulkdrop::policy
