#include "bulkdrop/policy/loss_floor.hpp"

#include <algorithm>
#include <cmath>

#include "bulkdrop/policy/loss_tolerance.hpp"

namespace bulkdrop::policy {
namespace {

// In flight next to nothing: of a window that was so many times as wide.
constexpr std::size_t kNarrowed = 4;
constexpr std::size_t kNextToNothing = 2;
// So many times as many at once are another server's load.
constexpr std::size_t kNotQuiet = 2;
// Standard deviations between what was seen and what is borne: of few answers, more would bear anything; of
// many they are what keeps a floor that is lowered again and again from sinking by chance.
constexpr double kMargin = 3;
constexpr double kMarginToLower = 5;
// Where so many answers did not tell, the older ones count for less.
constexpr std::uint64_t kMostAnswers = 160;

// No more fail than that, by so many standard deviations.
double at_most(std::uint64_t failures, std::uint64_t answers, double margin) {
  const auto failed = static_cast<double>(failures);
  return (failed + margin * std::sqrt(std::max(1.0, failed))) / static_cast<double>(answers);
}

}  // namespace

void LossFloor::exceeded(std::size_t window) {
  if (share_) doubt();
  if (search_) return;
  forget_answers();
  search_ = Search{std::clamp<std::size_t>(window / kNarrowed, 1, kNextToNothing), std::nullopt};
}

std::size_t LossFloor::least_window() const {
  return search_ && wait_ == kFirstWait ? search_->next_to_nothing : 1;
}

bool LossFloor::answered(bool good, const Sample& sample, TimePoint now) {
  if (share_) return watch(good, now);
  if (search_) return look(good, sample, now);
  // Where nothing failed at first, it may be the load that made something fail.
  good_in_a_row_ = good ? good_in_a_row_ + 1 : 0;
  if (good_in_a_row_ >= kWell) wait_ = std::max(wait_, kFirstWaitIfWasWell);
  return false;
}

bool LossFloor::look(bool good, const Sample& sample, TimePoint now) {
  if (sample.at_once > kNotQuiet * search_->next_to_nothing) {
    if (search_->quiet_since && sample.sent > *search_->quiet_since) search_->quiet_since.reset();
    return false;
  }
  if (sample.at_once > search_->next_to_nothing) return false;
  if (!search_->quiet_since) search_->quiet_since = sample.sent;
  if (sample.sent < *search_->quiet_since + wait_) return false;
  count(good);
  if (answers_ < kAnswers) return false;
  const bool few = failures_ < kFailures;
  if (!few && static_cast<double>(failures_) <= kMost * static_cast<double>(answers_)) {
    share_ = std::min(kMost, at_most(failures_, answers_, kMargin));
    holds_until_ = now + kHolds * (now - *search_->quiet_since);
    search_.reset();
    forget_answers();
    return true;
  }
  if (answers_ < kMostAnswers) return false;
  if (few) {  // it was the load, or it is over
    search_.reset();
    wait_ = std::max(wait_, kFirstWaitIfWasWell);
  }
  answers_ /= 2;
  failures_ /= 2;
  return false;
}

bool LossFloor::watch(bool good, TimePoint now) {
  count(good);
  if (answers_ < kAnswersToLower) return false;
  const double seen = at_most(failures_, answers_, kMarginToLower);
  forget_answers();
  if (seen < LossTolerance::kShare) {  // it is over
    share_.reset();
    wait_ = kFirstWait;
    return true;
  }
  if (now >= holds_until_) {
    doubt();
    return true;
  }
  if (seen >= *share_) return false;
  share_ = seen;
  return true;
}

void LossFloor::doubt() {
  share_.reset();
  wait_ = std::min(2 * wait_, kLongestWait);
}

void LossFloor::count(bool good) {
  ++answers_;
  if (!good) ++failures_;
}

}  // namespace bulkdrop::policy
