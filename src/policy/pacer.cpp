#include "bulkdrop/policy/pacer.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bulkdrop/core/duration.hpp"
#include "bulkdrop/core/text.hpp"

namespace bulkdrop::policy {
namespace {

// Several clients that were told the same moment should not come back in it.
constexpr double kPauseJitter = 0.1;

}  // namespace

Pacer::Pacer(const Limits& limits)
    : backoff_(limits.backoff),
      outage_(limits.outage),
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
      return 1;
    case Breaker::State::closed:
      break;
  }
  return window_.size();
}

TimePoint Pacer::opens_at(TimePoint now) const {
  const TimePoint at = std::max(pause_until_, rate_.ready_at());
  return breaker_state(now) == Breaker::State::open ? std::max(at, breaker_.opens_until()) : at;
}

void Pacer::answered(const Entry& entry, const Judgement& judgement, std::size_t in_flight, TimePoint now,
                     Random& random) {
  switch (judgement.verdict) {
    case Verdict::not_sent:
    case Verdict::overload:
    // An answer that proves nothing (a maintenance page, say) is no better than none: if everybody gets it,
    // waiting is better than using up every row's attempts on it.
    case Verdict::untrusted:
      bad(entry, judgement, now);
      if (judgement.pause) pause_everybody(*judgement.pause, now, random);
      break;
    case Verdict::throttled:
      // Something is there, but as long as it lets nothing through it is of no use.
      if (!unavailable_since_) unavailable_since_ = now;
      unavailable_why_ = labelled(name(judgement.reason), judgement.message);
      unreachable_ = false;
      window_.bad(now);
      throttled(judgement, now, random);
      break;
    default:
      idle();
      unreachable_ = false;
      breaker_.good(now);
      window_.good(in_flight + 1);
      break;
  }
  if (judgement.documented) throttled_rounds_ = 0;
}

void Pacer::bad(const Entry& entry, const Judgement& judgement, TimePoint now) {
  if (!unavailable_since_) unavailable_since_ = now;
  unavailable_why_ = labelled(name(judgement.reason), judgement.message);
  unreachable_ = judgement.verdict == Verdict::not_sent;
  // A session that fails again and again while others do not is its own trouble, not the server's.
  if (!unreachable_ && entry.failures > 0 && breaker_state(now) == Breaker::State::closed) return;
  breaker_.bad(entry.row, now);
  window_.bad(now);
}

void Pacer::pause_everybody(Duration pause, TimePoint now, Random& random) {
  const auto jitter = std::chrono::duration_cast<Duration>(pause * (kPauseJitter * random.uniform()));
  pause_until_ = std::max(pause_until_, now + pause + jitter);
}

// Turned away as one too many: nobody sends for a while, for as long as the server says. If it does not say,
// the pause grows with every round of it; the answers of one window are one round.
void Pacer::throttled(const Judgement& judgement, TimePoint now, Random& random) {
  // A pause of nothing is a rounded one, not an invitation to ask all at once.
  if (judgement.pause && *judgement.pause > Duration::zero()) {
    pause_everybody(*judgement.pause, now, random);
  } else if (now >= pause_until_) {
    const Duration longest = backoff_.throttled_base * (std::int64_t{1} << std::min(throttled_rounds_++, 5));
    pause_everybody(std::min(longest, backoff_.longest), now, random);
  }
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
  return Stop{StopKind::outage, ExitCode::safety_limit,
              fmt::format("the server was unavailable for {} ({}). Run again when it is back; --outage sets "
                          "the patience",
                          humane_duration(now - *unavailable_since_), unavailable_why_)};
}

std::string Pacer::waiting_for(TimePoint now) const {
  if (breaker_state(now) == Breaker::State::open)
    return fmt::format("server unavailable, probing in {}", humane_duration(breaker_.opens_until() - now));
  if (now < pause_until_)
    return fmt::format("server asked to wait, {} left", humane_duration(pause_until_ - now));
  return "";
}

}  // namespace bulkdrop::policy
