// How long to wait before the next attempt.
#pragma once

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/random.hpp"

namespace bulkdrop::policy {

struct Backoff {
  Duration base = std::chrono::milliseconds(200);
  Duration throttled_base = std::chrono::seconds(1);
  Duration longest = std::chrono::seconds(30);

  // Full jitter: uniform in [0, min(longest, first · 2^failures)), so that clients that failed together do
  // not come back together. `failures` counts from 0.
  [[nodiscard]] Duration wait(Duration first, int failures, Random& random) const;
};

}  // namespace bulkdrop::policy
