#include "bulkdrop/policy/loss_tolerance.hpp"

#include <algorithm>
#include <cmath>

namespace bulkdrop::policy {
namespace {

// So many in a row come that seldom by chance.
constexpr double kByChance = 1e-6;

}  // namespace

void LossTolerance::good() {
  in_a_row_ = 0;
  tokens_ = std::min<double>(kMost, tokens_ + 1);
  if (tokens_ >= kMost / 2.0) spent_ = false;
}

bool LossTolerance::bears() {
  if (tokens_ < failure_) spent_ = true;
  tokens_ = std::max(0.0, tokens_ - failure_);
  in_a_row_ = std::min(most_in_a_row_, in_a_row_ + 1);
  return !spent_ && in_a_row_ < most_in_a_row_;
}

void LossTolerance::bear(double share) {
  *this = LossTolerance();
  if (share <= kShare) return;
  failure_ = (1 - share) / share;
  most_in_a_row_ = std::max(kInARow, static_cast<int>(std::ceil(std::log(kByChance) / std::log(share))));
}

void LossTolerance::bear_no_more() {
  *this = LossTolerance();
  tokens_ = 0;
  spent_ = true;
}

}  // namespace bulkdrop::policy
