#include "bulkdrop/report/pace_history.hpp"

#include <algorithm>

namespace bulkdrop::report {

void PaceHistory::paused(WallTime now, std::string_view why) {
  resumed(now);
  paused_since_ = now;
  why_ = why;
}

void PaceHistory::resumed(WallTime now) {
  if (!paused_since_) return;
  const WallTime from = *paused_since_;
  paused_since_.reset();
  now = std::max(from, now);
  const auto waited = static_cast<std::uint64_t>((now - from).count());
  ++pause_count_;
  waited_ms_ += waited;
  if (waited > longest_ms_ || pause_count_ == 1) {
    longest_ms_ = waited;
    longest_why_ = why_;
  }
  if (pauses_.size() == kMost) {
    for (std::size_t i = 0; i < kMost / 2; ++i) {
      const Pause& first = pauses_[2 * i];
      const Pause& second = pauses_[2 * i + 1];
      pauses_[i] = {first.from, second.until, first.waited_ms + second.waited_ms};
    }
    pauses_.resize(kMost / 2);
  }
  pauses_.push_back({from, now, waited});
}

void PaceHistory::window(WallTime now, std::uint64_t requests) {
  if (windows_.size() == kMost) {
    for (std::size_t i = 0; i < kMost / 2; ++i) {
      const WindowStep& second = windows_[2 * i + 1];
      windows_[i] = second.requests == 0 ? second : windows_[2 * i];  // an end must be seen
    }
    windows_.resize(kMost / 2);
  }
  windows_.push_back({now, requests});
}

void PaceHistory::over(WallTime now) {
  resumed(now);
  if (!windows_.empty() && windows_.back().requests != 0) window(now, 0);
}

}  // namespace bulkdrop::report
