// Keeps within a quota that a gateway announces with its answers, so that nobody is turned away for it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/quota.hpp"

namespace bulkdrop::policy {

// What an answer says is older than what was sent meanwhile: of the requests that were in flight with the
// answered one, and of those sent since, the gateway may have counted none. The rest is certainly left. When
// nothing is in flight, the smallest number that it said is the truth.
class QuotaGate {
 public:
  // When a request may go: at once, or when the quota begins anew. A quota that is used up as far as is
  // certain is waited for only while answers are due, which may say more.
  [[nodiscard]] TimePoint opens_at(TimePoint now) const {
    return !quota_ || now >= quota_->until || quota_->left > 0 ? TimePoint::min() : quota_->until;
  }
  // True while it waits for the quota to begin anew, and not for an answer.
  [[nodiscard]] bool exhausted(TimePoint now) const {
    return opens_at(now) != TimePoint::min() && quota_->least == 0;
  }

  void took(TimePoint now) {
    ++sent_;
    if (quota_ && now >= quota_->until) quota_.reset();
    if (quota_ && quota_->left > 0) --quota_->left;
  }
  // The number of the request that goes next.
  [[nodiscard]] std::uint64_t sent() const { return sent_; }

  // `order`: sent() before the answered request was sent; `at_once`: requests in flight then, itself
  // included; `in_flight`: now, without it.
  void told(const Quota& quota, std::uint64_t order, std::size_t at_once, std::size_t in_flight,
            TimePoint sent, TimePoint now) {
    const TimePoint until = now + quota.reset;
    // Seconds are rounded, so the same moment is told a bit differently each time.
    const bool same = quota_ && until < quota_->until + std::chrono::seconds(2) && sent < quota_->until;
    if (!same) quota_ = Known{until, 0, quota.remaining};
    quota_->until = std::max(quota_->until, until);
    quota_->least = std::min(quota_->least, quota.remaining);
    const std::uint64_t uncounted = (at_once - 1) + (sent_ - order - 1);
    const std::uint64_t certain = quota.remaining > uncounted ? quota.remaining - uncounted : 0;
    quota_->left = std::max(quota_->left, certain);
    if (in_flight == 0) quota_->left = quota_->least;
  }
  void forget() { quota_.reset(); }

 private:
  struct Known {
    TimePoint until;
    std::uint64_t left;   // certainly
    std::uint64_t least;  // of the numbers that were told
  };
  std::uint64_t sent_ = 0;
  std::optional<Known> quota_;
};

}  // namespace bulkdrop::policy
