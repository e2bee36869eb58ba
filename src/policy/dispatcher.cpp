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

std::string_view without_full_stop(std::string_view sentence) {
  while (sentence.ends_with('.')) sentence.remove_suffix(1);
  return sentence;
}

// What came after the attempt that left the doubt. A row that is taken up again has it in its message
// already.
constexpr std::string_view kThen = " (then ";

std::string_view without_sequel(std::string_view message) {
  return message.substr(0, message.find(kThen));
}

bool waits_for_second_try(const Entry& entry) {
  return !entry.in_flight && entry.attempts > 0 && entry.reason == Reason::drop_error;
}

ExitCode exit_code_of(StopKind kind) {
  return kind == StopKind::auth ? ExitCode::not_allowed : ExitCode::usage;
}

}  // namespace

Dispatcher::Dispatcher(Limits limits, std::uint64_t seed)
    : limits_(limits),
      random_(seed),
      pacer_(limits),
      guard_(limits.max_failures),
      canary_left_(limits.canary) {
  assert(limits.concurrency > 0 && limits.attempts > 0);
}

bool Dispatcher::wants_row() const {
  if (stop_ || rows_ended_) return false;
  return queue_.fresh() < limits_.concurrency &&
         queue_.held() < std::max(kHeldAtLeast, kHeldPerRequest * limits_.concurrency);
}

bool Dispatcher::add(std::uint64_t row, std::string_view session_id, const Past* past) {
  if (stop_) return false;
  if (limits_.max_sessions && added_ >= *limits_.max_sessions) {
    end_of_rows();
    stop_when_done_ = Stop{StopKind::max_sessions, ExitCode::safety_limit,
                           fmt::format("more than {} sessions (--max-sessions): stopped before the next one",
                                       *limits_.max_sessions)};
    check_limit();
    return false;
  }
  ++added_;
  queue_.add(row, session_id, past);
  return true;
}

void Dispatcher::end_of_rows() {
  rows_ended_ = true;
  look_at_the_tail();
}

void Dispatcher::look_at_the_tail() {
  pacer_.only_failed_rows_left(rows_ended_ && queue_.fresh() == 0);
}

std::size_t Dispatcher::window(TimePoint now) const {
  return canary_left_ > 0 ? std::min<std::size_t>(1, pacer_.window(now)) : pacer_.window(now);
}

// A canary that has to be asked again comes before the next one.
bool Dispatcher::fresh_may_go() const {
  return queue_.fresh() > 0 && (canary_left_ == 0 || queue_.waiting() == 0) && guard_.may_begin(in_flight_);
}

std::optional<Dispatcher::Order> Dispatcher::next(Moment now) {
  check_deadline(now.mono);
  if (!stop_)
    if (auto outage = pacer_.outage(now.mono)) stop(std::move(*outage));
  if (stop_ || in_flight_ >= window(now.mono) || !pacer_.open(now.mono)) return std::nullopt;
  // A probe of a server in doubt should not be a session that may itself be the trouble.
  const std::optional<Ticket> ticket =
      queue_.pick(now.mono, {.fresh_may_go = fresh_may_go(), .fresh_first = pacer_.prefers_fresh(now.mono)});
  if (!ticket) return std::nullopt;
  look_at_the_tail();
  Entry& entry = queue_[*ticket];
  if (waits_for_second_try(entry)) guard_.asked_again();
  entry.in_flight = true;
  entry.sent = now.mono;
  entry.at_once = ++in_flight_;
  entry.order = pacer_.took(now.mono);
  if (!entry.first_sent) entry.first_sent = now;
  return Order{*ticket, entry.row, entry.session_id};
}

TimePoint Dispatcher::wakes_at(TimePoint now) const {
  if (stop_) return TimePoint::max();
  TimePoint at = fresh_may_go() ? now : queue_.due_at();
  at = std::max(at, pacer_.opens_at(now));
  // An open breaker has no window, but opens by the passing of time; a full window does not.
  if (const std::size_t most = window(now); most > 0 && in_flight_ >= most)
    at = std::max(at, pacer_.widens_at(now));
  // A run that waits for a server that is away must still give up in time.
  at = std::min(at, pacer_.gives_up_at());
  return deadline_ && has_work() ? std::min(at, *deadline_) : at;
}

// Rows that wait for a request, or may still come.
bool Dispatcher::has_work() const {
  return !rows_ended_ || queue_.held() > in_flight_;
}

void Dispatcher::check_deadline(TimePoint now) {
  if (!limits_.deadline) return;
  if (!deadline_) deadline_ = now + *limits_.deadline;
  if (now < *deadline_ || !has_work()) return;
  stop({StopKind::deadline, ExitCode::deadline,
        fmt::format("the deadline has come ({} after the start): no further session is asked for",
                    humane_duration(*limits_.deadline))});
}

void Dispatcher::check_failures() {
  if (auto too_many = guard_.stop(in_flight_)) stop(std::move(*too_many));
}

void Dispatcher::check_limit() {
  if (stop_when_done_ && queue_.held() == 0) stop(*stop_when_done_);
}

Dispatcher::Order Dispatcher::order(Ticket ticket) const {
  return {ticket, queue_[ticket].row, queue_[ticket].session_id};
}

const Result* Dispatcher::settle(Ticket ticket, int wire_sends, const Judgement& judgement, Moment now) {
  Entry& entry = queue_[ticket];
  assert(entry.in_use && entry.in_flight);
  entry.in_flight = false;
  --in_flight_;
  // Doubt means that a request may have been out, whatever was counted.
  const bool on_wire = wire_sends > 0 || judgement.doubt;
  if (judgement.http_status != 0)
    entry.answer_us = std::chrono::duration_cast<std::chrono::microseconds>(now.mono - entry.sent).count();
  note(entry, on_wire, judgement);
  pacer_.answered(entry, judgement, in_flight_, now.mono, random_);
  if (judgement.documented) confirmations_.disproved();
  const bool canary = canary_left_ > 0;
  if (canary && judgement.documented) --canary_left_;
  const Result* result = act(ticket, judgement, on_wire, now);
  if (canary && result != nullptr && !judgement.documented)
    stop(
        {StopKind::canary, ExitCode::safety_limit,
         fmt::format(
             "the first session got no answer that the API documents ({}). Nothing else was sent; check that "
             "--url leads to the PAM server and that it is well",
             labelled(name(judgement.reason), judgement.message))});
  return result;
}

bool Dispatcher::doubt(std::uint64_t row, Reason reason, std::string_view why) {
  Entry* const entry = queue_.find(row);
  if (entry == nullptr) return false;
  entry->doubt = true;
  entry->doubt_reason = reason;
  entry->doubt_message.assign(why);
  return true;
}

void Dispatcher::stood_still(Duration lost, TimePoint now) {
  for (Ticket ticket = 0; ticket < queue_.tickets(); ++ticket) {
    Entry& entry = queue_[ticket];
    if (entry.in_use && entry.in_flight) entry.sent = std::min(entry.sent + lost, now);
  }
  pacer_.stood_still(lost, now);
}

// What the row remembers of this answer.
void Dispatcher::note(Entry& entry, bool on_wire, const Judgement& judgement) {
  if (on_wire) {
    ++totals_.sent;
    if (entry.attempts > 0) ++totals_.retries;
    ++entry.attempts;
  } else if (entry.attempts == 0) {
    entry.first_sent.reset();
  }
  if (judgement.verdict == Verdict::throttled) {
    ++totals_.throttled;
    ++entry.throttled;
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
}

const Result* Dispatcher::act(Ticket ticket, const Judgement& judgement, bool on_wire, Moment now) {
  Entry& entry = queue_[ticket];
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
    case Verdict::throttled:
      return retry(ticket, judgement, limits_.backoff.throttled_base, now);
    case Verdict::not_sent:
    case Verdict::overload:
    case Verdict::untrusted:
      return retry(ticket, judgement, limits_.backoff.base, now);
    case Verdict::auth:
      return retry(ticket, judgement, Duration::zero(), now);
    case Verdict::run_wide:
      return act_on_run_wide(ticket, judgement, on_wire, now);
  }
  return nullptr;
}

// Believed after several answers in a row, or when a session has no attempt left on a server that never
// answered as documented. Where others get through, it is this session's own: asked once more behind them,
// then failed.
const Result* Dispatcher::act_on_run_wide(Ticket ticket, const Judgement& judgement, bool on_wire,
                                          Moment now) {
  Entry& entry = queue_[ticket];
  const bool believed = confirmations_.accused(entry, on_wire);
  const bool last_attempt = entry.attempts >= limits_.attempts && !confirmations_.trusted();
  if (believed || last_attempt) {
    stop({judgement.stop, exit_code_of(judgement.stop),
          labelled(fmt::format("every request is refused alike ({})", name(judgement.reason)),
                   fmt::format("{}. {}", without_full_stop(judgement.message), judgement.advice))});
  } else if (confirmations_.trusted() && on_wire) {
    if (entry.accusations > 1) return finish_unproven(ticket, Status::failed, judgement.reason, now);
    ++entry.failures;  // to the back of the line
  }
  return retry(ticket, judgement, limits_.backoff.base, now);
}

// Back to the line, unless the row has no attempt left or the run no time.
const Result* Dispatcher::retry(Ticket ticket, const Judgement& judgement, Duration first_wait, Moment now) {
  Entry& entry = queue_[ticket];
  const bool exhausted = entry.attempts >= limits_.attempts && judgement.verdict != Verdict::not_sent;
  if (stop_) {
    const Status status = judgement.verdict == Verdict::drop_error ? Status::failed : Status::unsent;
    return exhausted ? finish_unproven(ticket, status, judgement.reason, now)
                     : finish_cut_short(ticket, status, judgement.reason, now);
  }
  if (exhausted) {
    // What is refused alike for every session is not this session's failure, unless others got through.
    const bool for_all = judgement.verdict == Verdict::auth || judgement.verdict == Verdict::throttled ||
                         (judgement.verdict == Verdict::run_wide && !confirmations_.trusted());
    return finish_unproven(ticket, for_all ? Status::unsent : Status::failed, judgement.reason, now);
  }
  const Duration wait =
      first_wait == Duration::zero() ? first_wait : limits_.backoff.wait(first_wait, entry.failures, random_);
  if (judgement.verdict != Verdict::auth) ++entry.failures;  // an old token is not the row's failure
  if (waits_for_second_try(entry)) guard_.refused_once();
  queue_.park(ticket, now.mono + wait);
  return nullptr;
}

const Result* Dispatcher::finish_unproven(Ticket ticket, Status without_doubt, Reason reason, Moment now) {
  Entry& entry = queue_[ticket];
  if (!entry.doubt) return finish(ticket, without_doubt, reason, now);
  // Sticky doubt: a refusal that follows an attempt which may have been executed proves nothing.
  if (reason == Reason::not_started || reason == entry.doubt_reason) {
    entry.message = entry.doubt_message;
  } else {
    const std::string_view doubt = without_sequel(entry.doubt_message);
    entry.message = fmt::format("{}{}{})", doubt.empty() ? name(entry.doubt_reason) : doubt, kThen,
                                labelled(name(reason), entry.message));
    entry.message = shortened(entry.message, kMaxMessageBytes);
  }
  return finish(ticket, Status::unknown, entry.doubt_reason, now);
}

// The run ends before the row has had what it was to have.
const Result* Dispatcher::finish_cut_short(Ticket ticket, Status without_doubt, Reason reason, Moment now) {
  finish_unproven(ticket, without_doubt, reason, now);
  result_.cut_short = result_.status != Status::unsent;  // those are sent again in any case
  return &result_;
}

const Result* Dispatcher::finish(Ticket ticket, Status status, Reason reason, Moment now) {
  const Entry& entry = queue_[ticket];
  result_.row = entry.row;
  result_.session_id.assign(entry.session_id);
  result_.status = status;
  result_.cut_short = false;
  result_.reason = reason;
  result_.http_status = entry.http_status;
  result_.error_code = entry.error_code;
  result_.message.assign(entry.message);
  result_.request_id.assign(entry.request_id);
  result_.attempts = entry.past.attempts + entry.attempts;
  result_.throttled = entry.past.throttled + entry.throttled;
  result_.answer_us = entry.answer_us;
  if (entry.past.first_sent_at) {
    result_.first_sent_at = entry.past.first_sent_at;
    result_.duration_ms = std::max<std::int64_t>(0, (now.wall - *entry.past.first_sent_at).count());
  } else if (entry.first_sent && entry.attempts > 0) {
    result_.first_sent_at = entry.first_sent->wall;
    result_.duration_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(now.mono - entry.first_sent->mono).count();
  } else {
    result_.first_sent_at.reset();
    result_.duration_ms.reset();
  }
  result_.finished_at = now.wall;
  queue_.release(ticket);
  guard_.settled(status);
  check_failures();
  check_limit();
  if (queue_.held() == 0) pacer_.idle();
  return &result_;
}

void Dispatcher::stop(Stop why) {
  if (!stop_) stop_ = std::move(why);
}

bool Dispatcher::finished() const {
  if (in_flight_ > 0) return false;
  return stop_ || (rows_ended_ && queue_.held() == 0);
}

const Result* Dispatcher::abandon(Moment now) {
  for (; abandon_next_ < queue_.tickets(); ++abandon_next_) {
    const Entry& entry = queue_[abandon_next_];
    if (!entry.in_use || entry.in_flight) continue;
    if ((entry.past.recorded || entry.past.doubt) && entry.attempts == 0) {
      queue_.release(abandon_next_);
    } else {
      return finish_cut_short(abandon_next_,
                              entry.reason == Reason::drop_error ? Status::failed : Status::unsent,
                              entry.reason, now);
    }
  }
  return nullptr;
}

std::string Dispatcher::waiting_for(TimePoint now) const {
  if (stop_) return in_flight_ > 0 ? fmt::format("stopping, {} in flight", in_flight_) : "";
  std::string why = pacer_.waiting_for(now);
  if (why.empty() && unavailable() && in_flight_ == 0 && waiting() > 0)
    why = (proves_nothing() ? "answers that prove nothing, trying again" : "trying again") +
          pacer_.patience_left(now);
  return why;
}

std::string Dispatcher::probing(TimePoint now) const {
  if (stop_ || !unavailable() || pacer_.breaker_state(now) != Breaker::State::half_open) return "";
  return fmt::format("{}, probing now{}", pacer_.trouble(), pacer_.patience_left(now));
}

}  // namespace bulkdrop::policy
