#include "bulkdrop/policy/breaker.hpp"

#include <algorithm>

namespace bulkdrop::policy {

Breaker::State Breaker::state(TimePoint now) const {
  if (!tripped_) return State::closed;
  return now < open_until_ ? State::open : State::half_open;
}

void Breaker::good() {
  bad_in_a_row_ = 0;
  if (tripped_ && ++good_probes_ >= kGoodToClose) {
    tripped_ = false;
    pause_ = kFirstPause;
  }
}

void Breaker::bad(TimePoint now) {
  if (state(now) == State::open) return;  // of a request that left before it opened
  if (!tripped_ && ++bad_in_a_row_ < kBadInARow) return;
  if (tripped_) pause_ = std::min<Duration>(pause_ * 2, kLongestPause);
  tripped_ = true;
  bad_in_a_row_ = 0;
  good_probes_ = 0;
  open_until_ = now + pause_;
}

}  // namespace bulkdrop::policy
