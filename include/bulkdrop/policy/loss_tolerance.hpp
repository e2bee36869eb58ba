// How many failures say nothing: one now and then comes of a broken node or a flaky gateway.
#pragma once

namespace bulkdrop::policy {

// A bucket of tokens; congestion controls bear a share of losses in the same way. A good answer pays in, a
// failure takes out, so that the bucket stays full while less than a given share fails: kShare, unless more
// is known to fail at any load. Half of that share is borne for ever: it empties the bucket less than once in
// ten thousand failures. More than all of it empties it; then nothing is borne until it is half full again.
// So many in a row without a good answer between that they are never chance are not borne either.
class LossTolerance {
 public:
  static constexpr double kShare = 1.0 / 16;
  static constexpr int kMost = 150;
  static constexpr int kInARow = 4;  // of kShare

  void good();
  // A failure; true if it is one of few.
  bool bears();
  // More were not borne than chance explains, and nothing is for now.
  [[nodiscard]] bool spent() const { return spent_; }

  // From now on another share is borne, kShare … 0.5, and nothing was used up of it.
  void bear(double share);
  // Back to kShare, which was exceeded.
  void bear_no_more();

 private:
  double failure_ = (1 - kShare) / kShare;  // tokens
  int most_in_a_row_ = kInARow;
  double tokens_ = kMost;
  int in_a_row_ = 0;
  bool spent_ = false;
};

}  // namespace bulkdrop::policy
