#include "bulkdrop/policy/backoff.hpp"

#include <algorithm>

namespace bulkdrop::policy {

Duration Backoff::wait(Duration first, int failures, Random& random) const {
  constexpr int kMaxDoublings = 20;
  const auto doubled = first * (std::int64_t{1} << std::clamp(failures, 0, kMaxDoublings));
  const auto most = std::min<Duration>(longest, doubled);
  return Duration(static_cast<std::int64_t>(static_cast<double>(most.count()) * random.uniform()));
}

}  // namespace bulkdrop::policy
