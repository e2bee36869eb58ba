#include "bulkdrop/policy/knee_fit.hpp"

#include <algorithm>
#include <cmath>

namespace bulkdrop::policy {
namespace {

// Nothing is known better than that: servers are not as regular as the model.
constexpr double kLeastError = 0.06;
// So much worse must the fit without a knee be (3 standard deviations).
constexpr double kCertain = 9;
constexpr double kStep = 0.02;  // of the logarithm
constexpr std::size_t kMostSeen = 24;

}  // namespace

void KneeFit::add(double in_flight, double latency, double spread, double answers) {
  if (seen_.size() == kMostSeen) seen_.erase(seen_.begin());
  seen_.push_back({std::log(in_flight), std::log(latency), spread, answers});
  double all = 0;
  variance_ = 0;
  for (const Seen& seen : seen_) {
    variance_ += seen.answers * seen.spread * seen.spread;
    all += seen.answers;
  }
  variance_ /= all;
}

// The spread of a few answers is itself known badly, that of all better.
double KneeFit::weight(const Seen& seen) const {
  const double in_flight = std::exp(seen.log_in_flight);
  return 1 / (variance_ / seen.answers + in_flight / 6 / (seen.answers * seen.answers) +
              kLeastError * kLeastError);
}

double KneeFit::widest() const {
  return std::exp(std::max_element(seen_.begin(), seen_.end(), [](const Seen& a, const Seen& b) {
                    return a.log_in_flight < b.log_in_flight;
                  })->log_in_flight);
}

double KneeFit::narrowest() const {
  return std::exp(std::min_element(seen_.begin(), seen_.end(), [](const Seen& a, const Seen& b) {
                    return a.log_in_flight < b.log_in_flight;
                  })->log_in_flight);
}

KneeFit::Line KneeFit::line(double log_knee) const {
  const auto service = [log_knee](const Seen& seen) {
    return seen.log_latency - std::max(0.0, seen.log_in_flight - log_knee);
  };
  double sum = 0;
  double weights = 0;
  for (const Seen& seen : seen_) {
    sum += weight(seen) * service(seen);
    weights += weight(seen);
  }
  Line line{sum / weights, 0};
  for (const Seen& seen : seen_) {
    const double off = service(seen) - line.log_service;
    line.misfit += weight(seen) * off * off;
  }
  return line;
}

KneeFit::Knee KneeFit::fit() const {
  const double last = std::log(widest());
  const Line none = line(last);
  Line best = none;
  double log_knee = last;
  const double first = std::log(narrowest());
  const auto steps = static_cast<int>(std::ceil((last - first) / kStep));
  for (int step = 0; step < steps; ++step) {
    const double at = first + step * kStep;
    const Line one = line(at);
    if (one.misfit >= best.misfit) continue;
    best = one;
    log_knee = at;
  }
  return {std::exp(log_knee), std::exp(best.log_service), none.misfit - best.misfit > kCertain};
}

}  // namespace bulkdrop::policy
