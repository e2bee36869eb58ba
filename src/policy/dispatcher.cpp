#include "bulkdrop/policy/dispatcher.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>

#include "bulkdrop/core/duration.hpp"
#include "bulkdrop/core/text.hpp"

namespace bulkdrop::policy {
namespace {

// Rows that wait between two attempts are held in memory; beyond this many, no new row is taken.
constexpr std::size_t kHeldAtLeast = 1024;
constexpr std::size_t kHeldPerRequest = 4;
constexpr std::size_t kMaxMessageBytes = 500;  // as a Result may hold
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
    : limits_(limits),
      random_(seed),
      rate_(limits.rate),
      window_(limits.concurrency, !limits.adapt),
      canary_left_(limits.canary) {
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

bool Dispatcher::add(std::uint64_t row, std::string_view session_id) {
  if (stop_) return false;
  if (limits_.max_sessions && added_ >= *limits_.max_sessions) {
    rows_ended_ = true;
    stop_when_done_ = Stop{StopKind::max_sessions, ExitCode::safety_limit,
                           fmt::format("more than {} sessions (--max-sessions): stopped before the next one",
                                       *limits_.max_sessions)};
    check_limit();
    return false;
  }
  ++added_;
  const Ticket ticket = take_entry();
  Entry& entry = entries_[ticket];
  entry.row = row;
  entry.session_id.assign(session_id);
  entry.attempts = entry.failures = entry.drop_errors = 0;
  entry.accused_in = 0;
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
  return true;
}

// When no fresh row is left, those that remain have failed before: a breaker could no longer tell a server
// that answers nobody from a few sessions that it never answers for. Their attempts are counted, so it may
// stand aside. A server that can't be reached at all costs no attempts: there it stays.
Breaker::State Dispatcher::breaker_state(TimePoint now) const {
  const bool applies = !rows_ended_ || !fresh_.empty() || unreachable_;
  return applies ? breaker_.state(now) : Breaker::State::closed;
}

std::size_t Dispatcher::window(TimePoint now) const {
  switch (breaker_state(now)) {
    case Breaker::State::open:
      return 0;
    case Breaker::State::half_open:
      return 1;
    case Breaker::State::closed:
      break;
  }
  return canary_left_ > 0 ? 1 : window_.size();
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
  const auto first_of = [now](Line& line) -> std::optional<Ticket> {
    if (line.empty() || line.top().due > now) return std::nullopt;
    const Ticket ticket = line.top().ticket;
    line.pop();
    return ticket;
  };
  // A probe of a server in doubt should not be a session that may itself be the trouble.
  const bool probing = breaker_state(now) == Breaker::State::half_open;
  if (!probing || !fresh_may_go())
    if (const auto ticket = first_of(parked_)) return ticket;
  if (!fresh_may_go()) return first_of(back_of_line_);
  const Ticket ticket = fresh_.front();
  fresh_.pop_front();
  return ticket;
}

bool Dispatcher::fresh_may_go() const {
  return !fresh_.empty() && (canary_left_ == 0 || waiting() == 0);
}

TimePoint Dispatcher::wakes_at(TimePoint now) const {
  if (stop_) return TimePoint::max();
  TimePoint at = TimePoint::max();
  if (fresh_may_go()) at = now;
  for (const Line* line : {&parked_, &back_of_line_})
    if (!line->empty()) at = std::min(at, line->top().due);
  at = std::max({at, pause_until_, rate_.ready_at()});
  if (breaker_state(now) == Breaker::State::open) {
    at = std::max(at, breaker_.opens_until());
  } else if (in_flight_ >= window(now)) {
    at = TimePoint::max();
  }
  // A run that waits for a server that is away must still give up in time.
  if (unavailable_since_) at = std::min(at, *unavailable_since_ + limits_.outage);
  return at;
}

void Dispatcher::park(Ticket ticket, TimePoint due) {
  Line& line = entries_[ticket].failures <= 1 ? parked_ : back_of_line_;
  line.push({due, parked_so_far_++, ticket});
}

void Dispatcher::check_outage(TimePoint now) {
  if (stop_ || !unavailable_since_ || now - *unavailable_since_ < limits_.outage) return;
  stop({StopKind::outage, ExitCode::safety_limit,
        fmt::format(
            "the server was unavailable for {} ({}). Run again when it is back; --outage sets the patience",
            humane_duration(now - *unavailable_since_), unavailable_why_)});
}

void Dispatcher::check_limit() {
  if (stop_when_done_ && entries_.size() == free_.size()) stop(*stop_when_done_);
}

// What the answer says about the server as a whole.
void Dispatcher::note_server(const Entry& entry, const Judgement& judgement, TimePoint now) {
  switch (judgement.verdict) {
    case Verdict::not_sent:
    case Verdict::overload:
    // An answer that proves nothing (a maintenance page, say) is no better than none: if everybody gets it,
    // waiting is better than using up every row's attempts on it.
    case Verdict::untrusted:
      if (!unavailable_since_) unavailable_since_ = now;
      unavailable_why_ = with_words(std::string(name(judgement.reason)), judgement.message);
      unreachable_ = judgement.verdict == Verdict::not_sent;
      // A session that fails again and again while others do not is its own trouble, not the server's.
      if (unreachable_ || entry.failures == 0 || breaker_state(now) != Breaker::State::closed) {
        breaker_.bad(entry.row, now);
        window_.bad(now);
      }
      break;
    case Verdict::throttled:
      // Something is there, but no reason to send more.
      unavailable_since_.reset();
      unreachable_ = false;
      window_.bad(now);
      break;
    default:
      unavailable_since_.reset();
      unreachable_ = false;
      breaker_.good(now);
      window_.good(in_flight_ + 1);
      break;
  }
  if (judgement.documented) {
    trusted_once_ = true;
    run_wide_in_a_row_ = 0;
    ++run_wide_round_;
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
  // A pause of nothing is a rounded one, not an invitation to ask all at once.
  if (judgement.pause && *judgement.pause > Duration::zero()) {
    pause_everybody(*judgement.pause, now);
  } else if (now >= pause_until_) {
    const Duration longest =
        limits_.backoff.throttled_base * (std::int64_t{1} << std::min(throttled_rounds_++, 5));
    pause_everybody(std::min(longest, limits_.backoff.longest), now);
  }
}

Dispatcher::Order Dispatcher::order(Ticket ticket) const {
  return {ticket, entries_[ticket].row, entries_[ticket].session_id};
}

const Result* Dispatcher::settle(Ticket ticket, int wire_sends, const Judgement& judgement, Moment now) {
  Entry& entry = entries_[ticket];
  assert(entry.in_use && entry.in_flight);
  entry.in_flight = false;
  --in_flight_;
  // Doubt means that a request may have been out, whatever was counted.
  const bool on_wire = wire_sends > 0 || judgement.doubt;
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
  const Result* result = act(ticket, judgement, on_wire, now);
  if (canary && result != nullptr && !judgement.documented)
    stop(
        {StopKind::canary, ExitCode::safety_limit,
         fmt::format(
             "the first session got no answer that the API documents ({}). Nothing else was sent; check that "
             "--url leads to the PAM server and that it is well",
             with_words(std::string(name(judgement.reason)), judgement.message))});
  return result;
}

const Result* Dispatcher::act(Ticket ticket, const Judgement& judgement, bool on_wire, Moment now) {
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
      if (is_confirmed(entry, on_wire) || last_attempt)
        stop({judgement.stop, exit_code_of(judgement.stop),
              with_words(fmt::format("every request is refused alike ({})", name(judgement.reason)),
                         fmt::format("{}. {}", judgement.message, judgement.advice))});
      return retry(ticket, judgement, limits_.backoff.base, now);
    }
  }
  return nullptr;
}

// Counts the answers in a row that say that something is wrong for every session. What keeps a request from
// leaving at all (a certificate) has nothing to do with its row.
bool Dispatcher::is_confirmed(Entry& entry, bool on_wire) {
  const bool counts = !trusted_once_ || !on_wire || entry.accused_in != run_wide_round_;
  entry.accused_in = run_wide_round_;
  if (counts) ++run_wide_in_a_row_;
  return run_wide_in_a_row_ >= kConfirmations;
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
  if (judgement.verdict != Verdict::auth) ++entry.failures;  // an old token is not the row's failure
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
    entry.message = shortened(entry.message, kMaxMessageBytes);
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
  check_limit();
  // With nobody left to ask for, time that passes is no outage.
  if (free_.size() == entries_.size()) unavailable_since_.reset();
  return &result_;
}

void Dispatcher::stop(Stop why) {
  if (!stop_) stop_ = std::move(why);
}

bool Dispatcher::finished() const {
  if (in_flight_ > 0) return false;
  return stop_ || (rows_ended_ && fresh_.empty() && waiting() == 0);
}

const Result* Dispatcher::abandon(Moment now) {
  for (; abandon_next_ < entries_.size(); ++abandon_next_) {
    const Entry& entry = entries_[abandon_next_];
    if (entry.in_use && !entry.in_flight)
      return finish_unproven(abandon_next_,
                             entry.reason == Reason::drop_error ? Status::failed : Status::unsent,
                             entry.reason, now);
  }
  return nullptr;
}

std::string Dispatcher::waiting_for(TimePoint now) const {
  if (stop_) return in_flight_ > 0 ? fmt::format("stopping, {} in flight", in_flight_) : "";
  if (breaker_state(now) == Breaker::State::open)
    return fmt::format("server unavailable, probing in {}", humane_duration(breaker_.opens_until() - now));
  if (now < pause_until_)
    return fmt::format("server asked to wait, {} left", humane_duration(pause_until_ - now));
  if (unavailable_since_ && in_flight_ == 0 && waiting() > 0)
    return fmt::format("{}; trying again", unavailable_why_);
  return "";
}

}  // namespace bulkdrop::policy
