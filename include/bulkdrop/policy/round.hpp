// How long answers take while the window is as wide as it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "bulkdrop/policy/sample.hpp"

namespace bulkdrop::policy {

// Measured by Little's law: so many in flight on average, so many answers in a second. Looking at the answers
// alone would see the quick ones only: the slow ones are still under way when the round ends.
class Round {
 public:
  Round() = default;
  // `in_flight`: sent before it, and not answered yet; `share` of them must be back before it counts.
  void begin(TimePoint now, std::size_t in_flight = 0, double share = 1);
  // A good answer; `in_flight`: until now, itself included. Those to requests from before the round belong to
  // another width, and as long as many of them are under way, others wait for them: the round counts from the
  // first one on that was sent in it after those are back.
  void add(const Sample& sample, std::size_t in_flight, TimePoint now);

  [[nodiscard]] std::uint64_t answers() const { return seen_.answers; }
  [[nodiscard]] Duration length() const { return seen_.until - *counts_from_; }
  // By time, not by answers: those that come together would count what is left after each of them.
  [[nodiscard]] double mean_in_flight() const;
  // Answers a second.
  [[nodiscard]] double rate() const;
  // Seconds that a request is in flight, and its standard error. Of at least two answers.
  [[nodiscard]] double latency() const;
  [[nodiscard]] double error() const;
  // The same by the answers alone: exact where they come in bursts, once a window of them is of little
  // weight.
  [[nodiscard]] double mean_took() const;
  // Standard deviation of single requests, as a share of the mean; 1 at most.
  [[nodiscard]] double spread() const;

 private:
  struct Seen {
    std::uint64_t answers = 0;
    double in_flight_seconds = 0;
    double took_sum = 0;
    double took_squares = 0;
    TimePoint until{};
  };
  // Where answers come in bursts, only whole ones tell the rate.
  [[nodiscard]] const Seen& whole() const { return whole_.answers * 2 > seen_.answers ? whole_ : seen_; }

  TimePoint began_ = TimePoint::min();
  double awaited_ = 0;      // requests from before it
  std::size_t passed_ = 0;  // answers since then that do not count
  std::optional<TimePoint> counts_from_;
  bool aligned_ = false;  // it began with a burst, or there are none
  Seen seen_;
  Seen whole_;  // up to the last gap
};

}  // namespace bulkdrop::policy
