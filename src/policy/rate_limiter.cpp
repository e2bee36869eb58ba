#include "bulkdrop/policy/rate_limiter.hpp"

#include <algorithm>

namespace bulkdrop::policy {

RateLimiter::RateLimiter(double per_second)
    : interval_(per_second > 0 ? static_cast<std::int64_t>(std::min(
                                     1e9 / per_second, static_cast<double>(kLongestInterval.count())))
                               : 0) {}

void RateLimiter::take(TimePoint now) {
  if (interval_ == Duration::zero()) return;
  ready_at_ = std::max(ready_at_, now - std::min(kCatchUp, interval_)) + interval_;
}

}  // namespace bulkdrop::policy
