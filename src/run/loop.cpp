#include "bulkdrop/run/loop.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "bulkdrop/core/secret.hpp"
#include "bulkdrop/core/session_id.hpp"
#include "bulkdrop/run/outcome.hpp"
#include "bulkdrop/run/sentences.hpp"
#include "bulkdrop/run/token_request.hpp"

namespace bulkdrop::run {
namespace {

constexpr int kRowsPerTurn = 4096;
constexpr std::uint64_t kTokenTicket = ~std::uint64_t{0};

// Twice as long as the slowest answer took, within these bounds.
constexpr std::string_view kOrElsewhere =
    "If the login is good, the gateway has the API elsewhere: check --url and --drop-path";
constexpr Duration kListenAtLeast = std::chrono::milliseconds(50);
constexpr Duration kListenAtMost = std::chrono::seconds(2);

// A drop's ticket carries the generation of the token that it was sent with.
std::uint64_t ticket_of(policy::Dispatcher::Ticket ticket, std::uint64_t generation) {
  return (generation << 32) | ticket;
}

// The result of a row that is never sent.
Result settled_by_input(const Row& row, Moment now) {
  Result result;
  result.row = row.number;
  result.session_id = std::string(row.session_id);
  result.status = row.admission == Admission::invalid     ? Status::invalid
                  : row.admission == Admission::duplicate ? Status::duplicate
                                                          : Status::protected_;
  result.reason = row.reason;
  result.message = std::string(row.message);
  result.finished_at = now.wall;
  return result;
}

}  // namespace

Duration listening_time(Duration slowest_answer) {
  return std::clamp(2 * slowest_answer, kListenAtLeast, kListenAtMost);
}

Loop::Loop(Parts parts, pam::Endpoints endpoints)
    : parts_(parts),
      endpoints_(std::move(endpoints)),
      url_(endpoints_.drop),
      contact_(parts.dispatcher.outage(), parts.dispatcher.first_answer()) {}

void Loop::run() {
  auto& [clock, dispatcher, pool, credentials, rows, recorder, supervisor] = parts_;
  while (!dispatcher.finished()) {
    excuse_standstill();
    if (auto stop = contact_.stop(clock.now())) dispatcher.stop(std::move(*stop));
    const TimePoint looks_again = supervisor.look(dispatcher, clock.moment());
    feed();
    renew_token();
    send();
    wait(wakes_at(looks_again));
  }
  await_strays();
  abandon();
}

// Bounded: a million rows that need no request must not keep a signal waiting.
void Loop::feed() {
  auto& dispatcher = parts_.dispatcher;
  more_to_feed_ = false;
  for (int rows = 0; dispatcher.wants_row(); ++rows) {
    if (rows == kRowsPerTurn) {
      more_to_feed_ = true;
      return;
    }
    if (!holds_row_) {
      if (!take_row()) return;
      holds_row_ = true;
    }
    if (held_.admission != Admission::to_drop) {
      const Moment now = parts_.clock.moment();
      const Result result = settled_by_input(held_, now);
      parts_.recorder.accept(result, now);
      parts_.supervisor.settled(result);
    } else if (!parts_.recorder.may_send(held_.number)) {
      return;
    } else if (dispatcher.add(held_.number, held_.session_id, parts_.feed.past())) {
      taken_ = held_.number + 1;
    }
    holds_row_ = false;
  }
}

// The next row into held_; false if there is none now. Input that breaks in the middle of a stream ends the
// run, but what is in flight is still awaited.
bool Loop::take_row() {
  try {
    const Feed::Fed fed = parts_.feed.next(held_);
    if (fed == Feed::Fed::row) parts_.supervisor.took(held_);
    if (fed == Feed::Fed::ended) parts_.dispatcher.end_of_rows();
    return fed == Feed::Fed::row;
  } catch (const Error& error) {
    parts_.dispatcher.stop({StopKind::io, error.code(), error.what()});
    return false;
  }
}

void Loop::renew_token() {
  auto& credentials = parts_.credentials;
  // A run that turns out to have nothing to drop asks nobody for anything.
  if (parts_.dispatcher.stopped() || parts_.dispatcher.finished() || !credentials.due(parts_.clock.now()))
    return;
  send_token_request(parts_.pool, credentials, endpoints_.token, kTokenTicket);
}

void Loop::send() {
  auto& credentials = parts_.credentials;
  held_up_ = false;
  if (!credentials.usable()) return;
  while (may_leave_doubt()) {
    const auto order = parts_.dispatcher.next(parts_.clock.moment());
    if (!order) return;
    if (!is_sendable(order->session_id))
      throw std::logic_error(
          fmt::format("row {} reached the wire with an ID that must not be sent", order->row));
    url_.resize(endpoints_.drop.size());
    url_.append(order->session_id);
    net::Request request;
    request.url = url_.c_str();
    request.headers = headers();
    request.ticket = ticket_of(order->ticket, headers_generation_);
    parts_.pool.start(request);
    begun_ = std::max(begun_, order->row + 1);
    feed();  // the next order may be the row behind this one
  }
}

// A kill of this process leaves in doubt what is in flight and what was answered but is not yet in the
// record: never more than --concurrency.
bool Loop::may_leave_doubt() {
  const std::uint64_t unwritten = parts_.recorder.unwritten();
  if (unwritten == 0 || parts_.dispatcher.in_flight() + unwritten < parts_.dispatcher.concurrency())
    return true;
  parts_.recorder.hurry();
  held_up_ = parts_.recorder.unwritten() > 0;
  return !held_up_;
}

// For the request to url_. A token's header is shared by all requests until there is a new token.
std::shared_ptr<const net::HeaderLines> Loop::headers() {
  const auto& credentials = parts_.credentials;
  if (headers_generation_ != credentials.generation() || credentials.per_request()) {
    std::vector<std::string> lines = {"Accept: application/json",
                                      credentials.authorization("DELETE", url_, parts_.clock.wall())};
    headers_ = std::make_shared<const net::HeaderLines>(lines);
    headers_generation_ = credentials.generation();
    wipe(lines.back());
  }
  return headers_;
}

// Before anybody is asked what to do now: that "now" is later than they think.
void Loop::excuse_standstill() {
  if (const Duration lost = parts_.pool.take_standstill(); lost > Duration::zero())
    parts_.dispatcher.stood_still(lost, parts_.clock.now());
}

void Loop::wait(TimePoint until) {
  parts_.recorder.begin(begun_);  // before the pool sends what was started
  const auto answers = parts_.pool.wait(until);
  excuse_standstill();
  for (const Answer& answer : answers) settle(answer);
  for (const net::ConnectionReport& report : parts_.pool.connection_reports()) {
    if (report.stray) {
      distrust(report.connection);
    } else {
      trail_.forget(report.connection);
    }
  }
  trail_.forget_rows_below(parts_.recorder.closed());
}

void Loop::distrust(std::uint64_t connection) {
  const std::vector<AnswerTrail::Mark> marks = trail_.distrust(connection);
  if (marks.empty()) return;
  for (const AnswerTrail::Mark& mark : marks)
    if (!parts_.dispatcher.doubt(mark.row, Reason::bad_response, kOutOfStep))
      parts_.recorder.doubt(mark.row, mark.settled);
  parts_.supervisor.distrusted(marks.size(), parts_.clock.moment());
}

void Loop::await_strays() {
  if (!trail_.pending()) return;
  const TimePoint until = last_answer_ + listening_time(slowest_answer_);
  while (parts_.clock.now() < until)
    wait(std::min(until, parts_.supervisor.listening(parts_.dispatcher, parts_.clock.moment())));
  parts_.pool.check_connections();
  wait(parts_.clock.now());
}

void Loop::settle(const Answer& answer) {
  last_answer_ = answer.finished;
  if (contact_.answered(answer)) parts_.supervisor.waiting(contact_.warning());
  parts_.dispatcher.gives_up_by(contact_.gives_up_at());
  parts_.credentials.gives_up_by(contact_.gives_up_at());
  if (answer.ticket == kTokenTicket) return settle_token(answer);
  auto& [clock, dispatcher, pool, credentials, rows, recorder, supervisor] = parts_;
  const std::uint64_t generation = answer.ticket >> 32;
  const Moment now = clock.moment();
  const Judgement& judgement = heed_refusal(generation, without_secrets(judge_.judge(answer, now.wall)), now);
  if (judgement.documented) credentials.accepted(generation);
  const auto ticket = static_cast<policy::Dispatcher::Ticket>(answer.ticket & 0xFFFFFFFFU);
  const auto order = dispatcher.order(ticket);
  const Duration took = answer.http_status != 0 ? answer.finished - answer.started : Duration::zero();
  slowest_answer_ = std::max(slowest_answer_, took);
  supervisor.attempted({order.row, order.session_id, judgement});
  const std::uint64_t row = order.row;
  const Result* result = dispatcher.settle(ticket, answer.wire_sends, judgement, now);
  trail_.add(answer.connection, row, result != nullptr);
  if (result != nullptr) {
    recorder.accept(*result, now);
    supervisor.settled(*result);
  }
}

const Judgement& Loop::without_secrets(const Judgement& judgement) {
  revised_.message.assign(judgement.message);
  if (!parts_.credentials.hide_secrets(revised_.message)) return judgement;
  std::string message = std::move(revised_.message);
  revised_ = judgement;
  revised_.message = std::move(message);
  return revised_;
}

// A login that the server refuses is renewed, or ends the run. Returns what the answer means for its row.
const Judgement& Loop::heed_refusal(std::uint64_t generation, const Judgement& judgement, Moment now) {
  auto& credentials = parts_.credentials;
  const bool of_signature = credentials.per_request() && judgement.reason == Reason::invalid_signature;
  if (judgement.verdict != Verdict::auth && !of_signature) return judgement;
  const std::uint64_t before = credentials.generation();
  if (auto stop = credentials.refused(generation, now.mono, judgement.message,
                                      pam::server_ahead(judgement, now.wall))) {
    if (judgement.reason == Reason::no_route) stop->message = sentences(stop->message, kOrElsewhere);
    parts_.dispatcher.stop(std::move(*stop));
  } else if (credentials.generation() != before) {
    parts_.supervisor.waiting(credentials.waiting_for());
  }
  if (!of_signature) return judgement;
  // A signature can be made anew, as a token can be fetched anew: that is no word on every session alike.
  revised_ = judgement;
  revised_.verdict = Verdict::auth;
  return revised_;
}

void Loop::settle_token(const Answer& answer) {
  auto& credentials = parts_.credentials;
  if (auto stop = credentials.answered(answer, parts_.clock.moment())) {
    parts_.dispatcher.stop(std::move(*stop));
  } else if (!credentials.usable()) {
    parts_.supervisor.waiting(credentials.waiting_for());
  }
}

void Loop::cut() {
  parts_.pool.cancel();
  wait(parts_.clock.now());
  abandon();
}

void Loop::abandon() {
  const Moment now = parts_.clock.moment();
  while (const Result* result = parts_.dispatcher.abandon(now)) {
    parts_.recorder.accept(*result, now);
    parts_.supervisor.settled(*result);
  }
}

TimePoint Loop::wakes_at(TimePoint looks_again) const {
  const TimePoint now = parts_.clock.now();
  if (more_to_feed_ || parts_.dispatcher.finished()) return now;  // the last row may have needed no request
  TimePoint at = looks_again;
  if (!parts_.dispatcher.stopped())
    at = std::min({at, parts_.credentials.wakes_at(), contact_.gives_up_at()});
  if (parts_.credentials.usable() && !held_up_) at = std::min(at, parts_.dispatcher.wakes_at(now));
  return at;
}

}  // namespace bulkdrop::run
