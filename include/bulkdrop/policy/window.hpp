// How many requests may be in flight: as many as the server bears, up to --concurrency.
#pragma once

#include <cstddef>

#include "bulkdrop/core/clock.hpp"

namespace bulkdrop::policy {

// Begins with kFirst and doubles with every clean round (as many good answers as the window is wide) until
// the first trouble; from then on it grows by one a round, and only while at least half of it is in use.
// Trouble (429, 503, a timeout, a reset) cuts it to kCut of what it was, at most once in kBetweenCuts: the
// answers of one overloaded moment are one sign.
class Window {
 public:
  static constexpr std::size_t kFirst = 4;
  static constexpr double kCut = 0.7;
  static constexpr Duration kBetweenCuts = std::chrono::seconds(1);

  // `fixed`: always `most`.
  Window(std::size_t most, bool fixed);

  [[nodiscard]] std::size_t size() const { return size_; }
  // `in_flight`: requests in flight when the good answer came, itself included.
  void good(std::size_t in_flight);
  void bad(TimePoint now);

 private:
  std::size_t most_;
  bool fixed_;
  std::size_t size_;
  std::size_t good_in_round_ = 0;
  bool troubled_ = false;
  TimePoint next_cut_ = TimePoint::min();
};

}  // namespace bulkdrop::policy
