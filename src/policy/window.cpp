#include "bulkdrop/policy/window.hpp"

#include <algorithm>
#include <cmath>

namespace bulkdrop::policy {
namespace {

constexpr std::size_t kSmallestRound = 16;
constexpr std::size_t kLargestRound = 512;
// Leaps double the window up to here, and add a quarter beyond.
constexpr std::size_t kDoubledUpTo = 16;
// So many of those that a server works on at once may wait in line, as a share of them.
constexpr double kMayWait = 0.2;
constexpr double kGrowsBelow = 0.08;
constexpr double kOneMayWait = 0.6;  // measured values are never exact: one that waits shows as about that
// While it leaps, one of these in flight may wait.
constexpr double kMayWaitInLeap = 0.3;
// Halving the window makes answers quicker if they take less than this share of the time before.
constexpr double kQuicker = 0.85;
// … and if it makes them as quick as that, even the half window is too wide to know the baseline.
constexpr double kStillInLine = 0.62;
constexpr double kBaselineFollows = 0.2;
constexpr double kUsed = 0.75;
constexpr Duration kFirstCeiling = std::chrono::seconds(5);
constexpr Duration kLongestCeiling = std::chrono::seconds(60);
constexpr Duration kLeapsAgainAfter = std::chrono::seconds(3);

}  // namespace

Window::Window(std::size_t most, bool fixed)
    : most_(most), fixed_(fixed), size_(fixed ? most : std::min(kFirst, most)) {}

std::size_t Window::round_size() const {
  return std::clamp(2 * size_, std::min(4 * size_, kSmallestRound), kLargestRound);
}

void Window::good(const Sample& sample, std::size_t in_flight, TimePoint now) {
  if (fixed_) return;
  most_served_ = std::max(most_served_, sample.at_once);
  round_.add(sample, in_flight, now);
  if (round_.answers() >= round_size()) judge_round(now);
}

void Window::judge_round(TimePoint now) {
  const double at_once = round_.mean_in_flight();
  const double latency = round_.latency();
  const double error = round_.error();
  round_.begin(now);
  if (test_) return judge_test(latency, now);
  if (!baseline_ || latency + 2 * error < *baseline_) baseline_ = latency;
  const double knee = at_once * std::min(1.0, *baseline_ / latency);
  const double waiting = at_once - knee;
  const double surely_waiting = at_once * (1 - *baseline_ / std::max(*baseline_, latency - 2 * error));
  if (size_ > 1 && surely_waiting > std::max(kOneMayWait, kMayWait * knee))
    return begin_test(at_once, latency, now);
  if (waiting < std::max(kOneMayWait, kGrowsBelow * knee)) {
    *baseline_ += kBaselineFollows * (latency - *baseline_);
    grow(at_once, now);
  } else if (leaping_ && waiting < kMayWaitInLeap * at_once) {
    grow(at_once, now);
  } else {
    leaping_ = false;
  }
}

void Window::begin_test(double at_once, double latency, TimePoint now) {
  test_ = Test{size_, at_once, latency, latency};
  resize(size_ / 2, now);
}

void Window::judge_test(double latency, TimePoint now) {
  if (latency > kQuicker * test_->latency && test_->latency == test_->full_latency) {
    baseline_ = latency;  // the server's own pace
    const std::size_t size = test_->size;
    test_.reset();
    return resize(size, now);
  }
  if (latency < kStillInLine * test_->latency && size_ > 1) {
    test_->latency = latency;
    return resize(size_ / 2, now);
  }
  baseline_ = latency;
  const double knee = test_->at_once * std::min(1.0, latency / test_->full_latency);
  test_.reset();
  settle_at(knee, now);
}

void Window::settle_at(double knee, TimePoint now) {
  leaping_ = false;
  resize(static_cast<std::size_t>(std::lround(knee + kMayWait * knee / 2)), now);
  hold(now);
}

void Window::grow(double at_once, TimePoint now) {
  if (at_once < kUsed * static_cast<double>(size_)) return;  // the rows are too few to tell
  if (leaps_again_ && now >= *leaps_again_) {
    leaping_ = true;
    leaps_again_.reset();
  }
  std::size_t wanted = size_ + std::max<std::size_t>(1, size_ / 16);
  if (leaping_) wanted = size_ <= kDoubledUpTo / 2 ? 2 * size_ : size_ + std::max<std::size_t>(1, size_ / 4);
  if (wanted > ceiling_ && now < ceiling_until_) wanted = std::max(size_, ceiling_);
  resize(wanted, now);
}

void Window::resize(std::size_t size, TimePoint now) {
  size_ = std::clamp<std::size_t>(size, 1, most_);
  round_.begin(now);
}

// For a while it does not go beyond where it is; for longer, if that was tried before.
void Window::hold(TimePoint now) {
  const bool again = size_ + size_ / 8 + 1 >= ceiling_ && ceiling_ + ceiling_ / 8 + 1 >= size_;
  ceiling_time_ = again ? std::min<Duration>(2 * ceiling_time_, kLongestCeiling) : kFirstCeiling;
  ceiling_ = size_;
  ceiling_until_ = now + ceiling_time_;
}

bool Window::shed(const Sample& sample, TimePoint now) {
  if (fixed_) return false;
  if (sample.at_once > size_ && sample.sent < last_cut_) return true;  // of the wider window before
  if (sample.at_once <= most_served_) return false;
  test_.reset();
  leaping_ = false;
  resize(std::min(size_, sample.at_once - 1), now);
  hold(now);
  last_cut_ = now;
  return true;
}

void Window::bad(const Sample& sample, TimePoint now) {
  if (fixed_ || sample.sent < last_cut_) return;
  test_.reset();
  last_cut_ = now;
  resize(static_cast<std::size_t>(static_cast<double>(size_) * kCut), now);
  leaping_ = false;
  leaps_again_ = now + kLeapsAgainAfter;
}

void Window::begin_again(std::size_t size, TimePoint now) {
  if (fixed_) return;
  leaping_ = true;
  test_.reset();
  resize(std::min(size_, size), now);
}

}  // namespace bulkdrop::policy
