// Stops asking a server that answers nobody.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "bulkdrop/core/clock.hpp"

namespace bulkdrop::policy {

// Closed: everything may go. When kBadRows different rows got no good answer, and no other row got one
// meanwhile, it opens: nothing goes for a pause (doubling up to kLongestPause each time it opens again). Then
// it is half open: one real request at a time, unless it hangs; kGoodToClose good answers close it, a bad one
// opens it again. Answers that come while it is open belong to requests that left before, and change nothing.
//
// Different rows, because a few sessions that stall again and again, at the end of a run with nobody else
// left, are their own trouble and not the server's.
class Breaker {
 public:
  static constexpr std::size_t kBadRows = 10;
  static constexpr int kGoodToClose = 3;
  static constexpr Duration kFirstPause = std::chrono::seconds(5);
  // A probe every so often is nothing to a server, and it is back at work soon after it recovered.
  static constexpr Duration kLongestPause = std::chrono::seconds(20);

  static constexpr Duration kProbePatience = std::chrono::seconds(5);
  static constexpr std::size_t kMostProbes = 4;

  // `patience`: when the run gives up on a server that is away. The first pause is shorter if it has to be,
  // so that nothing is given up without several probes.
  explicit Breaker(Duration patience);

  enum class State : std::uint8_t { closed, open, half_open };

  [[nodiscard]] State state(TimePoint now) const;
  // How many probes may be under way: one, and one more for each kProbePatience without an answer, up to
  // kMostProbes: what was sent to a server that hangs may still hang after it recovered. 0 while it is open.
  [[nodiscard]] std::size_t probes(TimePoint now) const;
  // When they become more; TimePoint::max() if they do not.
  [[nodiscard]] TimePoint more_probes_at(TimePoint now) const;
  // When an open breaker lets the first probe through.
  [[nodiscard]] TimePoint opens_until() const { return open_until_; }

  // A request left.
  void sent(TimePoint now) {
    if (state(now) == State::half_open && !probing_since_) probing_since_ = now;
  }
  void good(TimePoint now);
  void bad(std::uint64_t row, TimePoint now);

 private:
  void open(TimePoint now);

  bool tripped_ = false;
  std::array<std::uint64_t, kBadRows> bad_rows_{};
  std::size_t bad_rows_count_ = 0;
  int good_probes_ = 0;
  Duration first_pause_;
  Duration pause_;
  TimePoint open_until_{};
  std::optional<TimePoint> probing_since_;
};

}  // namespace bulkdrop::policy
