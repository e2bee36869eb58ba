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
// Answers in a round: while it searches as many as are in flight, and enough of them to tell two widths
// apart.
constexpr std::uint64_t kSmallestSearchRound = 16;
constexpr std::uint64_t kSearchRoundsOfWindow = 2;
constexpr std::uint64_t kSmallestRound = 48;
constexpr std::uint64_t kRoundsOfWindow = 6;
constexpr Duration kLongestRound = std::chrono::seconds(6);
// … and more, where they differ much: until the error is that share of the change that a trial makes.
constexpr double kErrorShare = 0.3;
constexpr double kSmallErrorShare = 0.15;  // if that takes no longer than
constexpr Duration kShortRound = std::chrono::seconds(2);
constexpr double kErrorAtFirst = 0.08;
// Of the requests from before a round so many must be back: while it searches, there is no time for more.
constexpr double kTurnedOver = 0.8;
constexpr double kTurnedOverInSearch = 0.8;
// Leaps double the window up to here, and add such a part beyond.
constexpr std::size_t kDoubledUpTo = 16;
constexpr std::size_t kLeapShare = 2;
// What it settles at beyond what the server works on at once: there is always somebody to go on with.
constexpr double kReserve = 0.12;
// Answers that take so many times as long as they should: too many may wait.
constexpr double kTooMany = 1.25;
constexpr double kServiceFollows = 0.1;
// More at once make nothing quicker: if they seem to, it is another server now.
constexpr double kQuicker = 0.85;
constexpr double kUsed = 0.75;
// A trial's step, the first one and the longest, as a share of the window.
constexpr double kFirstStep = 1.0 / 12;
constexpr double kLongestStep = 0.25;
constexpr double kLongestStepAtFirst = 0.5;  // it may have settled far too early
// A wider window must bring this share of the answers that it would bring if nobody waited. A narrower one
// may cost that share.
constexpr double kWorthIt = 0.6;
// … and a long step more of them, since it would go far beyond.
constexpr double kLongStep = 0.15;
constexpr double kLongStepWorthIt = 0.75;
constexpr double kMayCost = 0.3;
// No answer for so many times as long as usual, and not for less than that, is a standstill.
constexpr double kStandstill = 10;
constexpr Duration kShortestStandstill = std::chrono::milliseconds(500);
constexpr Duration kFirstHold = std::chrono::seconds(5);
constexpr Duration kLongestHold = std::chrono::seconds(40);
constexpr Duration kFewerAgain = std::chrono::seconds(60);
constexpr Duration kHoldAfterCut = std::chrono::seconds(3);
constexpr Duration kHoldAfterLeap = std::chrono::seconds(1);
// With the whole window in flight.
constexpr int kServedToTell = 8;
constexpr std::size_t kTooNarrow = 2;

std::size_t with_reserve(double knee) {
  return static_cast<std::size_t>(std::lround(knee * (1 + kReserve)));
}

}  // namespace

Window::Window(std::size_t most, bool fixed)
    : most_(most), size_(fixed ? most : std::min(kFirst, most)), fixed_(fixed) {}

bool Window::enough_answers() const {
  const std::uint64_t answers = round_.answers();
  const std::uint64_t size = size_;
  if (searching_)
    return answers >= std::max(size, std::min(kSearchRoundsOfWindow * size, kSmallestSearchRound));
  if (answers < std::max(kRoundsOfWindow * size, kSmallestRound)) return false;
  if (round_.length() >= kLongestRound) return true;
  if (just_settled_) return round_.error() < kErrorAtFirst * round_.latency();
  return round_.error() <
         told_change() * (round_.length() < kShortRound ? kSmallErrorShare : kErrorShare) * round_.latency();
}

// What a trial changes, or the next one will, as a share; less than a first step is not told apart.
double Window::told_change() const {
  const auto before = static_cast<double>(trial_ ? trial_->size : size_);
  const auto after = static_cast<double>(trial_ ? size_ : size_ + step(kFirstStep));
  return std::max(kFirstStep, std::abs(after / before - 1));
}

void Window::good(const Sample& sample, std::size_t in_flight, TimePoint now) {
  if (fixed_) return;
  served(sample, now);
  if (doubts_cut_ && search_again(now)) return;
  const bool standstill = was_standstill(sample, now);
  last_good_ = now;
  if (standstill) {
    stood_still_ = true;
    return round_.begin(now, in_flight, 0);
  }
  count(sample, in_flight, now);
}

void Window::failed(const Sample& sample, std::size_t in_flight, TimePoint now) {
  if (!fixed_) count(sample, in_flight, now);
}

void Window::count(const Sample& sample, std::size_t in_flight, TimePoint now) {
  round_.add(sample, in_flight, now);
  in_flight_ = in_flight - 1;
  if (enough_answers()) judge_round(now);
}

// Once a round: a server that only became slow must not pass for one that stands still again and again.
bool Window::was_standstill(const Sample& sample, TimePoint now) const {
  if (stood_still_ || service_ <= 0 || sample.sent > now - kShortestStandstill ||
      last_good_ > now - kShortestStandstill)
    return false;
  const Duration gap = std::min(now - last_good_, sample.took);  // somebody was waiting all the time
  return std::chrono::duration<double>(gap).count() > kStandstill * service_;
}

void Window::judge_round(TimePoint now) {
  const double at_once = round_.mean_in_flight();
  // While it searches, the slow answers to what was sent are not back yet.
  const double latency = std::max(searching_ ? round_.latency() : round_.mean_took(), kQuickestService);
  const double error = round_.error();
  const double spread = round_.spread();
  const auto answers = static_cast<double>(round_.answers());
  const double rate = searching_ ? round_.rate() : at_once / latency;
  round_.begin(now);
  stood_still_ = false;
  if (!(rate < std::numeric_limits<double>::infinity())) return;  // they all came at once
  if (left_to_rate_at_) return;
  if (at_once < kUsed * static_cast<double>(size_)) return;  // too few rows to tell
  // Nobody waits in line, so whatever made it narrow is over: a hiccup of the network or of this machine.
  if (latency <= kQuickestService && !sheds_ && now >= cut_until_) {
    trial_.reset();
    begin_search(size_, now);
    return leap(size_, now);
  }
  if (searching_) return search(at_once, latency, spread, answers, now);
  if (trial_) return judge_trial(rate, latency, error, now);
  keep(at_once, rate, latency, error, now);
}

// It has settled. What it settled at was seen while the line was still building up, so it is looked at again.
void Window::keep(double at_once, double rate, double latency, double error, TimePoint now) {
  if (service_ <= 0 || latency + 2 * error < service_) service_ = latency + error;
  const std::size_t fewer = with_reserve(at_once * std::min(1.0, service_ / latency));
  const bool too_many = latency - 2 * error > kTooMany * service_;
  const bool first_look = std::exchange(just_settled_, false);
  if (size_ > 1 && fewer + step(kFirstStep) <= size_ && (too_many || first_look))
    return begin_trial(std::max<std::size_t>(fewer, (size_ + 1) / 2), rate, latency, now);
  service_ += kServiceFollows * (latency - service_);
  if (rejected_ && second_thoughts(rate, latency, now)) return;
  if (now < holds_until_) return;
  if (size_ < borne_) {
    begin_search(size_, now);
    return leap(size_, now);
  }
  step_ = kFirstStep;
  const bool may_try_fewer = size_ > 1 && now >= tries_fewer_at_;
  if (may_try_fewer && (size_ == most_ || std::exchange(try_fewer_, !try_fewer_)))
    return begin_trial(size_ - step(step_), rate, latency, now);
  if (size_ < most_) begin_trial(size_ + step(step_), rate, latency, now);
}

std::size_t Window::step(double share) const {
  return std::max<std::size_t>(1, static_cast<std::size_t>(share * static_cast<double>(size_)));
}

void Window::begin_search(std::size_t size, TimePoint now) {
  searching_ = true;
  fit_.clear();
  trial_.reset();
  resize(size, now);
}

// From one more on than it was cut to: if it was no chance, that one will be turned away, too.
bool Window::search_again(TimePoint now) {
  if (now < last_cut_ + kHoldAfterLeap) return false;
  doubts_cut_ = false;
  borne_ = 0;
  begin_search(cut_search_at_, now);
  return true;
}

// One width after another, until it is certain where the knee is, or that it is not below --concurrency.
void Window::search(double at_once, double latency, double spread, double answers, TimePoint now) {
  fit_.add(at_once, latency, spread, answers);
  const KneeFit::Knee knee = fit_.fit();
  service_ = knee.service;
  if (!knee.certain) {
    if (size_ == most_) return settle(size_, knee.service, now);
    return leap(std::max(size_, static_cast<std::size_t>(std::lround(fit_.widest()))), now);
  }
  settle(with_reserve(knee.in_flight), knee.service, now);
}

void Window::settle(std::size_t size, double service, TimePoint now) {
  searching_ = is_cut_ = false;
  service_ = service;
  just_settled_ = may_have_stopped_early_ = true;
  try_fewer_ = true;
  tries_fewer_at_ = now;
  resize(size, now);
  borne_ = size_;
  holds_until_ = now;
  holds_for_ = Duration::zero();
}

// To the next width; as far as it was good before at most, from where on it tries.
void Window::leap(std::size_t from, TimePoint now) {
  const std::size_t wanted =
      from <= kDoubledUpTo / 2 ? 2 * from : from + std::max<std::size_t>(1, from / kLeapShare);
  if (from >= borne_ || wanted < borne_) return resize(wanted, now);
  searching_ = false;
  resize(borne_, now);
}

void Window::begin_trial(std::size_t size, double rate, double latency, TimePoint now) {
  rejected_.reset();
  trial_ = Trial{size_, rate, latency};
  resize(size, now);
}

// True if so many at once are better than what was before them.
bool Window::is_better(std::size_t size, double rate, std::size_t size_before, double rate_before) {
  const double growth = static_cast<double>(size) / static_cast<double>(size_before);
  const double gain = rate / rate_before;
  if (growth < 1) return gain >= 1 - kMayCost * (1 - growth);
  const double worth = growth > 1 + kLongStep && size_before >= kFirst ? kLongStepWorthIt : kWorthIt;
  return gain >= 1 + worth * (growth - 1);
}

void Window::judge_trial(double rate, double latency, double error, TimePoint now) {
  const bool exact = error < kErrorShare * told_change() * latency;
  const Trial before = *std::exchange(trial_, std::nullopt);
  if (size_ > before.size && latency < kQuicker * before.latency) {
    service_ = latency;
    return;
  }
  const bool told = size_ > before.size || exact;
  // More answers by chance, as much as they wait for each other already.
  const bool crowded = size_ > before.size && service_ > 0 && latency - error > kTooMany * service_;
  if (told && !crowded && is_better(size_, rate, before.size, before.rate))
    return go_on(before.size, rate, latency, now);
  if (told) rejected_ = Rejected{size_, rate, before.rate};
  if (size_ > before.size) {
    may_have_stopped_early_ = false;
    resize(before.size, now);
    return hold(true, now);
  }
  service_ = before.latency;
  resize(before.size, now);
  // Of a small window, one fewer is much.
  if (static_cast<double>(size_) * kFirstStep < 1) tries_fewer_at_ = now + kFewerAgain;
  if (size_ == most_) hold(true, now);
}

// The server itself may have become slower during the trial. Then what was before the trial is compared with
// it, and what is after it.
bool Window::second_thoughts(double rate, double latency, TimePoint now) {
  const Rejected trial = *std::exchange(rejected_, std::nullopt);
  if (!is_better(trial.size, trial.rate, size_, (trial.rate_before + rate) / 2)) return false;
  const std::size_t before = size_;
  resize(trial.size, now);
  go_on(before, rate, latency, now);
  return true;
}

// In the direction that was better, with a longer step.
void Window::go_on(std::size_t before, double rate, double latency, TimePoint now) {
  borne_ = size_;
  holds_for_ = Duration::zero();
  step_ = std::min(may_have_stopped_early_ ? kLongestStepAtFirst : kLongestStep, 2 * step_);
  if (size_ > before && size_ < most_) return begin_trial(size_ + step(step_), rate, latency, now);
  if (size_ < before && size_ > 1) return begin_trial(size_ - step(step_), rate, latency, now);
}

void Window::resize(std::size_t size, TimePoint now) {
  size_ = std::clamp<std::size_t>(size, 1, most_);
  round_.begin(now, in_flight_, searching_ ? kTurnedOverInSearch : kTurnedOver);
}

// For a while it does not try more; for longer, if that was tried before.
void Window::hold(bool again, TimePoint now) {
  searching_ = false;
  borne_ = size_;
  holds_for_ = again ? std::clamp<Duration>(2 * holds_for_, kFirstHold, kLongestHold) : kFirstHold;
  holds_until_ = now + holds_for_;
}

bool Window::shed(const Sample& sample, TimePoint now) {
  if (fixed_) return false;
  sheds_ = true;
  if (sample.at_once > size_ && sample.sent < last_cut_) {  // of the wider window before
    doubts_cut_ = false;
    return true;
  }
  const bool again = trial_.has_value();
  const bool too_many = again ? sample.at_once > trial_->size : sample.at_once > most_served_;
  if (!too_many) return false;
  const std::size_t before = again ? trial_->size : 0;
  // They left together, which may have been all that was wrong.
  const bool was_leap = searching_ && size_ >= 2 * (sample.at_once - 1);
  doubts_cut_ = searching_ && sample.at_once > cut_search_at_;
  if (searching_) cut_search_at_ = sample.at_once;
  is_cut_ = is_cut_ || !again;
  trial_.reset();
  left_to_rate_at_.reset();
  resize(again ? before : std::min(size_, sample.at_once - 1), now);
  hold(again, now);
  if (was_leap) holds_until_ = now + kHoldAfterLeap;
  most_served_ = size_;
  last_cut_ = now;
  return true;
}

void Window::leave_to_rate(TimePoint now) {
  most_served_ = trial_->size;
  trial_.reset();
  left_to_rate_at_ = now;
  served_since_ = 0;
  hold(false, now);
}

// One may be served by chance, since those that were turned away are in flight for a while, too.
void Window::served(const Sample& sample, TimePoint now) {
  if (sample.sent < last_cut_) return;
  if (!left_to_rate_at_) {
    most_served_ = std::max(most_served_, sample.at_once);
    return;
  }
  if (sample.at_once >= size_ && sample.sent >= *left_to_rate_at_ && ++served_since_ == kServedToTell)
    is_not_too_wide(now);
}

void Window::is_limited_by_rate(std::size_t at_once, TimePoint now) {
  if (fixed_ || searching_ || size_ > kTooNarrow || size_ > 2 * at_once) return;
  trial_.reset();
  resize(2 * size_, now);
  hold(false, now);
}

// What is in flight is limited by the rate now.
void Window::is_not_too_wide(TimePoint now) {
  left_to_rate_at_.reset();
  most_served_ = size_;
  resize(2 * size_, now);
  hold(false, now);
}

void Window::bad(const Sample& sample, std::size_t least, TimePoint now) {
  if (fixed_ || sample.sent < last_cut_) return;
  trial_.reset();
  left_to_rate_at_.reset();
  const auto cut = static_cast<std::size_t>(static_cast<double>(size_) * kCut);
  resize(std::max(cut, std::min(least, size_)), now);
  searching_ = false;
  is_cut_ = true;
  holds_until_ = cut_until_ = now + kHoldAfterCut;
  last_cut_ = now;
}

void Window::begin_again(std::size_t size, TimePoint now) {
  if (fixed_) return;
  service_ = 0;
  doubts_cut_ = is_cut_ = false;
  cut_search_at_ = 0;
  left_to_rate_at_.reset();
  begin_search(std::min(size_, size), now);
}

}  // namespace bulkdrop::policy
