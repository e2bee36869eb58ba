#include "bulkdrop/core/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>

namespace bulkdrop {
namespace {

// Values below 2^kBits have a bucket each; above, each power of two is cut into 2^(kBits-1) equal buckets.
constexpr unsigned kBits = 8;
constexpr unsigned kMaxBits = 40;
constexpr std::uint64_t kHalf = 1U << (kBits - 1);
constexpr std::size_t kBuckets = (kMaxBits - kBits + 2) * kHalf;

std::size_t index_of(std::uint64_t value) {
  value = std::min(value, (std::uint64_t{1} << kMaxBits) - 1);
  const auto width = static_cast<unsigned>(std::bit_width(value));
  if (width <= kBits) return value;
  const unsigned shift = width - kBits;
  return shift * kHalf + (value >> shift);
}

// The largest value that falls into the bucket.
std::uint64_t top_of(std::size_t index) {
  if (index < 2 * kHalf) return index;
  const std::size_t shift = index / kHalf - 1;
  return ((index - shift * kHalf + 1) << shift) - 1;
}

}  // namespace

Histogram::Histogram() : buckets_(kBuckets) {}

void Histogram::add(std::uint64_t value, std::uint64_t times) {
  if (times == 0) return;
  buckets_[index_of(value)] += static_cast<std::uint32_t>(times);
  count_ += times;
  max_ = std::max(max_, value);
  min_ = std::min(min_, value);
}

std::uint64_t Histogram::quantile(double share) const {
  if (count_ == 0) return 0;
  const auto rank =
      std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= rank) return std::clamp(top_of(i), min_, max_);
  }
  return max_;
}

std::uint64_t Histogram::up_to(std::uint64_t value) const {
  std::uint64_t sum = 0;
  const std::size_t last = index_of(value);
  for (std::size_t i = 0; i <= last; ++i) sum += buckets_[i];
  return sum;
}

}  // namespace bulkdrop
