#include "bulkdrop/sandbox/rate_limit.hpp"

#include <chrono>
#include <iterator>

#include <fmt/format.h>

namespace bulkdrop::sandbox {

bool RateLimit::take(TimePoint now) {
  if (limit_ == 0) return true;
  if (now >= window_end_) {
    used_ = 0;
    window_end_ = now + std::chrono::seconds(1);
  }
  if (used_ >= limit_) return false;
  ++used_;
  return true;
}

void RateLimit::append_headers(std::string& out, TimePoint now, WallTime wall, bool refused) const {
  if (limit_ == 0) return;
  using std::chrono::ceil;
  using std::chrono::seconds;
  const auto left = ceil<seconds>(window_end_ - now).count();
  const auto ends = ceil<seconds>(wall.time_since_epoch() + (window_end_ - now)).count();
  fmt::format_to(std::back_inserter(out),
                 "RateLimit-Limit: {0}\r\nRateLimit-Remaining: {1}\r\nRateLimit-Reset: {2}\r\n"
                 "X-RateLimit-Limit: {0}\r\nX-RateLimit-Remaining: {1}\r\nX-RateLimit-Reset: {3}\r\n",
                 limit_, limit_ - used_, left, ends);
  if (refused) fmt::format_to(std::back_inserter(out), "Retry-After: {}\r\n", left);
}

}  // namespace bulkdrop::sandbox
