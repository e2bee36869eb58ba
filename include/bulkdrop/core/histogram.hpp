// Percentiles of a stream of durations in constant memory.
#pragma once

#include <cstdint>
#include <vector>

namespace bulkdrop {

// Log-linear buckets: 1/128 relative error, any value of 0 … 2^40 (units are the caller's). About 36 KiB.
class Histogram {
 public:
  Histogram();
  void add(std::uint64_t value, std::uint64_t times = 1);
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::uint64_t max() const { return max_; }
  [[nodiscard]] std::uint64_t min() const { return count_ == 0 ? 0 : min_; }
  // The smallest recorded value v such that at least `share` of all are <= v (nearest rank), within the
  // relative error; 0 if empty. share in (0, 1].
  [[nodiscard]] std::uint64_t quantile(double share) const;
  // How many recorded values are at most `value`, within the same relative error.
  [[nodiscard]] std::uint64_t up_to(std::uint64_t value) const;

 private:
  std::vector<std::uint32_t> buckets_;
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
  std::uint64_t min_ = ~0ULL;
};

}  // namespace bulkdrop
