// Time that stands still until a test turns it.
#pragma once

#include <algorithm>
#include <chrono>

#include "bulkdrop/core/clock.hpp"

namespace bulkdrop::test {

// When every simulation begins, on both clocks.
inline constexpr TimePoint kStart{std::chrono::hours(1000)};
inline constexpr WallTime kWallStart{std::chrono::milliseconds{1'795'230'245'678}};

// That instant on both clocks.
inline Moment moment(TimePoint time) {
  return {time, kWallStart + std::chrono::duration_cast<std::chrono::milliseconds>(time - kStart)};
}

class ManualClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return now_; }
  [[nodiscard]] WallTime wall() const override { return test::moment(now_).wall; }
  // Never back.
  void turn_to(TimePoint time) { now_ = std::max(now_, time); }
  [[nodiscard]] Duration passed() const { return now_ - kStart; }

 private:
  TimePoint now_ = kStart;
};

}  // namespace bulkdrop::test
