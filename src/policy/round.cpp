#include "bulkdrop/policy/round.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace bulkdrop::policy {
namespace {

// Some may never come back: after so many others for each, it counts all the same.
constexpr double kPassed = 3;
// No answer for that part of the time that one takes is a gap between bursts.
constexpr int kGapShare = 2;

double seconds(Duration time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

void Round::begin(TimePoint now, std::size_t in_flight, double share) {
  *this = Round();
  began_ = now;
  awaited_ = share * static_cast<double>(in_flight);
}

void Round::add(const Sample& sample, std::size_t in_flight, TimePoint now) {
  if (!counts_from_) {
    if (sample.sent < began_) {
      --awaited_;
    } else if (awaited_ < 1 || static_cast<double>(++passed_) > kPassed * awaited_) {
      counts_from_ = seen_.until = now;
    }
    return;
  }
  if ((now - seen_.until) * kGapShare > sample.took) {
    if (std::exchange(aligned_, true)) {
      whole_ = seen_;
    } else {
      counts_from_ = seen_.until;
      seen_ = {.until = seen_.until};
    }
  }
  ++seen_.answers;
  seen_.in_flight_seconds += static_cast<double>(in_flight) * seconds(now - seen_.until);
  seen_.until = now;
  const double took = seconds(sample.took);
  seen_.took_sum += took;
  seen_.took_squares += took * took;
}

double Round::mean_in_flight() const {
  return whole().in_flight_seconds / seconds(whole().until - *counts_from_);
}

double Round::rate() const {
  return static_cast<double>(whole().answers) / seconds(whole().until - *counts_from_);
}

double Round::latency() const {
  return mean_in_flight() / rate();
}

double Round::mean_took() const {
  return seen_.took_sum / static_cast<double>(seen_.answers);
}

// A few answers that take for ever make it endless, but not what is not known of a sum of waits.
double Round::spread() const {
  const Seen& seen = whole();
  const auto count = static_cast<double>(seen.answers);
  const double mean = seen.took_sum / count;
  return std::min(1.0, std::sqrt(std::max(0.0, seen.took_squares / count - mean * mean)) / mean);
}

double Round::error() const {
  const auto count = static_cast<double>(whole().answers);
  // What is cut off at both ends of the round is part of a request each, of as many as are in flight.
  const double ends = mean_in_flight() / 6 / (count * count);
  return latency() * std::sqrt(spread() * spread() / count + ends);
}

}  // namespace bulkdrop::policy
