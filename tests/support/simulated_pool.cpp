#include "support/simulated_pool.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "support/simulated_id.hpp"

namespace bulkdrop::test {
namespace {

constexpr int kMostIdleTurns = 200;

}  // namespace

void SimulatedPool::at(Duration since_start, std::function<void()> what) {
  events_.push({kStart + since_start, order_++, std::move(what)});
}

void SimulatedPool::start(const net::Request& request) {
  if (in_flight_ >= capacity_) throw std::logic_error("more requests than the pool can take");
  ++in_flight_;
  server_.most_in_flight = std::max<std::uint64_t>(server_.most_in_flight, in_flight_);
  request.method == net::Method::post ? start_token(request) : start_drop(request);
}

std::span<const Answer> SimulatedPool::wait(TimePoint until) {
  if (on_wait) on_wait();
  answers_.clear();
  replies_.clear();
  ++waits_;
  const TimePoint before = clock_.now();
  if (cancelling_) cut();
  deliver();
  if (answers_.empty() && !take_notice()) {
    const TimePoint next = events_.empty() ? TimePoint::max() : events_.top().at;
    if (next == TimePoint::max() && until == TimePoint::max()) {
      await_notice();
    } else {
      clock_.turn_to(std::min(next, until));
      deliver();
    }
  }
  // Time stands still and nothing comes: a loop that does that burns a processor.
  idle_turns_ = answers_.empty() && clock_.now() == before ? idle_turns_ + 1 : 0;
  if (idle_turns_ > kMostIdleTurns)
    throw std::logic_error("the loop spins: it waits for a time that has passed");
  return answers_;
}

void SimulatedPool::notify() {
  {
    const std::lock_guard lock(mutex_);
    notified_ = true;
  }
  notice_.notify_all();
}

void SimulatedPool::start_token(const net::Request& request) {
  Event event{clock_.now(), order_++, {}, request.ticket, true};
  event.started = clock_.now();
  event.treatment = server_.arrive_token({clock_.now(), 0, random_});
  event.at = event.treatment.answered;
  events_.push(std::move(event));
}

void SimulatedPool::start_drop(const net::Request& request) {
  const std::string_view url(request.url);
  const std::string_view id = url.substr(url.rfind('/') + 1);
  const std::uint64_t row = row_of(id);
  if (request.method != net::Method::del || row >= server_.ledger.size() || id != simulated_id(row))
    throw std::logic_error("a request that nobody asked for: " + std::string(url));
  if (on_start) on_start(row);
  Event event{clock_.now(), order_++, {}, request.ticket, false, row, token_of(request)};
  event.started = clock_.now();
  event.treatment = server_.arrive_drop({clock_.now(), row, random_});
  event.at = event.treatment.answered;
  const TimePoint gives_up = clock_.now() + timeout;
  Deed& deed = event.treatment.deed;
  if (deed == Deed::silent || deed == Deed::executed_silent) event.at = gives_up;
  if (event.at > gives_up) {  // waited in line for too long: the server does it all the same
    event.at = gives_up;
    deed = Deed::executed_silent;
  }
  events_.push(std::move(event));
}

// The number of the token in the request's header lines; they are shared by many requests.
std::uint64_t SimulatedPool::token_of(const net::Request& request) {
  if (request.headers != last_headers_) {
    last_headers_ = request.headers;
    last_token_ = 0;
    for (const std::string& line : request.headers->lines())
      if (line.starts_with("Authorization: Bearer token-")) last_token_ = std::stoull(line.substr(28));
  }
  return last_token_;
}

void SimulatedPool::deliver() {
  while (!events_.empty() && events_.top().at <= clock_.now()) {
    const Event event = events_.top();
    events_.pop();
    if (event.what) {
      event.what();
      notify();
      continue;
    }
    --in_flight_;
    add(event, event.is_token ? server_.finish_token(event.treatment, clock_.now())
                              : server_.finish_drop(event.row, event.treatment, event.token, clock_.now()));
  }
}

void SimulatedPool::cut() {
  cancelling_ = false;
  std::vector<Event> kept;
  while (!events_.empty()) {
    Event event = events_.top();
    events_.pop();
    if (event.what) {
      kept.push_back(std::move(event));
      continue;
    }
    --in_flight_;
    const bool on_wire = event.treatment.deed != Deed::refused;
    if (on_wire && !event.is_token) server_.abandon_drop(event.row, random_);
    add(event, {TransportError::cancelled, on_wire ? 1 : 0});
  }
  for (Event& event : kept) events_.push(std::move(event));
}

void SimulatedPool::add(const Event& event, Reply reply) {
  Reply& kept = replies_.emplace_back(std::move(reply));
  const std::size_t size = kept.body.size();
  kept.body.resize(size + kBodyPadding);
  Answer answer;
  answer.ticket = event.ticket;
  answer.error = kept.error;
  answer.error_text = kept.error == TransportError::none ? "" : "simulated";
  answer.wire_sends = kept.wire_sends;
  answer.http_status = kept.status;
  answer.body = std::string_view(kept.body).substr(0, size);
  answer.headers = kept.error == TransportError::none ? &kept.headers : nullptr;
  answer.started = event.started;
  answer.finished = clock_.now();
  answers_.push_back(answer);
}

bool SimulatedPool::take_notice() {
  const std::lock_guard lock(mutex_);
  return std::exchange(notified_, false);
}

// Nothing will ever come of the simulation itself: somebody of the real world must call.
void SimulatedPool::await_notice() {
  std::unique_lock lock(mutex_);
  if (!notice_.wait_for(lock, std::chrono::seconds(20), [this] { return notified_; }))
    throw std::logic_error("the loop waits for ever");
  notified_ = false;
}

}  // namespace bulkdrop::test
