#include "bulkdrop/policy/round.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace bulkdrop::policy {
namespace {

double seconds(Duration time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

void Round::add(const Sample& sample, std::size_t in_flight, TimePoint now) {
  if (!counts_from_) {
    if (sample.sent >= began_) counts_from_ = last_ = now;
    return;
  }
  ++answers_;
  in_flight_seconds_ += static_cast<double>(in_flight) * seconds(now - last_);
  last_ = now;
  const double took = seconds(sample.took);
  took_sum_ += took;
  took_squares_ += took * took;
}

double Round::mean_in_flight() const {
  return in_flight_seconds_ / seconds(last_ - *counts_from_);
}

double Round::rate() const {
  return static_cast<double>(answers_) / seconds(last_ - *counts_from_);
}

double Round::latency() const {
  return mean_in_flight() / rate();
}

double Round::error() const {
  const auto count = static_cast<double>(answers_);
  const double mean = took_sum_ / count;
  // A few answers that take for ever make the spread endless, but not what is not known of a sum of waits.
  const double spread = std::min(1.0, std::sqrt(std::max(0.0, took_squares_ / count - mean * mean)) / mean);
  // What is cut off at both ends of the round is part of a request each, of as many as are in flight.
  const double ends = mean_in_flight() / 6 / (count * count);
  return latency() * std::sqrt(spread * spread / count + ends);
}

}  // namespace bulkdrop::policy
