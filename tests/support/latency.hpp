// A request as it arrives at a simulated server, and how long the work on it takes.
#pragma once

#include <cstdint>
#include <functional>

#include "support/manual_clock.hpp"

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/random.hpp"

namespace bulkdrop::test {

struct Arrival {
  TimePoint at;
  std::uint64_t row;  // of the session to drop; 0 for a token request
  Random& random;
  [[nodiscard]] Duration since_start() const { return at - kStart; }
};

using Latency = std::function<Duration(const Arrival&)>;

Latency exactly(Duration time);
Latency between(Duration least, Duration most);  // uniform
// A healthy server's, where a test does not care.
Latency usual_latency();
// Half take less than `median`, and a few take very long: a Pareto distribution, whose mean is infinite for a
// `shape` of 1 or less.
Latency heavy_tail(Duration median, double shape);
// `at_first` at the start and as much more again after each `doubling`: a leak, a table that grows.
Latency decaying(Latency at_first, Duration doubling);

}  // namespace bulkdrop::test
