#include "bulkdrop/policy/pacer.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "bulkdrop/core/duration.hpp"
#include "bulkdrop/core/text.hpp"

namespace bulkdrop::policy {
namespace {

constexpr int kServiceUnavailable = 503;

// Several clients that were told the same moment should not come back in it; but nobody gains by waiting
// much longer than was asked for.
constexpr double kPauseJitter = 0.1;
constexpr Duration kMostJitter = std::chrono::seconds(2);
// For so short a pause it pays to go more slowly.
constexpr Duration kMoment = std::chrono::seconds(2);
// After so long a pause nobody knows what the server bears.
constexpr Duration kLongPause = std::chrono::seconds(5);
// Who turns away does not work first: a refusal is quicker than that part of a good answer's usual time.
constexpr int kRefusalShare = 2;
// … unless nearly all of that is the way there and back.
constexpr Duration kShortestWork = std::chrono::milliseconds(5);
constexpr int kUsualFollows = 16;  // answers
// Of the time between two requests, if they go evenly, the part that they keep apart.
constexpr double kSpaced = 0.5;
constexpr double kSpacedIfFew = 0.9;
constexpr std::size_t kFewAtOnce = 4;
// After so many that were served, one that is turned away is not just any share of them.
constexpr std::uint64_t kServedToTell = 30;
// So many times as quick as before without more at once than it bears: impossible.
constexpr double kQuickerTells = 1.1;

}  // namespace

Pacer::Pacer(const Limits& limits)
    : backoff_(limits.backoff),
      outage_(limits.outage),
      adapt_(limits.adapt),
      rate_(limits.rate),
      breaker_(limits.outage),
      window_(limits.concurrency, !limits.adapt) {}

Breaker::State Pacer::breaker_state(TimePoint now) const {
  const bool applies = !only_failed_left_ || unreachable_;
  return applies ? breaker_.state(now) : Breaker::State::closed;
}

std::size_t Pacer::window(TimePoint now) const {
  switch (breaker_state(now)) {
    case Breaker::State::open:
      return 0;
    case Breaker::State::half_open:
      return breaker_.probes(now);
    case Breaker::State::closed:
      break;
  }
  return adapt_ && (quota_.one_at_a_time() || learned_.tries_more()) ? 1 : window_.size();
}

TimePoint Pacer::widens_at(TimePoint now) const {
  return breaker_state(now) == Breaker::State::half_open ? breaker_.more_probes_at(now) : TimePoint::max();
}

TimePoint Pacer::opens_at(TimePoint now) const {
  const TimePoint at = std::max({pause_until_, rate_.ready_at(), shed_rate_.ready_at(), quota_.opens_at(now),
                                 learned_.opens_at(now), spaced_until_});
  return breaker_state(now) == Breaker::State::open ? std::max(at, breaker_.opens_until()) : at;
}

bool Pacer::prefers_fresh(TimePoint now) const {
  return retries_.exhausted() || breaker_state(now) == Breaker::State::half_open;
}

std::uint64_t Pacer::took(TimePoint now) {
  rate_.take(now);
  breaker_.sent(now);
  shed_rate_.took(now);
  if (sheds_ && adapt_) spaced_until_ = now + spacing();
  const std::uint64_t order = quota_.sent();
  quota_.took(now);
  learned_.took(now);
  return order;
}

// One more at once than ever also means a shorter time between two. Which of both was too much shows at the
// pace of before: at that it goes on, with as many at once.
bool Pacer::too_wide(const Sample& sample, TimePoint now) {
  const std::optional<double> rate = window_.rate_before_more();
  if (adapt_ && rate && shed_rate_.served_since_shed() >= kServedToTell && shed_rate_.per_second() == 0 &&
      sample.at_once >= window_.size()) {
    window_.leave_to_rate(now);
    shed_rate_.begin_at(left_at_ = *rate, now);
    return true;
  }
  const bool was_left_to_rate = window_.leaves_to_rate();
  const bool is_too_wide = window_.shed(sample, now);
  if (is_too_wide && was_left_to_rate && !window_.leaves_to_rate()) shed_rate_.undo();
  return is_too_wide;
}

// False if that is not worth it.
bool Pacer::slow_down(const Sample& sample, bool at_work, TimePoint now) {
  const bool was_limited = shed_rate_.per_second() > 0;
  if (shed_rate_.served_since_shed() >= kServedToTell) rate_tells_until_ = now + kMoment / 2;
  const bool was_any_pace = shed_rate_.at_any_pace();
  const bool slower = shed_rate_.shed(sample.sent, now, at_work);
  if (!was_any_pace) widen_if_at_any_pace(now);
  if (!was_limited && now <= rate_tells_until_ && shed_rate_.per_second() > 0)
    window_.is_limited_by_rate(sample.at_once, now);
  return slower;
}

// Whoever was turned away by then was no sign of too many at once either.
void Pacer::widen_if_at_any_pace(TimePoint now) {
  if (shed_rate_.at_any_pace()) window_.was_cut_for_nothing(now);
}

// Those that leave at the same moment are turned away by many that would take them one after the other.
Duration Pacer::spacing() const {
  const std::size_t size = window_.size();
  if (size == 1) return Duration::zero();
  const double share = size <= kFewAtOnce ? kSpacedIfFew : kSpaced;
  return std::chrono::duration_cast<Duration>(usual_ * share / static_cast<double>(size));
}

void Pacer::answered(const Entry& entry, const Judgement& judgement, std::size_t in_flight, TimePoint now,
                     Random& random) {
  const Sample sample{entry.sent, now - entry.sent, entry.at_once};
  if (judgement.quota) quota_.told(*judgement.quota, entry.order, entry.at_once, in_flight, entry.sent, now);
  switch (judgement.verdict) {
    case Verdict::not_sent:
    case Verdict::overload:
    // An answer that proves nothing (a maintenance page, say) is no better than none: if everybody gets it,
    // waiting is better than using up every row's attempts on it.
    case Verdict::untrusted:
      retries_.retried(judgement.reason == Reason::timeout);
      bad(entry, judgement, sample, in_flight + 1, now);
      if (judgement.pause) pause_everybody(*judgement.pause, now, random);
      break;
    case Verdict::throttled:
      retries_.retried(false);
      // Something is there, but as long as it lets nothing through it is of no use.
      unavailable(judgement, now);
      throttled(entry, judgement, sample, now, random);
      break;
    default:
      good(entry.failures == 0, sample, in_flight + 1, now);
      break;
  }
  if (!judgement.documented) return;
  throttled_rounds_ = 0;
  if (entry.sent >= slowed_at_) turned_away_.reset();
}

void Pacer::good(bool is_first, const Sample& sample, std::size_t in_flight, TimePoint now) {
  idle();
  unreachable_ = false;
  const bool was_closed = breaker_.state(now) == Breaker::State::closed;
  breaker_.good(now);
  retries_.succeeded();
  losses_.good();
  if (is_first) look_for_floor(true, sample, now);
  usual_ += usual_ == Duration::zero() ? sample.took : (sample.took - usual_) / kUsualFollows;
  if (!was_closed && breaker_.state(now) == Breaker::State::closed) window_.begin_again(Window::kFirst, now);
  if (shed_rate_.per_second() == 0) window_.leave_nothing_to_rate();
  window_.good(sample, in_flight, now);
  if (!adapt_) return;
  const bool was_any_pace = shed_rate_.at_any_pace();
  shed_rate_.good(usual_, window_.size(), now);
  if (!was_any_pace) widen_if_at_any_pace(now);
  if (window_.leaves_to_rate() && shed_rate_.borne_per_second() > kQuickerTells * left_at_)
    window_.is_not_too_wide(now);
}

void Pacer::unavailable(const Judgement& judgement, TimePoint now) {
  if (!unavailable_since_) unavailable_since_ = now;
  unavailable_why_ = labelled(name(judgement.reason), judgement.message);
  unreachable_ = judgement.verdict == Verdict::not_sent;
  proves_nothing_ = judgement.reason == Reason::bad_response && judgement.http_status != 0;
}

void Pacer::bad(const Entry& entry, const Judgement& judgement, const Sample& sample, std::size_t in_flight,
                TimePoint now) {
  unavailable(judgement, now);
  // A session that fails again and again while others do not is its own trouble, not the server's. That it
  // was turned away is not.
  const bool shed = judgement.verdict == Verdict::overload && judgement.http_status == kServiceUnavailable;
  const bool own_trouble =
      !unreachable_ && entry.failures > 0 && breaker_state(now) == Breaker::State::closed;
  if (own_trouble && !shed) {
    if (floor_.share() && was_at_work(sample)) window_.failed(sample, in_flight, now);
    return;
  }
  // One of few is no sign of too much work either.
  const bool proves_nothing = judgement.verdict == Verdict::untrusted;
  if (!proves_nothing && entry.failures == 0) look_for_floor(false, sample, now);
  if (!proves_nothing && (!shed || failed_at_work(sample)) && losses_.bears()) {
    if (!own_trouble) breaker_.bad(entry.row, now);
    if (floor_.share() && breaker_.state(now) != Breaker::State::closed) bore_too_much();
    if (floor_.share() && was_at_work(sample)) window_.failed(sample, in_flight, now);
    return;
  }
  sheds_ = sheds_ || shed;
  // One too many of those that left together is no sign of a server that is away.
  if (shed && !shed_rate_.at_any_pace() && too_wide(sample, now)) return;
  if (!own_trouble) breaker_.bad(entry.row, now);
  // An answer that proves nothing is no sign of too much work; what never left was none.
  if (shed) {
    if (adapt_) slow_down(sample, was_at_work(sample), now);
  } else if (!proves_nothing) {
    // Some servers turn away by other means than a 503.
    if (!was_at_work(sample) && too_wide(sample, now)) return;
    if (losses_.spent()) bore_too_much();
    window_.bad(sample, floor_.least_window(), now);
  }
}

void Pacer::bore_too_much() {
  if (floor_.share()) {
    losses_.bear_no_more();
    window_.was_too_wide();
  }
  floor_.exceeded(window_.size());
}

// Where the load turns out not to be why the window is narrow, it widens again.
void Pacer::look_for_floor(bool good, const Sample& sample, TimePoint now) {
  const bool was_known = floor_.share().has_value();
  if (!floor_.answered(good, sample, now)) return;
  losses_.bear(floor_.share().value_or(LossTolerance::kShare));
  if (!was_known) window_.begin_again(window_.size(), now);
}

bool Pacer::was_at_work(const Sample& sample) const {
  return usual_ > kShortestWork && sample.took * kRefusalShare >= usual_;
}

// … and was not turned away: where that happens, it happens to more than the few that are borne.
bool Pacer::failed_at_work(const Sample& sample) const {
  return was_at_work(sample) && shed_rate_.per_second() == 0 && !shed_rate_.at_any_pace();
}

void Pacer::pause_everybody(Duration pause, TimePoint now, Random& random) {
  const auto jitter = std::chrono::duration_cast<Duration>(pause * (kPauseJitter * random.uniform()));
  pause_until_ = std::max(pause_until_, now + pause + std::min(jitter, kMostJitter));
  if (pause >= kLongPause) window_.begin_again(Window::kFirst, now);
}

// Turned away as one too many: nobody sends for a while, for as long as the server says. Where that is but a
// moment, a slower pace may spare it the next time.
void Pacer::throttled(const Entry& entry, const Judgement& judgement, const Sample& sample, TimePoint now,
                      Random& random) {
  // A pause of nothing is a rounded one, not an invitation to ask all at once.
  if (!judgement.pause || *judgement.pause <= Duration::zero())
    return throttled_without_a_word(entry, sample, now, random);
  pause_everybody(*judgement.pause, now, random);
  if (*judgement.pause > kMoment || learned_.is_known() || !adapt_) {
    learned_.turned_away(entry.order, now + *judgement.pause);
    return quota_.turned_away(entry.order);
  }
  shed_rate_.shed_for(pause_until_, sample.sent, now);
}

// Too many at once, or too many in a second. If fewer, or slower, or a pause of a moment does not help, a
// quota is used up: the pause grows with every round of it. The answers of one window are one round.
void Pacer::throttled_without_a_word(const Entry& entry, const Sample& sample, TimePoint now,
                                     Random& random) {
  if (now < pause_until_ || sample.sent < slowed_at_) {
    if (turned_away_)
      turned_away_ = std::min(*turned_away_, entry.order);
    else
      quota_.turned_away(entry.order);
    return;
  }
  if (failed_at_work(sample) && losses_.bears()) return;
  sheds_ = true;
  if (too_wide(sample, now)) return;
  if (adapt_ && throttled_rounds_ == 0 && !turned_away_ && !quota_.one_at_a_time()) {
    if (!slow_down(sample, false, now)) return;
    slowed_at_ = now;
    turned_away_ = entry.order;
    return;
  }
  const bool may_be_the_rate = throttled_rounds_ == 0 && turned_away_;
  if (!may_be_the_rate) {
    if (turned_away_) shed_rate_.undo();
    quota_.turned_away(turned_away_.value_or(entry.order));
    turned_away_.reset();
  }
  const Duration longest = backoff_.throttled_base * (std::int64_t{1} << std::min(throttled_rounds_++, 5));
  pause_everybody(std::min(longest, backoff_.longest), now, random);
  if (may_be_the_rate) return shed_rate_.pause(pause_until_);
  window_.begin_again(1, now);  // it may not be over
}

TimePoint Pacer::gives_up_at() const {
  return unavailable_since_ ? *unavailable_since_ + outage_ : TimePoint::max();
}

std::optional<Stop> Pacer::outage(TimePoint now) const {
  const TimePoint gives_up = gives_up_at();
  if (gives_up != TimePoint::max() && pause_until_ > gives_up)
    return Stop{
        StopKind::outage, ExitCode::safety_limit,
        fmt::format("the server asks to wait {} ({}), longer than --outage allows. Run again then, or "
                    "raise --outage",
                    humane_duration(pause_until_ - now), unavailable_why_)};
  if (now < gives_up) return std::nullopt;
  return Stop{
      StopKind::outage, ExitCode::safety_limit,
      fmt::format("{} for {} ({}). Run again when it is back; --outage sets the patience",
                  proves_nothing_ ? "the server's answers proved nothing" : "the server was unavailable",
                  humane_duration(now - *unavailable_since_), unavailable_why_)};
}

std::string_view Pacer::trouble() const {
  return proves_nothing_ ? "answers that prove nothing" : "server unavailable";
}

// The cause stands last: a narrow terminal shows the rest of it.
std::string Pacer::patience_left(TimePoint now) const {
  if (!unavailable_since_) return "";
  const TimePoint at = std::max(std::min(gives_up_at(), gives_up_by_), now);
  return fmt::format("; giving up in {} ({})", humane_duration(at - now), unavailable_why_);
}

std::string Pacer::waiting_for(TimePoint now) const {
  if (breaker_state(now) == Breaker::State::open)
    return fmt::format("{}, probing in {}{}", trouble(), humane_duration(breaker_.opens_until() - now),
                       patience_left(now));
  if (now < pause_until_)
    return fmt::format("server asked to wait, {} left", humane_duration(pause_until_ - now));
  if (quota_.exhausted(now) || learned_.opens_at(now) > now)
    return fmt::format("the server's quota is used up, new one in {}",
                       humane_duration(std::max(quota_.opens_at(now), learned_.opens_at(now)) - now));
  return "";
}

}  // namespace bulkdrop::policy
