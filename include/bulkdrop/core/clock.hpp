// Time. Every interval is measured on the monotonic clock; the wall clock serves records and signatures only.
#pragma once

#include <chrono>
#include <string>

namespace bulkdrop {

using Duration = std::chrono::nanoseconds;
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

// One instant on both clocks.
struct Moment {
  TimePoint mono{};
  WallTime wall{};
};

// The loop's only source of time, so that tests can turn it by hand.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual TimePoint now() const = 0;
  [[nodiscard]] virtual WallTime wall() const = 0;
  [[nodiscard]] Moment moment() const { return {now(), wall()}; }
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return std::chrono::steady_clock::now(); }
  [[nodiscard]] WallTime wall() const override {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }
};

// `2026-11-21T03:04:05.678Z`: UTC, RFC 3339, always 24 characters for the years 0 to 9999.
std::string rfc3339(WallTime time);

// Writes the same 24 characters to `out`, without allocation.
void rfc3339_to(WallTime time, char* out);

// The run directory's default name uses this: `20261121T030405Z`.
std::string compact_utc(WallTime time);

}  // namespace bulkdrop
