// Stops asking a server that answers nobody.
#pragma once

#include <cstdint>

#include "bulkdrop/core/clock.hpp"

namespace bulkdrop::policy {

// Closed: everything may go. After kBadInARow signs of overload without a good answer between them it opens:
// nothing goes for 15 s (doubling to 120 s each time it opens again). Then it is half open: one real request
// at a time; kGoodToClose good answers close it, a bad one opens it again.
class Breaker {
 public:
  static constexpr int kBadInARow = 10;
  static constexpr int kGoodToClose = 3;
  static constexpr Duration kFirstPause = std::chrono::seconds(15);
  static constexpr Duration kLongestPause = std::chrono::seconds(120);

  enum class State : std::uint8_t { closed, open, half_open };

  [[nodiscard]] State state(TimePoint now) const;
  // When an open breaker lets the first probe through.
  [[nodiscard]] TimePoint opens_until() const { return open_until_; }

  void good();
  void bad(TimePoint now);

 private:
  bool tripped_ = false;
  int bad_in_a_row_ = 0;
  int good_probes_ = 0;
  Duration pause_ = kFirstPause;
  TimePoint open_until_{};
};

}  // namespace bulkdrop::policy
