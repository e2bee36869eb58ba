#include "bulkdrop/policy/breaker.hpp"

#include <algorithm>

namespace bulkdrop::policy {

namespace {

constexpr int kProbesBeforeGivingUp = 4;

}  // namespace

Breaker::Breaker(Duration patience)
    : first_pause_(std::min<Duration>(kFirstPause, patience / kProbesBeforeGivingUp)), pause_(first_pause_) {}

Breaker::State Breaker::state(TimePoint now) const {
  if (!tripped_) return State::closed;
  return now < open_until_ ? State::open : State::half_open;
}

std::size_t Breaker::probes(TimePoint now) const {
  if (state(now) == State::open) return 0;
  if (!probing_since_) return 1;
  return std::min(kMostProbes, 1 + static_cast<std::size_t>((now - *probing_since_) / kProbePatience));
}

TimePoint Breaker::more_probes_at(TimePoint now) const {
  const std::size_t probes_now = probes(now);
  if (!probing_since_ || probes_now == kMostProbes) return TimePoint::max();
  return *probing_since_ + kProbePatience * static_cast<std::int64_t>(probes_now);
}

void Breaker::good(TimePoint now) {
  bad_rows_count_ = 0;
  if (state(now) != State::half_open || ++good_probes_ < kGoodToClose) return;
  tripped_ = false;
  probing_since_.reset();
  pause_ = first_pause_;
}

void Breaker::bad(std::uint64_t row, TimePoint now) {
  switch (state(now)) {
    case State::open:
      return;
    case State::half_open:
      pause_ = std::min<Duration>(pause_ * 2, kLongestPause);
      open(now);
      return;
    case State::closed:
      break;
  }
  const auto end = bad_rows_.begin() + static_cast<std::ptrdiff_t>(bad_rows_count_);
  if (std::find(bad_rows_.begin(), end, row) != end) return;
  *end = row;
  if (++bad_rows_count_ == kBadRows) open(now);
}

void Breaker::open(TimePoint now) {
  tripped_ = true;
  bad_rows_count_ = 0;
  good_probes_ = 0;
  open_until_ = now + pause_;
  probing_since_.reset();
}

}  // namespace bulkdrop::policy
