// Randomness as an argument: every run can be replayed from its seed.
#pragma once

#include <cstdint>
#include <random>
#include <span>

namespace bulkdrop {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  // Uniform in [0, 1).
  double uniform() { return std::uniform_real_distribution<double>(0.0, 1.0)(engine_); }
  // Uniform in [0, n); n > 0.
  std::uint64_t below(std::uint64_t n) {
    return std::uniform_int_distribution<std::uint64_t>(0, n - 1)(engine_);
  }
  std::uint64_t bits() { return engine_(); }

 private:
  std::mt19937_64 engine_;
};

// From the operating system; bits that nobody can guess.
void fill_with_fresh_bits(std::span<unsigned char> bytes);  // at most 256
std::uint64_t fresh_seed();

}  // namespace bulkdrop
