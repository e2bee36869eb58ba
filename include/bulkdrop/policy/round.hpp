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
  void begin(TimePoint now) { *this = Round(now); }
  // A good answer; `in_flight`: until now, itself included. Those to requests from before the round belong to
  // another width: the round counts from the first one on that was sent in it.
  void add(const Sample& sample, std::size_t in_flight, TimePoint now);

  [[nodiscard]] std::uint64_t answers() const { return answers_; }
  // By time, not by answers: those that come together would count what is left after each of them.
  [[nodiscard]] double mean_in_flight() const;
  // Answers a second.
  [[nodiscard]] double rate() const;
  // Seconds that a request is in flight, and its standard error. Of at least two answers.
  [[nodiscard]] double latency() const;
  [[nodiscard]] double error() const;

  Round() = default;

 private:
  explicit Round(TimePoint now) : began_(now) {}

  TimePoint began_ = TimePoint::min();
  std::optional<TimePoint> counts_from_;
  TimePoint last_{};
  std::uint64_t answers_ = 0;
  double in_flight_seconds_ = 0;
  double took_sum_ = 0;
  double took_squares_ = 0;
};

}  // namespace bulkdrop::policy
