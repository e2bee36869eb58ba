// So many requests a second, in fixed windows of one second as Kong's rate-limiting plugin counts them.
#pragma once

#include <string>

#include "bulkdrop/core/clock.hpp"

namespace bulkdrop::sandbox {

class RateLimit {
 public:
  // 0: no limit.
  explicit RateLimit(unsigned per_second) : limit_(per_second) {}

  // Counts one request; false if it is one too many.
  bool take(TimePoint now);
  // The header lines that tell a client where it stands: RateLimit-… (seconds) and X-RateLimit-… (Reset is a
  // Unix time), after take() with the same `now`; with `refused`, Retry-After, too. Nothing without a limit.
  void append_headers(std::string& out, TimePoint now, WallTime wall, bool refused) const;

 private:
  unsigned limit_;
  unsigned used_ = 0;
  TimePoint window_end_{};
};

}  // namespace bulkdrop::sandbox
