// Which session is asked for next, and when; what becomes of it after each answer; when the run must stop.
//
// Pure: time and randomness are arguments, answers come as judgements. One thread. It owns the window:
// nothing is ever queued behind it.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/judgement.hpp"
#include "bulkdrop/core/random.hpp"
#include "bulkdrop/core/result.hpp"
#include "bulkdrop/policy/backoff.hpp"
#include "bulkdrop/policy/breaker.hpp"
#include "bulkdrop/policy/rate_limiter.hpp"
#include "bulkdrop/policy/window.hpp"

namespace bulkdrop::policy {

struct Limits {
  std::size_t concurrency = 32;  // most requests in flight, 1 …
  bool adapt = false;            // let the window grow and shrink below that, as the server bears it
  double rate = 0;               // most requests a second; 0 = unlimited
  int attempts = 5;              // most requests on the wire for one session, 1 …
  std::uint64_t canary = 1;      // the first sessions that go one at a time; 0 = none
  Duration outage = std::chrono::minutes(10);
  std::optional<std::uint64_t> max_sessions;  // stop before the one after these
  Backoff backoff;
};

// How many answers in a row must say that something is wrong for every session before it is believed. Once
// the server has let one session through they must be of different rows: one row can be the cause of all of
// its own.
inline constexpr int kConfirmations = 3;

class Dispatcher {
 public:
  using Ticket = std::uint32_t;

  struct Order {
    Ticket ticket;
    std::uint64_t row;
    std::string_view session_id;  // until the ticket is settled
  };

  struct Totals {
    std::uint64_t sent = 0;  // requests on the wire
    std::uint64_t retries = 0;
    std::uint64_t throttled = 0;
  };

  Dispatcher(Limits limits, std::uint64_t seed);

  // ---- Rows come in.
  // True while another row is of use now; bounds what is held in memory, whatever fails.
  [[nodiscard]] bool wants_row() const;
  // False if the row was not taken: the run is stopped, or stops now because this row is one too many.
  bool add(std::uint64_t row, std::string_view session_id);
  void end_of_rows() { rows_ended_ = true; }

  // ---- Requests go out.
  // The request to send now, if there is one. The caller sends it, and settles its ticket when the answer is
  // there.
  std::optional<Order> next(Moment now);
  // When next() may have something although no answer and no row came; TimePoint::max() if only those help.
  [[nodiscard]] TimePoint wakes_at(TimePoint now) const;

  // ---- Answers come back.
  // The order of a ticket that is not settled yet.
  [[nodiscard]] Order order(Ticket ticket) const;
  // The row's result, if that was its last word; it lives until the next call of settle() or abandon().
  const Result* settle(Ticket ticket, int wire_sends, const Judgement& judgement, Moment now);

  // ---- The end.
  // No further request leaves. The first stop counts.
  void stop(Stop why);
  [[nodiscard]] const std::optional<Stop>& stopped() const { return stop_; }
  // True when nothing is in flight and nothing will be.
  [[nodiscard]] bool finished() const;
  // After a stop, one by one, the rows that were under way and did not end: `unknown` if a request may have
  // reached the server, else `unsent`. Null when there are no more.
  const Result* abandon(Moment now);

  // ---- For the person who watches.
  [[nodiscard]] std::size_t in_flight() const { return in_flight_; }
  [[nodiscard]] std::size_t window(TimePoint now) const;
  [[nodiscard]] std::size_t waiting() const { return parked_.size() + back_of_line_.size(); }
  [[nodiscard]] std::string waiting_for(TimePoint now) const;
  [[nodiscard]] const Totals& totals() const { return totals_; }

 private:
  struct Entry {
    std::uint64_t row = 0;
    std::string session_id;
    int attempts = 0;  // on the wire
    int failures = 0;  // attempts that brought nothing, for the backoff
    int drop_errors = 0;
    // The round in which its answer last said that something is wrong for every session.
    std::uint64_t accused_in = 0;
    bool doubt = false;
    Reason doubt_reason = Reason::bad_response;
    std::string doubt_message;
    Reason reason = Reason::not_started;  // of the last answer
    int http_status = 0;
    std::optional<std::int64_t> error_code;
    std::string message;
    std::string request_id;
    std::optional<Moment> first_sent;
    bool in_flight = false;
    bool in_use = false;
  };
  struct Parked {
    TimePoint due;
    std::uint64_t order;  // first parked, first out, among equals
    Ticket ticket;
    bool operator>(const Parked& other) const {
      return due != other.due ? due > other.due : order > other.order;
    }
  };

  Ticket take_entry();
  std::optional<Ticket> pick(TimePoint now);
  const Result* act(Ticket ticket, const Judgement& judgement, bool on_wire, Moment now);
  bool is_confirmed(Entry& entry, bool on_wire);
  [[nodiscard]] bool fresh_may_go() const;
  void park(Ticket ticket, TimePoint due);
  const Result* retry(Ticket ticket, const Judgement& judgement, Duration first_wait, Moment now);
  const Result* finish(Ticket ticket, Status status, Reason reason, Moment now);
  const Result* finish_unproven(Ticket ticket, Status without_doubt, Reason reason, Moment now);
  void note_server(const Entry& entry, const Judgement& judgement, TimePoint now);
  void note_throttled(const Judgement& judgement, TimePoint now);
  void pause_everybody(Duration pause, TimePoint now);
  void check_outage(TimePoint now);
  void check_limit();
  [[nodiscard]] Breaker::State breaker_state(TimePoint now) const;

  Limits limits_;
  Random random_;
  RateLimiter rate_;
  Breaker breaker_;
  Window window_;
  std::deque<Entry> entries_;  // orders point into it
  std::vector<Ticket> free_;
  std::deque<Ticket> fresh_;
  using Line = std::priority_queue<Parked, std::vector<Parked>, std::greater<>>;
  Line parked_;        // failed once: goes before fresh rows
  Line back_of_line_;  // failed more often: goes when no fresh row is left
  std::uint64_t parked_so_far_ = 0;
  std::uint64_t added_ = 0;
  std::size_t in_flight_ = 0;
  bool rows_ended_ = false;
  bool unreachable_ = false;  // the last request did not even leave
  std::optional<Stop> stop_;
  std::optional<Stop> stop_when_done_;  // max_sessions: those before the one too many are finished first
  std::uint64_t canary_left_;
  int run_wide_in_a_row_ = 0;
  std::uint64_t run_wide_round_ = 1;  // counts the times that an answer proved the opposite
  bool trusted_once_ = false;         // the server gave a documented answer at least once
  TimePoint pause_until_ = TimePoint::min();
  int throttled_rounds_ = 0;
  std::optional<TimePoint> unavailable_since_;
  std::string unavailable_why_;
  Ticket abandon_next_ = 0;
  Totals totals_;
  Result result_;
};

}  // namespace bulkdrop::policy
