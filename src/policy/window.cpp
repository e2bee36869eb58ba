#include "bulkdrop/policy/window.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace bulkdrop::policy {
namespace {

// Below that a request's time is made of waking threads and of copying rather than of the server's work, and
// several at once are done at less cost each: there is no line worth looking for. A server that is quicker
// gets a few requests more than it has hands.
constexpr double kQuickestService = 0.002;
// Answers in a round: enough of them to tell one in ten from chance, fewer while it still leaps.
constexpr std::uint64_t kSmallestRound = 48;
constexpr std::uint64_t kLargestRound = 1024;
constexpr std::uint64_t kRoundsOfWindow = 6;
constexpr std::uint64_t kRoundsOfWindowInTrial = 12;
constexpr std::uint64_t kSmallestLeapRound = 16;
constexpr std::uint64_t kRoundsOfWindowInLeap = 2;
// … and more, where they differ much: until the error is that share of what is measured.
constexpr double kError = 0.05;
constexpr double kErrorInTrial = 0.03;
constexpr double kErrorInLeap = 0.08;
// Leaps double the window up to here, and add such a part beyond: less once it had settled.
constexpr std::size_t kDoubledUpTo = 16;
constexpr std::size_t kLeapShare = 4;
constexpr std::size_t kLaterLeapShare = 8;
// So many of those that a server works on at once may wait in line, as a share of them, before that is looked
// into.
constexpr double kMayWait = 0.2;
constexpr double kAtLeastMayWait = 0.6;
// While it leaps, this share of those in flight may wait; less beyond what it had settled at.
constexpr double kMayWaitInLeap = 0.15;
constexpr double kMayWaitInLaterLeap = 0.1;
// What it settles at beyond what the server works on at once: there is always somebody to go on with.
constexpr double kReserve = 0.06;
// Halving the window makes answers quicker if they take less than this share of the time before.
constexpr double kQuicker = 0.85;
// … and if it makes them as quick as that, even the half window is too wide to know the baseline.
constexpr double kStillInLine = 0.62;
// … and if it makes them no quicker than that, there was no line, and nothing is known of where one begins.
constexpr double kNobodyWaited = 0.95;
constexpr double kBaselineFollows = 0.1;
// A server that works on that many times kFirst at once was not full when it began.
constexpr double kMuchMore = 1.5;
constexpr double kUsed = 0.75;
constexpr std::size_t kTrialShare = 12;
// A wider window must bring this share of the answers that it would bring if nobody waited.
constexpr double kWorthIt = 0.6;
// From there on it is no trial any more.
constexpr double kProvenGrowth = 1.15;
// No answer for so many times as long as usual, and not for less than that, is a standstill.
constexpr double kStandstill = 10;
constexpr Duration kShortestStandstill = std::chrono::milliseconds(500);
constexpr Duration kFirstHold = std::chrono::seconds(5);
constexpr Duration kLongestHold = std::chrono::seconds(40);
constexpr Duration kHoldAfterCut = std::chrono::seconds(3);

std::size_t with_reserve(double knee) {
  return static_cast<std::size_t>(std::lround(knee * (1 + kReserve)));
}

}  // namespace

Window::Window(std::size_t most, bool fixed)
    : most_(most), fixed_(fixed), size_(fixed ? most : std::min(kFirst, most)) {}

std::uint64_t Window::round_size() const {
  const std::uint64_t size = size_;
  if (growing_fast()) return std::max(kRoundsOfWindowInLeap * size, std::min(4 * size, kSmallestLeapRound));
  const std::uint64_t rounds = trial_ ? kRoundsOfWindowInTrial : kRoundsOfWindow;
  return std::clamp(rounds * size, kSmallestRound, kLargestRound);
}

double Window::error_wanted() const {
  if (growing_fast()) return kErrorInLeap;
  return trial_ ? kErrorInTrial : kError;
}

// Towards what is not known yet, or back to what was borne before.
bool Window::growing_fast() const {
  return !test_ && !trial_ && !leapt_ && (leaping_ || size_ < borne_);
}

void Window::good(const Sample& sample, std::size_t in_flight, TimePoint now) {
  if (fixed_) return;
  most_served_ = std::max(most_served_, sample.at_once);
  const bool standstill = was_standstill(sample, now);
  last_good_ = now;
  if (standstill) {
    stood_still_ = true;
    return round_.begin(now);
  }
  count(sample, in_flight, now);
}

void Window::failed(const Sample& sample, std::size_t in_flight, TimePoint now) {
  if (!fixed_) count(sample, in_flight, now);
}

void Window::count(const Sample& sample, std::size_t in_flight, TimePoint now) {
  round_.add(sample, in_flight, now);
  if (round_.answers() < round_size()) return;
  if (round_.answers() >= kLargestRound || round_.error() < error_wanted() * round_.latency())
    judge_round(now);
}

// Once a round: a server that only became slow must not pass for one that stands still again and again.
bool Window::was_standstill(const Sample& sample, TimePoint now) const {
  if (stood_still_ || !baseline_ || sample.sent > now - kShortestStandstill ||
      last_good_ > now - kShortestStandstill)
    return false;
  const Duration gap = std::min(now - last_good_, sample.took);  // somebody was waiting all the time
  return std::chrono::duration<double>(gap).count() > kStandstill * *baseline_;
}

void Window::judge_round(TimePoint now) {
  const double at_once = round_.mean_in_flight();
  const double latency = std::max(round_.latency(), kQuickestService);
  const double error = round_.error();
  const double rate = round_.rate();
  round_.begin(now);
  stood_still_ = false;
  if (!(rate < std::numeric_limits<double>::infinity())) return;  // they all came at once
  if (at_once < kUsed * static_cast<double>(size_)) return;       // too few rows to tell
  if (latency <= kQuickestService && !sheds_ && now >= cut_until_) return widen(now);
  if (test_) return judge_test(latency, now);
  if (trial_) return judge_trial(rate, latency, now);
  if (!baseline_ || latency + 2 * error < *baseline_) baseline_ = latency + error;
  const double knee = at_once * std::min(1.0, *baseline_ / latency);
  const double surely_waiting = at_once * (1 - *baseline_ / std::max(*baseline_, latency - 2 * error));
  const bool too_many_wait = size_ > 1 && surely_waiting > std::max(kAtLeastMayWait, kMayWait * knee);
  // A leap's round is short, and of a small server where it began is all that is known: others may have
  // waited there already.
  const bool just_leapt = std::exchange(leapt_, false);
  if (just_leapt || (too_many_wait && (!leaping_ || knee < kMuchMore * kFirst)))
    return begin_test(at_once, latency, now);
  const double may_wait = borne_ > 0 && size_ >= borne_ ? kMayWaitInLaterLeap : kMayWaitInLeap;
  const bool goes_on = *baseline_ > (1 - may_wait) * latency;
  if (leaping_ && !too_many_wait && goes_on) return leap(now);
  if (leaping_) {
    leaping_ = false;
    leapt_ = true;
    return resize(std::min(size_, with_reserve(knee)), now);
  }
  *baseline_ += kBaselineFollows * (latency - *baseline_);
  if (now < holds_until_ || size_ == most_) return;
  if (size_ < borne_) {
    leaping_ = true;
    return leap(now);
  }
  trial_ = Trial{size_, rate, latency};
  resize(size_ + std::max<std::size_t>(1, size_ / kTrialShare), now);
}

// Nobody waits in line, so whatever made it narrow is over: a hiccup of the network or of this machine.
void Window::widen(TimePoint now) {
  test_.reset();
  trial_.reset();
  baseline_ = kQuickestService;
  leaping_ = true;
  leap(now);
}

void Window::leap(TimePoint now) {
  const bool settled_before = borne_ > 0;
  const bool doubles = size_ <= kDoubledUpTo / 2 && (!settled_before || size_ < borne_);
  const std::size_t step = std::max<std::size_t>(1, size_ / (settled_before ? kLaterLeapShare : kLeapShare));
  const std::size_t wanted = doubles ? 2 * size_ : size_ + step;
  if (size_ >= borne_ || wanted < borne_) return resize(wanted, now);
  // As far as it was good before; from there on it tries.
  leaping_ = false;
  resize(borne_, now);
}

void Window::judge_trial(double rate, double latency, TimePoint now) {
  if (latency < kQuicker * trial_->latency) {  // more at once make nothing quicker: it is another server now
    trial_.reset();
    baseline_ = latency;
    return;
  }
  const double growth = static_cast<double>(size_) / static_cast<double>(trial_->size);
  if (rate < trial_->rate * (1 + kWorthIt * (growth - 1))) {
    const std::size_t size = trial_->size;
    trial_.reset();
    resize(size, now);
    return hold(true, now);
  }
  if (growth >= kProvenGrowth || size_ == most_) {
    trial_.reset();
    leaping_ = true;
    holds_for_ = Duration::zero();
    return leap(now);
  }
  resize(size_ + std::max<std::size_t>(1, size_ / kTrialShare), now);
}

void Window::begin_test(double at_once, double latency, TimePoint now) {
  test_ = Test{size_, at_once, latency, latency};
  resize(size_ / 2, now);
}

void Window::judge_test(double latency, TimePoint now) {
  if (latency < kStillInLine * test_->latency && size_ > 1) {
    test_->latency = latency;
    return resize(size_ / 2, now);
  }
  const Test test = *std::exchange(test_, std::nullopt);
  baseline_ = latency;
  const double knee = test.at_once * std::min(1.0, latency / test.full_latency);
  resize(std::min(test.size, with_reserve(knee)), now);
  hold(false, now);
  if (knee > kNobodyWaited * test.at_once) holds_until_ = now;
}

void Window::resize(std::size_t size, TimePoint now) {
  size_ = std::clamp<std::size_t>(size, 1, most_);
  round_.begin(now);
}

// For a while it does not try more; for longer, if that was tried before.
void Window::hold(bool again, TimePoint now) {
  leaping_ = false;
  borne_ = size_;
  holds_for_ = again ? std::clamp<Duration>(2 * holds_for_, kFirstHold, kLongestHold) : kFirstHold;
  holds_until_ = now + holds_for_;
}

bool Window::shed(const Sample& sample, TimePoint now) {
  if (fixed_) return false;
  sheds_ = true;
  if (sample.at_once > size_ && sample.sent < last_cut_) return true;  // of the wider window before
  const bool again = trial_.has_value();
  const bool too_many = again ? sample.at_once > trial_->size : sample.at_once > most_served_;
  if (!too_many) return false;
  const std::size_t before = again ? trial_->size : 0;
  test_.reset();
  trial_.reset();
  resize(again ? before : std::min(size_, sample.at_once - 1), now);
  hold(again, now);
  most_served_ = size_;
  last_cut_ = now;
  return true;
}

void Window::bad(const Sample& sample, std::size_t least, TimePoint now) {
  if (fixed_ || sample.sent < last_cut_) return;
  test_.reset();
  trial_.reset();
  const auto cut = static_cast<std::size_t>(static_cast<double>(size_) * kCut);
  resize(std::max(cut, std::min(least, size_)), now);
  leaping_ = false;
  holds_until_ = cut_until_ = now + kHoldAfterCut;
  last_cut_ = now;
}

void Window::begin_again(std::size_t size, TimePoint now) {
  if (fixed_) return;
  leaping_ = true;
  baseline_.reset();
  test_.reset();
  trial_.reset();
  resize(std::min(size_, size), now);
}

}  // namespace bulkdrop::policy
