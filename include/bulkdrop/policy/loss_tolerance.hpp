// How many failures say nothing: one now and then comes of a broken node or a flaky gateway.
#pragma once

#include <algorithm>

namespace bulkdrop::policy {

// A bucket of tokens; congestion controls bear a share of losses in the same way. A good answer pays in, a
// failure takes out. A steady share of 3 % is borne for ever: it empties the bucket less than once in ten
// thousand failures. More than one in kFailure empties it; then nothing is borne until it is half full again.
// kInARow without a good answer between are never chance.
class LossTolerance {
 public:
  static constexpr int kMost = 150;
  static constexpr int kFailure = 15;
  static constexpr int kInARow = 4;

  void good() {
    in_a_row_ = 0;
    tokens_ = std::min(kMost, tokens_ + 1);
    if (tokens_ >= kMost / 2) spent_ = false;
  }
  // A failure; true if it is one of few.
  bool bears() {
    if (tokens_ < kFailure) spent_ = true;
    tokens_ = std::max(0, tokens_ - kFailure);
    in_a_row_ = std::min(kInARow, in_a_row_ + 1);
    return !spent_ && in_a_row_ < kInARow;
  }

 private:
  int tokens_ = kMost;
  int in_a_row_ = 0;
  bool spent_ = false;
};

}  // namespace bulkdrop::policy
