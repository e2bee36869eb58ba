// A server that answers from a script, in virtual time, behind a dispatcher that is driven as the loop drives
// it. Each turn it also holds the dispatcher to its word: wakes_at() must not sleep through work, nor spin.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/manual_clock.hpp"
#include "support/printing.hpp"
#include "support/simulated_id.hpp"
#include <fmt/format.h>

#include "bulkdrop/policy/dispatcher.hpp"

namespace bulkdrop::policy::test {

using namespace std::chrono_literals;

using bulkdrop::test::kStart;
using bulkdrop::test::moment;
using bulkdrop::test::simulated_id;

// ---- Judgements as `pam` makes them.
inline Judgement make(Verdict verdict, Reason reason, bool doubt, bool documented, int http_status) {
  Judgement j;
  j.verdict = verdict;
  j.reason = reason;
  j.doubt = doubt;
  j.documented = documented;
  j.http_status = http_status;
  j.message = name(reason);
  return j;
}
inline Judgement dropped() {
  return make(Verdict::dropped, Reason::ok, false, true, 200);
}
inline Judgement drop_error() {
  return make(Verdict::drop_error, Reason::drop_error, false, true, 500);
}
inline Judgement refused() {
  return make(Verdict::refused, Reason::http_error, false, false, 400);
}
inline Judgement not_sent() {
  return make(Verdict::not_sent, Reason::connect_failed, false, false, 0);
}
inline Judgement throttled(std::optional<Duration> pause = std::nullopt) {
  Judgement j = make(Verdict::throttled, Reason::throttled, false, false, 429);
  j.pause = pause;
  return j;
}
inline Judgement timed_out() {
  return make(Verdict::overload, Reason::timeout, true, false, 0);
}
inline Judgement unavailable(std::optional<Duration> pause = std::nullopt) {
  Judgement j = make(Verdict::overload, Reason::gateway_error, true, false, 503);
  j.pause = pause;
  return j;
}
inline Judgement garbage() {
  return make(Verdict::untrusted, Reason::bad_response, true, false, 200);
}
inline Judgement token_refused() {
  Judgement j = make(Verdict::auth, Reason::client_auth_failed, false, false, 401);
  j.stop = StopKind::auth;
  return j;
}
inline Judgement forbidden() {
  Judgement j = make(Verdict::run_wide, Reason::not_authorized, false, false, 403);
  j.stop = StopKind::auth;
  j.advice = "Ask for the permission.";
  return j;
}
inline Judgement certificate_refused() {
  return make(Verdict::run_wide, Reason::tls_error, false, false, 0);
}

struct Request {
  std::uint64_t row;
  int nth;  // request for that row, from 1
  TimePoint now;
};

struct Reply {
  Judgement judgement;
  Duration latency = 10ms;
  int wire_sends = -1;  // -1: as the verdict implies

  [[nodiscard]] int sends() const {
    if (wire_sends >= 0) return wire_sends;
    const bool never = judgement.verdict == Verdict::not_sent || judgement.reason == Reason::tls_error;
    return never ? 0 : 1;
  }
};

using Server = std::function<Reply(const Request&)>;

struct Run {
  std::map<std::uint64_t, Result> results;
  std::map<std::uint64_t, int> wire_sends;
  std::vector<TimePoint> sends;  // every request that was ordered, in order
  std::vector<std::uint64_t> rows_sent;
  std::size_t most_in_flight = 0;
  std::size_t most_waiting = 0;
  std::size_t most_held = 0;
  std::optional<Stop> stop;
  TimePoint end;
  Dispatcher::Totals totals;

  [[nodiscard]] std::size_t count(Status status) const {
    return static_cast<std::size_t>(std::count_if(
        results.begin(), results.end(), [&](const auto& entry) { return entry.second.status == status; }));
  }
  [[nodiscard]] Duration took() const { return end - kStart; }
};

class Simulation {
 public:
  Simulation(Limits limits, Server server, std::uint64_t seed = 1)
      : dispatcher_(limits, seed), server_(std::move(server)) {}

  // Called before each turn; may stop the dispatcher.
  std::function<void(Dispatcher&, TimePoint)> each_turn;
  // When the row comes in; all at the start if not set.
  std::function<TimePoint(std::uint64_t row)> arrival;

  Run run(std::uint64_t rows) {
    run_ = {};
    std::uint64_t next_row = 0;
    TimePoint now = kStart;
    for (std::uint64_t turn = 0; !dispatcher_.finished(); ++turn) {
      if (turn > 5'000'000) throw std::runtime_error("it spins");
      if (each_turn) each_turn(dispatcher_, now);
      const auto arrived = [&] { return next_row < rows && (!arrival || arrival(next_row) <= now); };
      const auto feed = [&] {
        while (dispatcher_.wants_row() && arrived()) {
          if (dispatcher_.add(next_row, simulated_id(next_row))) ++taken_;
          ++next_row;
        }
        if (next_row == rows) dispatcher_.end_of_rows();
      };
      feed();
      while (const auto order = dispatcher_.next(moment(now))) {
        start(*order, now);
        feed();
      }
      if (dispatcher_.finished()) break;
      const TimePoint wakes = dispatcher_.wakes_at(now);
      check_word(wakes, now);
      TimePoint then = wakes;
      if (!in_flight_.empty()) then = std::min(then, in_flight_.begin()->first);
      if (next_row < rows && dispatcher_.wants_row() && arrival) then = std::min(then, arrival(next_row));
      if (then == TimePoint::max()) throw std::runtime_error("it hangs: work left and nothing to wait for");
      now = std::max(now, then);
      while (!in_flight_.empty() && in_flight_.begin()->first <= now) settle(now);
    }
    while (const Result* result = dispatcher_.abandon(moment(now))) record(*result);
    run_.stop = dispatcher_.stopped();
    run_.end = now;
    run_.totals = dispatcher_.totals();
    if (run_.results.size() != taken_)
      throw std::runtime_error(fmt::format("{} rows taken, {} results", taken_, run_.results.size()));
    return run_;
  }

 private:
  struct Pending {
    Dispatcher::Ticket ticket;
    std::uint64_t row;
    Reply reply;
  };

  void start(const Dispatcher::Order& order, TimePoint now) {
    if (order.session_id != simulated_id(order.row))
      throw std::runtime_error("an order names another row's session");
    Reply reply = server_({order.row, ++requests_[order.row], now});
    // Doubt means that a request may have been out, whatever was counted.
    run_.wire_sends[order.row] += std::max(reply.sends(), reply.judgement.doubt ? 1 : 0);
    run_.sends.push_back(now);
    run_.rows_sent.push_back(order.row);
    const TimePoint done = now + reply.latency;
    in_flight_.emplace(done, Pending{order.ticket, order.row, std::move(reply)});
    run_.most_in_flight = std::max(run_.most_in_flight, in_flight_.size());
    if (in_flight_.size() != dispatcher_.in_flight())
      throw std::runtime_error("it miscounts what is in flight");
  }

  void settle(TimePoint now) {
    const Pending pending = std::move(in_flight_.begin()->second);
    in_flight_.erase(in_flight_.begin());
    const Result* result =
        dispatcher_.settle(pending.ticket, pending.reply.sends(), pending.reply.judgement, moment(now));
    if (result != nullptr) {
      if (result->row != pending.row) throw std::runtime_error("a result of another row");
      record(*result);
    }
    run_.most_waiting = std::max(run_.most_waiting, dispatcher_.waiting());
  }

  void record(const Result& result) {
    if (!run_.results.emplace(result.row, result).second)
      throw std::runtime_error(fmt::format("row {} has two results", result.row));
    if (result.session_id != simulated_id(result.row))
      throw std::runtime_error("a result with another row's session");
    if (result.attempts != run_.wire_sends[result.row])
      throw std::runtime_error("attempts are not the requests on the wire");
    if (result.message.size() > 500) throw std::runtime_error("a message of more than 500 bytes");
    if (result.first_sent_at.has_value() != (result.attempts > 0))
      throw std::runtime_error("first_sent_at without a request, or the other way round");
  }

  // next() was empty just now. If nothing else happens it stays so until `wakes`, and not a moment longer.
  void check_word(TimePoint wakes, TimePoint now) {
    if (wakes <= now && !dispatcher_.stopped())
      throw std::runtime_error("wakes_at is over, and next() was empty");
    const TimePoint horizon = wakes == TimePoint::max() ? now + 24h : wakes;
    for (const TimePoint t : {now + (horizon - now) / 2, horizon - 1ns})
      if (t > now) {
        Dispatcher copy = dispatcher_;
        if (copy.next(moment(t)) || (!dispatcher_.stopped() && copy.stopped()))
          throw std::runtime_error("wakes_at sleeps through work");
      }
    if (wakes != TimePoint::max()) {
      Dispatcher copy = dispatcher_;
      if (!copy.next(moment(wakes)) && !copy.stopped() && copy.wakes_at(wakes) <= wakes)
        throw std::runtime_error(
            "at wakes_at there is nothing to do, and it wants to be woken again at once");
    }
  }

  Dispatcher dispatcher_;
  Server server_;
  std::multimap<TimePoint, Pending> in_flight_;
  std::map<std::uint64_t, int> requests_;
  std::size_t taken_ = 0;
  Run run_;
};

inline Run simulate(Limits limits, std::uint64_t rows, Server server, std::uint64_t seed = 1) {
  return Simulation(limits, std::move(server), seed).run(rows);
}

inline Limits without_canary() {
  Limits limits;
  limits.canary = 0;
  return limits;
}

// The n-th request of every row gets the n-th of these, the last one for ever.
inline Server script(std::vector<Judgement> judgements) {
  return [judgements = std::move(judgements)](const Request& request) {
    const auto n = std::min(judgements.size(), static_cast<std::size_t>(request.nth));
    return Reply{judgements[n - 1]};
  };
}

}  // namespace bulkdrop::policy::test
