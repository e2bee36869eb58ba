#include "support/latency.hpp"

#include <chrono>
#include <cmath>
#include <utility>

namespace bulkdrop::test {
namespace {

Duration times(Duration time, double factor) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::nano>(time) * factor);
}

}  // namespace

Latency exactly(Duration time) {
  return [time](const Arrival&) { return time; };
}

Latency between(Duration least, Duration most) {
  return [=](const Arrival& arrival) { return least + times(most - least, arrival.random.uniform()); };
}

Latency usual_latency() {
  return between(std::chrono::milliseconds(10), std::chrono::milliseconds(30));
}

Latency heavy_tail(Duration median, double shape) {
  return [=](const Arrival& arrival) {
    return times(median, std::pow(2 * (1 - arrival.random.uniform()), -1 / shape));
  };
}

Latency decaying(Latency at_first, Duration doubling) {
  return [at_first = std::move(at_first), doubling](const Arrival& arrival) {
    using Seconds = std::chrono::duration<double>;
    return times(at_first(arrival), 1 + Seconds(arrival.since_start()) / Seconds(doubling));
  };
}

}  // namespace bulkdrop::test
