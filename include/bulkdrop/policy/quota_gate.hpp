// Keeps within a quota that a gateway announces with its answers, so that nobody is turned away for it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/quota.hpp"

namespace bulkdrop::policy {

// What an answer says is older than what was sent meanwhile: of the requests that were in flight with the
// answered one, and of those sent since, the gateway may have counted none. The rest is certainly left. When
// nothing is in flight, the smallest number that it said is the truth.
//
// A quota that begins anew every second or two can't be waited for: its end is told in whole seconds, and as
// much time would go by unused. There requests go evenly, as many a second as the quota has.
//
// A gateway that says nothing before it turns somebody away lets about as many through after each pause. From
// there on requests go one at a time, so that one is turned away and not a windowful; if some more get
// through after all, that number is forgotten.
class QuotaGate {
 public:
  // When a request may go: at once, or when the quota begins anew. A quota that is used up as far as is
  // certain is waited for only while answers are due, which may say more.
  [[nodiscard]] TimePoint opens_at(TimePoint now) const {
    if (interval_ > Duration::zero()) return is_used_up(now) ? std::max(next_at_, quota_->until) : next_at_;
    return !quota_ || now >= quota_->until || quota_->left > 0 ? TimePoint::min() : quota_->until;
  }
  // True while it waits for the quota to begin anew, and not for an answer.
  [[nodiscard]] bool exhausted(TimePoint now) const { return is_used_up(now); }

  // True where the next request may be the one too many.
  [[nodiscard]] bool one_at_a_time() const {
    return let_through_ && !turning_away_ && passed() >= *let_through_ && passed() <= most_doubtful();
  }

  void took(TimePoint now) {
    if (interval_ > Duration::zero()) next_at_ = std::max(next_at_, now) + interval_;
    if (std::exchange(turning_away_, false)) began_ = sent_;
    ++sent_;
    if (let_through_ && passed() > most_doubtful()) let_through_.reset();
    if (quota_ && now >= quota_->until) quota_.reset();
    if (quota_ && quota_->left > 0) --quota_->left;
  }
  // The number of the request that goes next.
  [[nodiscard]] std::uint64_t sent() const { return sent_; }

  // `order`: sent() before the answered request was sent; `at_once`: requests in flight then, itself
  // included; `in_flight`: now, without it.
  void told(const Quota& quota, std::uint64_t order, std::size_t at_once, std::size_t in_flight,
            TimePoint sent, TimePoint now) {
    go_evenly(quota, now);
    const TimePoint until = now + quota.reset;
    // Seconds are rounded, so the same moment is told a bit differently each time. Within one quota, who was
    // sent after an answer is never told of more than that one.
    const bool same = quota_ && until < quota_->until + std::chrono::seconds(2) && sent < quota_->until &&
                      (order < quota_->sent_before_least || quota.remaining <= quota_->least);
    if (!same) quota_ = Known{until, 0, quota.remaining, sent_};
    quota_->until = std::max(quota_->until, until);
    if (quota.remaining < quota_->least) {
      quota_->least = quota.remaining;
      quota_->sent_before_least = sent_;
    }
    const std::uint64_t uncounted = (at_once - 1) + (sent_ - order - 1);
    const std::uint64_t certain = quota.remaining > uncounted ? quota.remaining - uncounted : 0;
    quota_->left = std::max(quota_->left, certain);
    if (in_flight == 0) quota_->left = quota_->least;
  }
  // The request with that number was turned away, and everybody is to wait.
  void turned_away(std::uint64_t order) {
    if (order < began_) return;  // of the time before
    const std::uint64_t before = order - began_;
    if (before == 0 && let_through_) {  // the pause was too short
      turning_away_ = true;
      return;
    }
    let_through_ = turning_away_ ? std::min(*let_through_, before) : before;
    turning_away_ = true;
  }

 private:
  static constexpr Duration kShort = std::chrono::seconds(2);
  static constexpr int kBegun = 3;
  static constexpr double kEvenly = 1.01;  // a bit less than the quota has

  void go_evenly(const Quota& quota, TimePoint now) {
    // Answers overtake each other, so a few more do not tell.
    const bool begins = quota.remaining > last_told_ + most_ / 4;
    last_told_ = quota.remaining;
    if (quota.reset > kShort) {
      is_short_ = false;
      interval_ = Duration::zero();
    }
    // Else it may be the end of a long one, too.
    if (!is_short_ || quota.reset <= Duration::zero()) return;
    most_ = std::max(most_, quota.remaining + 1);
    if (begins && begun_++ == 0) began_at_ = now;
    // The end is rounded up; how long they really last is seen after some of them.
    const Duration each = begun_ > kBegun ? (now - began_at_) / (begun_ - 1) : quota.reset;
    if (begins) lasts_ = std::min(quota.reset, each);
    interval_ = std::chrono::duration_cast<Duration>(lasts_ * kEvenly / static_cast<double>(most_));
  }

  [[nodiscard]] bool is_used_up(TimePoint now) const {
    return quota_ && now < quota_->until && quota_->left == 0 && quota_->least == 0;
  }

  struct Known {
    TimePoint until;
    std::uint64_t left;               // certainly
    std::uint64_t least;              // of the numbers that were told
    std::uint64_t sent_before_least;  // requests that were sent before that was told
  };
  // Requests since the last pause.
  [[nodiscard]] std::uint64_t passed() const { return sent_ - began_; }
  [[nodiscard]] std::uint64_t most_doubtful() const { return *let_through_ + *let_through_ / 8 + 4; }

  std::uint64_t sent_ = 0;
  std::uint64_t began_ = 0;    // sent_ at the end of the last pause
  bool turning_away_ = false;  // since then
  std::optional<std::uint64_t> let_through_;
  std::optional<Known> quota_;
  bool is_short_ = true;
  Duration interval_{};  // from one request to the next; zero = no matter
  Duration lasts_ = kShort;
  std::uint64_t most_ = 0;
  std::uint64_t last_told_ = std::uint64_t{1} << 62U;
  int begun_ = 0;
  TimePoint began_at_{};
  TimePoint next_at_ = TimePoint::min();
};

}  // namespace bulkdrop::policy
