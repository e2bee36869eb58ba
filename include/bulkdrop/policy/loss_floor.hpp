// The share of requests that fails though next to nothing is in flight: no load explains it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/policy/sample.hpp"

namespace bulkdrop::policy {

// One node of ten is broken, say. Where more failed than is borne, the window narrows to next to nothing.
// What still fails there, after a while in which a server that had too much to do could recover, is the
// floor; up to kMost, with a margin for what chance makes of few answers.
//
// It holds as long as no more than that fails, and for kHolds times as long as it took to find: a server may
// need longer to recover than it was given. Each time that it did not hold, the while is twice as long.
class LossFloor {
 public:
  static constexpr double kMost = 0.25;
  static constexpr Duration kFirstWait = std::chrono::seconds(3);
  static constexpr Duration kFirstWaitIfWasWell = std::chrono::seconds(30);
  static constexpr Duration kLongestWait = std::chrono::seconds(60);
  static constexpr int kHolds = 20;
  // Answers that tell a share, and failures among them.
  static constexpr std::uint64_t kAnswers = 40;
  static constexpr std::uint64_t kFailures = 4;
  // Answers in which fewer fail than the floor says, before it is lowered.
  static constexpr std::uint64_t kAnswersToLower = 500;
  // Good answers in a row that say that all is well; and such from the start on.
  static constexpr std::uint64_t kWell = 100;
  static constexpr std::uint64_t kWellAtFirst = 32;

  // The floor with its margin; empty while none is known.
  [[nodiscard]] const std::optional<double>& share() const { return share_; }

  // No narrower window is needed to find it, of a server that did so from the start.
  [[nodiscard]] std::size_t least_window() const;

  // More failed than is borne, with a window of `window`: from now on it is looked for, anew if it was known.
  void exceeded(std::size_t window);
  // The first request for a session came back. True if share() is another one now.
  bool answered(bool good, const Sample& sample, TimePoint now);

 private:
  struct Search {
    std::size_t next_to_nothing;           // in flight
    std::optional<TimePoint> quiet_since;  // no more than that were in flight
  };

  bool look(bool good, const Sample& sample, TimePoint now);
  bool watch(bool good, TimePoint now);
  void doubt();
  void count(bool good);
  void forget_answers() { answers_ = failures_ = 0; }

  std::optional<double> share_;
  std::optional<Search> search_;
  TimePoint holds_until_ = TimePoint::min();
  Duration wait_ = kFirstWait;
  std::uint64_t good_in_a_row_ = kWell - kWellAtFirst;
  std::uint64_t answers_ = 0;
  std::uint64_t failures_ = 0;
};

}  // namespace bulkdrop::policy
