#include "bulkdrop/policy/shed_rate.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace bulkdrop::policy {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr double kLongest = 1;
constexpr double kShortestGuess = 0.02;
constexpr std::uint64_t kServedToTell = 20;
// One of more than so many that is turned away is less than a slower pace would cost.
constexpr std::uint64_t kServedForOne = 60;
constexpr double kSlower = 1.3;
constexpr double kMuchSlower = 2;
constexpr double kTellingStep = 1.15;
// What was served, and a bit less: as much as that would turn away the odd one again.
constexpr double kMargin = 1.03;
// Each step up makes the interval that share of what it was.
constexpr std::array kQuicker = {0.97, 0.94, 0.9, 0.8, 0.7, 0.6, 0.5};
constexpr std::size_t kFirstStepFromGuess = 4;
constexpr double kStepSeconds = 1;
constexpr double kStepIntervals = 3;
constexpr double kFirstKeepOff = 2;
constexpr double kLongestKeepOff = 60;
// A server that turns away one in two at this pace is not too quickly asked.
constexpr double kTooSlowToTell = 0.4;
// Nor is one that does so after some work and at a pace so many times as slow as it bore before.
constexpr double kSlowAtWork = 3;
// More slowly than what lasts, by so much; so many times.
constexpr double kContradicts = 1.06;
constexpr int kContradictions = 2;
// Turned away at about the same rate as before.
constexpr double kSameRate = 1.25;
// Answers that tell a share from chance.
constexpr int kAnswersToTell = 20;
// Of so many turned away at a slow pace, another pace may be better; of more, the server is not well.
constexpr double kLeastAtAnyPace = 0.05;
constexpr double kMostAtAnyPace = 0.25;
// Once it is known, it may turn out to be less.
constexpr double kLeastKnown = 0.01;
// So many more turned away are more than a step too far explains, and so many standard deviations more than
// chance does: that is asked about many times.
constexpr double kMoreShare = 0.25;
constexpr double kMoreDeviations = 5;
constexpr double kQuickerAtAnyPace = 0.5;
// Where nobody is turned away it may be over.
constexpr int kCleanAnswers = 10;
constexpr double kQuickerWhereClean = 0.5;
// That nobody is turned away for so long by chance.
constexpr double kByChance = 1e-6;

// Of `answers` the share that is turned away at most if it is `share` of all.
double most_by_chance(double share, int answers) {
  return share + std::max(kMoreShare, kMoreDeviations * std::sqrt(share * (1 - share) / answers));
}

}  // namespace

double ShedRate::per_second() const {
  return interval_ > 0 ? 1 / interval_ : 0;
}

void ShedRate::took(TimePoint now) {
  if (interval_ > 0)
    ready_at_ = std::max(ready_at_, now) + std::chrono::duration_cast<Duration>(Seconds(interval_));
}

void ShedRate::good(Duration took, std::size_t window, TimePoint now) {
  usual_ = Seconds(took).count();
  if (served_++ == 0) first_served_ = now;
  ++served_since_shed_;
  lasting_.served(now - took);
  ++answers_;
  judge_share(now);
  if (interval_ == 0) return;
  if (!share_at_any_pace_) speed_up(now);
  // No limit any more if the window is the tighter one.
  if (interval_ * static_cast<double>(window) < Seconds(took).count() / 2) {
    interval_ = 0;
    ready_at_ = TimePoint::min();
  }
}

bool ShedRate::shed(TimePoint sent, TimePoint now, bool at_work) {
  if (sent < changed_) return true;  // turned away for what was before
  const bool one_of_many = std::exchange(served_since_shed_, 0) >= kServedForOne;
  ++answers_;
  ++turned_away_;
  all_at_work_ = all_at_work_ && at_work;
  judge_share(now);
  look_for_contradiction(now);
  lasting_.turned_away(now);
  if (share_at_any_pace_) return true;
  if (one_of_many) return false;
  slow_down(now);
  return true;
}

void ShedRate::shed_for(TimePoint until, TimePoint sent, TimePoint now) {
  served_since_shed_ = 0;  // even one in many costs a pause
  shed(sent, now);
  pause(until);
}

void ShedRate::pause(TimePoint until) {
  paused_ = true;
  borne_since_ = std::max(borne_since_, until);
}

void ShedRate::begin_at(double per_second, TimePoint now) {
  before_ = 0;
  interval_ = first_guess_ = borne_ = 1 / per_second;
  served_ = served_before_ = 0;
  paused_ = false;
  changed_ = borne_since_ = now;
  ready_at_ = now + std::chrono::duration_cast<Duration>(Seconds(interval_));
  steps_up_ = 0;
  first_step_ = 0;
}

// A rate turns nobody away who asks more slowly than it served for long. Where that happens again and again,
// the pace does not matter.
void ShedRate::look_for_contradiction(TimePoint now) {
  if (share_at_any_pace_ || interval_ <= kContradicts * lasting_.shortest() || lasting_.shortest() <= 0)
    return;
  if (++contradictions_ < kContradictions) return;
  contradictions_ = 0;
  answers_ = turned_away_ = 0;
  goes_at_any_pace(kLeastAtAnyPace, now);
}

// It was slowed down for nothing: back to near where that began.
void ShedRate::goes_at_any_pace(double share, TimePoint now) {
  share_at_any_pace_ = share;
  all_answers_ = all_turned_away_ = 0;
  keeps_off_for_ = 0;
  go_on_with(std::min(interval_ * kQuickerAtAnyPace,
                      first_guess_ > 0 ? first_guess_ / kQuickerAtAnyPace : interval_),
             now);
}

void ShedRate::undo() {
  interval_ = before_;
  ready_at_ = TimePoint::min();
  served_ = served_before_ = 0;
}

// At a pace that any server should bear it finds what share is turned away all the same; then it goes on to
// the quickest pace at which it is no more than that.
void ShedRate::judge_share(TimePoint now) {
  const auto in_a_row = static_cast<double>(served_since_shed_);
  if (share_at_any_pace_ && std::pow(1 - *share_at_any_pace_, in_a_row) < kByChance)
    share_at_any_pace_.reset();
  const bool slow =
      interval_ > kTooSlowToTell / 2 || (all_at_work_ && interval_ > kSlowAtWork * first_guess_);
  if (!share_at_any_pace_ && !slow) {
    answers_ = turned_away_ = 0;
    all_at_work_ = true;
  }
  const bool clean = share_at_any_pace_ && turned_away_ == 0 && answers_ >= kCleanAnswers;
  if (answers_ < kAnswersToTell && !clean) return;
  if (share_at_any_pace_ && Seconds(now - changed_).count() < kStepSeconds) return;
  all_at_work_ = true;
  const int answers = std::exchange(answers_, 0);
  const int turned_away = std::exchange(turned_away_, 0);
  const double share = static_cast<double>(turned_away) / answers;
  if (!share_at_any_pace_) {
    if (share < kLeastAtAnyPace || share > kMostAtAnyPace) return;
    goes_at_any_pace(share, now);
    all_answers_ = static_cast<std::uint64_t>(answers);
    all_turned_away_ = static_cast<std::uint64_t>(turned_away);
    return;
  }
  if (share > most_by_chance(*share_at_any_pace_, answers)) {
    if (interval_ >= borne_) return share_at_any_pace_.reset();  // it grew worse by itself
    interval_ = borne_;
    keeps_off_for_ = std::clamp(2 * keeps_off_for_, kFirstKeepOff, kLongestKeepOff);
    keeps_off_until_ = now + std::chrono::duration_cast<Duration>(Seconds(keeps_off_for_));
  }
  // The first one was of few answers, or a guess.
  all_answers_ += static_cast<std::uint64_t>(answers);
  all_turned_away_ += static_cast<std::uint64_t>(turned_away);
  share_at_any_pace_ = std::clamp(static_cast<double>(all_turned_away_) / static_cast<double>(all_answers_),
                                  kLeastKnown, kMostAtAnyPace);
  if (interval_ == 0 || now < keeps_off_until_) return;
  go_on_with(interval_ * (clean ? kQuickerWhereClean : kQuickerAtAnyPace), now);
}

void ShedRate::slow_down(TimePoint now) {
  before_ = interval_;
  first_step_ = 0;
  const bool was_known = steps_up_ > 0 || served_ >= kServedForOne;
  if (paused_ && served_before_ + served_ > 0) {
    const double since = Seconds(now - (served_before_ > 0 ? first_served_before_ : first_served_)).count();
    too_quick_ = 0;
    first_step_ = kFirstStepFromGuess;
    interval_ = std::max(interval_, since / static_cast<double>(served_before_ + served_)) * kMargin;
  } else if (interval_ == 0) {
    if (Seconds(now - first_served_).count() < kStepSeconds) first_step_ = kFirstStepFromGuess;
    interval_ = first_guess_ =
        served_ >= kServedToTell ? served_interval(now) : std::max(kShortestGuess, 2 * usual_);
  } else if (was_known) {
    // Turned away at what was borne: a step that tells a rate from any pace, which look_for_contradiction()
    // sees.
    const double borne = std::max(borne_, interval_) * (steps_up_ == 0 ? kTellingStep : kMargin);
    if (has_burst_ && lasting_.interval() > borne) {
      slow_to_what_lasts(now);
    } else {
      keep_off(interval_, now);
      interval_ = borne;
    }
  } else if (lasting_.interval() > interval_) {
    has_burst_ = true;
    slow_to_what_lasts(now);
  } else {
    too_quick_ = 0;
    interval_ = served_ >= kServedToTell
                    ? std::clamp(served_interval(now), interval_ * kMargin, interval_ * kSlower)
                    : interval_ * kMuchSlower;
  }
  interval_ = std::min(interval_, kLongest);
  served_before_ = std::exchange(served_, 0);
  first_served_before_ = first_served_;
  paused_ = false;
  changed_ = borne_since_ = now;
  ready_at_ = now + std::chrono::duration_cast<Duration>(Seconds(interval_));
  steps_up_ = 0;
}

// Of answers that came of late, if they are enough.
double ShedRate::served_interval(TimePoint now) const {
  return Seconds(now - first_served_).count() / static_cast<double>(served_) * kMargin;
}

// It may be much less than lasts, if that is so much slower.
void ShedRate::slow_to_what_lasts(TimePoint now) {
  const double lasting = lasting_.interval();
  if (lasting > kMuchSlower * interval_)
    first_step_ = kFirstStepFromGuess;
  else
    keep_off(lasting, now);
  interval_ = lasting * kMargin;
}

// Only what was fine slower and turned away quicker tells that it is the rate.
void ShedRate::keep_off(double interval, TimePoint now) {
  if (interval > kTooSlowToTell) {
    too_quick_ = 0;
    return;
  }
  const bool same = interval < too_quick_ * kSameRate && interval > too_quick_ / kSameRate;
  keeps_off_for_ = same ? std::min(2 * keeps_off_for_, kLongestKeepOff) : kFirstKeepOff;
  too_quick_ = interval;
  keeps_off_until_ = now + std::chrono::duration_cast<Duration>(Seconds(keeps_off_for_));
}

void ShedRate::speed_up(TimePoint now) {
  const double step = std::max(kStepSeconds, kStepIntervals * interval_);
  if (Seconds(now - borne_since_).count() < step) return;
  // So slow was not found but fallen back to: there is little to lose.
  const std::size_t nth =
      interval_ > kTooSlowToTell ? kQuicker.size() : first_step_ + static_cast<std::size_t>(steps_up_);
  double wanted = interval_ * kQuicker[std::min(nth, kQuicker.size() - 1)];
  if (wanted <= too_quick_ * kMargin && now < keeps_off_until_) {
    wanted = std::min(interval_, too_quick_ * kMargin);
    if (wanted == interval_) return;
  } else {
    ++steps_up_;
  }
  go_on_with(wanted, now);
}

// To the next pace, from one that was borne.
void ShedRate::go_on_with(double interval, TimePoint now) {
  changed_ = borne_since_ = now;
  borne_ = interval_;
  interval_ = interval;
  served_ = served_before_ = 0;
  paused_ = false;
}

}  // namespace bulkdrop::policy
