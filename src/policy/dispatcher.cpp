#include "bulkdrop/policy/dispatcher.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>

#include "bulkdrop/core/duration.hpp"

namespace bulkdrop::policy {
namespace {

// Rows that wait between two attempts are held in memory; beyond this many, no new row is taken.
constexpr std::size_t kHeldAtLeast = 1024;
constexpr std::size_t kHeldPerRequest = 4;
// Several clients that were told the same moment should not come back in it.
constexpr double kPauseJitter = 0.1;

std::string with_words(const std::string& what, const std::string& message) {
  return message.empty() ? what : fmt::format("{}: {}", what, message);
}

ExitCode exit_code_of(StopKind kind) {
  return kind == StopKind::auth ? ExitCode::not_allowed : ExitCode::usage;
}

}  // namespace

Dispatcher::Dispatcher(Limits limits, std::uint64_t seed)
    : limits_(limits), random_(seed), rate_(limits.rate), canary_left_(limits.canary) {
  assert(limits.concurrency > 0 && limits.attempts > 0);
}

bool Dispatcher::wants_row() const {
  if (stop_ || rows_ended_) return false;
  const std::size_t held = entries_.size() - free_.size();
  return fresh_.size() < limits_.concurrency &&
         held < std::max(kHeldAtLeast, kHeldPerRequest * limits_.concurrency);
}

Dispatcher::Ticket Dispatcher::take_entry() {
  if (free_.empty()) {
    entries_.emplace_back();
    return static_cast<Ticket>(entries_.size() - 1);
  }
  const Ticket ticket = free_.back();
  free_.pop_back();
  return ticket;
}

void Dispatcher::add(std::uint64_t row, std::string_view session_id) {
  if (stop_) return;
  if (limits_.max_sessions && added_ >= *limits_.max_sessions) {
    stop({StopKind::max_sessions, ExitCode::safety_limit,
          fmt::format("more than {} sessions (--max-sessions): stopped before the next one",
                      *limits_.max_sessions)});
    return;
  }
  ++added_;
  const Ticket ticket = take_entry();
  Entry& entry = entries_[ticket];
  entry.row = row;
  entry.session_id.assign(session_id);
  entry.attempts = entry.failures = entry.drop_errors = 0;
  entry.doubt = false;
  entry.reason = Reason::not_started;
  entry.http_status = 0;
  entry.error_code.reset();
  entry.message.clear();
  entry.request_id.clear();
  entry.first_sent.reset();
  entry.in_flight = false;
  entry.in_use = true;
  fresh_.push_back(ticket);
}

std::size_t Dispatcher::window(TimePoint now) const {
  switch (breaker_.state(now)) {
    case Breaker::State::open:
      return 0;
    case Breaker::State::half_open:
      return 1;
    case Breaker::State::closed:
      break;
  }
  return canary_left_ > 0 ? 1 : limits_.concurrency;
}

std::optional<Dispatcher::Order> Dispatcher::next(Moment now) {
  check_outage(now.mono);
  if (stop_ || in_flight_ >= window(now.mono) || now.mono < pause_until_ || now.mono < rate_.ready_at())
    return std::nullopt;
  const std::optional<Ticket> picked = pick(now.mono);
  if (!picked) return std::nullopt;
  const Ticket ticket = *picked;
  rate_.take(now.mono);
  Entry& entry = entries_[ticket];
  entry.in_flight = true;
  ++in_flight_;
  if (!entry.first_sent) entry.first_sent = now;
  return Order{ticket, entry.row, entry.session_id};
}

// A row that failed once is asked again as soon as its wait is over; one that keeps failing goes to the back
// of the line, behind every fresh row. A canary that has to be asked again comes before the next one.
std::optional<Dispatcher::Ticket> Dispatcher::pick(TimePoint now) {
  const bool fresh_may_go = !fresh_.empty() && (canary_left_ == 0 || parked_.empty());
  if (!parked_.empty() && parked_.top().due <= now) {
    const Ticket ticket = parked_.top().ticket;
    if (!fresh_may_go || entries_[ticket].failures <= 1) {
      parked_.pop();
      return ticket;
    }
  }
  if (!fresh_may_go) return std::nullopt;
  const Ticket ticket = fresh_.front();
  fresh_.pop_front();
  return ticket;
}

TimePoint Dispatcher::wakes_at(TimePoint now) const {
  if (stop_) return TimePoint::max();
  TimePoint at = TimePoint::max();
  if (!fresh_.empty() && (canary_left_ == 0 || parked_.empty())) at = now;
  if (!parked_.empty()) at = std::min(at, parked_.top().due);
  if (at == TimePoint::max()) return at;
  at = std::max({at, pause_until_, rate_.ready_at()});
  if (breaker_.state(now) == Breaker::State::open) {
    at = std::max(at, breaker_.opens_until());
  } else if (in_flight_ >= window(now)) {
    at = TimePoint::max();
  }
  // A run that waits for a server that is away must still give up in time.
  if (unavailable_since_) at = std::min(at, *unavailable_since_ + limits_.outage);
  return at;
}

void Dispatcher::park(Ticket ticket, TimePoint due) {
  parked_.push({due, parked_so_far_++, ticket});
}

void Dispatcher::check_outage(TimePoint now) {
  if (stop_ || !unavailable_since_ || now - *unavailable_since_ < limits_.outage) return;
  stop({StopKind::outage, ExitCode::safety_limit,
        fmt::format(
            "the server was unavailable for {} ({}). Run again when it is back; --outage sets the patience",
            humane_duration(now - *unavailable_since_), unavailable_why_)});
}

// What the answer says about the server as a whole.
void Dispatcher::note_server(const Entry& entry, const Judgement& judgement, TimePoint now) {
  const bool unavailable = judgement.verdict == Verdict::not_sent || judgement.verdict == Verdict::overload;
  if (unavailable) {
    if (!unavailable_since_) unavailable_since_ = now;
    unavailable_why_ = with_words(std::string(name(judgement.reason)), judgement.message);
    // A few sessions that fail again and again while the others do not are their own trouble, not the
    // server's.
    if (judgement.verdict == Verdict::not_sent || entry.failures == 0) breaker_.bad(now);
  } else {
    unavailable_since_.reset();
    breaker_.good();
  }
  if (judgement.documented) {
    trusted_once_ = true;
    run_wide_in_a_row_ = 0;
    throttled_rounds_ = 0;
  }
}

void Dispatcher::pause_everybody(Duration pause, TimePoint now) {
  const auto jitter = std::chrono::duration_cast<Duration>(pause * (kPauseJitter * random_.uniform()));
  pause_until_ = std::max(pause_until_, now + pause + jitter);
}

// Turned away as one too many: nobody sends for a while, for as long as the server says. If it does not say,
// the pause grows with every round of it; the answers of one window are one round.
void Dispatcher::note_throttled(const Judgement& judgement, TimePoint now) {
  ++totals_.throttled;
  if (judgement.pause) {
    pause_everybody(*judgement.pause, now);
  } else if (now >= pause_until_) {
    const Duration longest =
        limits_.backoff.throttled_base * (std::int64_t{1} << std::min(throttled_rounds_++, 5));
    pause_everybody(std::min(longest, limits_.backoff.longest), now);
  }
}

const Result* Dispatcher::settle(Ticket ticket, int wire_sends, const Judgement& judgement, Moment now) {
  Entry& entry = entries_[ticket];
  assert(entry.in_use && entry.in_flight);
  entry.in_flight = false;
  --in_flight_;
  const bool on_wire = wire_sends > 0;
  if (on_wire) {
    ++totals_.sent;
    if (entry.attempts > 0) ++totals_.retries;
    ++entry.attempts;
  } else if (entry.attempts == 0) {
    entry.first_sent.reset();
  }
  entry.reason = judgement.reason;
  entry.http_status = judgement.http_status;
  entry.error_code = judgement.error_code;
  entry.message.assign(judgement.message);
  entry.request_id.assign(judgement.request_id);
  if (judgement.doubt) {
    entry.doubt = true;
    entry.doubt_reason = judgement.reason;
    entry.doubt_message.assign(judgement.message);
  }
  note_server(entry, judgement, now.mono);
  const bool canary = canary_left_ > 0;
  if (canary && judgement.documented) --canary_left_;
  const Result* result = act(ticket, judgement, now);
  if (canary && result != nullptr && !judgement.documented)
    stop(
        {StopKind::canary, ExitCode::safety_limit,
         fmt::format(
             "the first session got no answer that the API documents ({}). Nothing else was sent; check that "
             "--url leads to the PAM server and that it is well",
             with_words(std::string(name(judgement.reason)), judgement.message))});
  return result;
}

const Result* Dispatcher::act(Ticket ticket, const Judgement& judgement, Moment now) {
  Entry& entry = entries_[ticket];
  switch (judgement.verdict) {
    case Verdict::dropped:
      return finish(ticket, Status::dropped, Reason::ok, now);
    case Verdict::refused:
      return finish_unproven(ticket, Status::failed, judgement.reason, now);
    case Verdict::drop_error:
      // The documented answer for a wrong ID, a failed drop and a session that had ended: asking once more
      // tells a passing failure from the other two.
      if (++entry.drop_errors >= 2) return finish_unproven(ticket, Status::failed, judgement.reason, now);
      return retry(ticket, judgement, limits_.backoff.base, now);
    case Verdict::not_sent:
      return retry(ticket, judgement, limits_.backoff.base, now);
    case Verdict::throttled:
      note_throttled(judgement, now.mono);
      return retry(ticket, judgement, limits_.backoff.throttled_base, now);
    case Verdict::overload:
      if (judgement.pause) pause_everybody(*judgement.pause, now.mono);
      return retry(ticket, judgement, limits_.backoff.base, now);
    case Verdict::untrusted:
      return retry(ticket, judgement, limits_.backoff.base, now);
    case Verdict::auth:
      return retry(ticket, judgement, Duration::zero(), now);
    case Verdict::run_wide: {
      // Confirmed by several answers in a row, or by a session that has no attempt left on a server that
      // never answered as documented.
      const bool last_attempt = entry.attempts >= limits_.attempts && !trusted_once_;
      if (++run_wide_in_a_row_ >= kConfirmations || last_attempt)
        stop({judgement.stop, exit_code_of(judgement.stop),
              with_words(fmt::format("every request is refused alike ({})", name(judgement.reason)),
                         fmt::format("{}. {}", judgement.message, judgement.advice))});
      return retry(ticket, judgement, limits_.backoff.base, now);
    }
  }
  return nullptr;
}

// Back to the line, unless the row has no attempt left or the run no time.
const Result* Dispatcher::retry(Ticket ticket, const Judgement& judgement, Duration first_wait, Moment now) {
  Entry& entry = entries_[ticket];
  if (stop_)
    return finish_unproven(ticket, judgement.verdict == Verdict::drop_error ? Status::failed : Status::unsent,
                           judgement.reason, now);
  if (entry.attempts >= limits_.attempts && judgement.verdict != Verdict::not_sent) {
    // What is refused alike for every session is not this session's failure, unless others got through.
    const bool for_all =
        judgement.verdict == Verdict::auth || (judgement.verdict == Verdict::run_wide && !trusted_once_);
    return finish_unproven(ticket, for_all ? Status::unsent : Status::failed, judgement.reason, now);
  }
  const Duration wait =
      first_wait == Duration::zero() ? first_wait : limits_.backoff.wait(first_wait, entry.failures, random_);
  ++entry.failures;
  park(ticket, now.mono + wait);
  return nullptr;
}

const Result* Dispatcher::finish_unproven(Ticket ticket, Status without_doubt, Reason reason, Moment now) {
  Entry& entry = entries_[ticket];
  if (!entry.doubt) return finish(ticket, without_doubt, reason, now);
  // Sticky doubt: a refusal that follows an attempt which may have been executed proves nothing.
  if (reason != entry.doubt_reason) {
    entry.message = fmt::format("{} (then {}{})",
                                entry.doubt_message.empty() ? name(entry.doubt_reason) : entry.doubt_message,
                                name(reason), entry.message.empty() ? "" : ": " + entry.message);
  }
  return finish(ticket, Status::unknown, entry.doubt_reason, now);
}

const Result* Dispatcher::finish(Ticket ticket, Status status, Reason reason, Moment now) {
  Entry& entry = entries_[ticket];
  result_.row = entry.row;
  result_.session_id.assign(entry.session_id);
  result_.status = status;
  result_.reason = reason;
  result_.http_status = entry.http_status;
  result_.error_code = entry.error_code;
  result_.message.assign(entry.message);
  result_.request_id.assign(entry.request_id);
  result_.attempts = entry.attempts;
  if (entry.first_sent && entry.attempts > 0) {
    result_.first_sent_at = entry.first_sent->wall;
    result_.duration_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(now.mono - entry.first_sent->mono).count();
  } else {
    result_.first_sent_at.reset();
    result_.duration_ms.reset();
  }
  result_.finished_at = now.wall;
  entry.in_use = false;
  free_.push_back(ticket);
  return &result_;
}

void Dispatcher::stop(Stop why) {
  if (!stop_) stop_ = std::move(why);
}

bool Dispatcher::finished() const {
  if (in_flight_ > 0) return false;
  return stop_ || (rows_ended_ && fresh_.empty() && parked_.empty());
}

const Result* Dispatcher::abandon(Moment now) {
  for (; abandon_next_ < entries_.size(); ++abandon_next_) {
    const Entry& entry = entries_[abandon_next_];
    if (entry.in_use && !entry.in_flight)
      return finish_unproven(abandon_next_, Status::unsent, entry.reason, now);
  }
  return nullptr;
}

std::string Dispatcher::waiting_for(TimePoint now) const {
  if (stop_) return in_flight_ > 0 ? fmt::format("stopping, {} in flight", in_flight_) : "";
  if (breaker_.state(now) == Breaker::State::open)
    return fmt::format("server unavailable, probing in {}", humane_duration(breaker_.opens_until() - now));
  if (now < pause_until_)
    return fmt::format("server asked to wait, {} left", humane_duration(pause_until_ - now));
  if (unavailable_since_ && in_flight_ == 0 && !parked_.empty())
    return fmt::format("{}; trying again", unavailable_why_);
  return "";
}

}  // namespace bulkdrop::policy
