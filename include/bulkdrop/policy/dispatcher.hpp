// Which session is asked for next, and when; what becomes of it after each answer; when the run must stop.
//
// Pure: time and randomness are arguments, answers come as judgements. One thread. It owns the window:
// nothing is ever queued behind it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/judgement.hpp"
#include "bulkdrop/core/random.hpp"
#include "bulkdrop/core/result.hpp"
#include "bulkdrop/policy/confirmations.hpp"
#include "bulkdrop/policy/failure_guard.hpp"
#include "bulkdrop/policy/limits.hpp"
#include "bulkdrop/policy/pacer.hpp"
#include "bulkdrop/policy/row_queue.hpp"

namespace bulkdrop::policy {

class Dispatcher {
 public:
  using Ticket = policy::Ticket;

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
  // `past`: of a row that is taken up again. False if the row was not taken: the run is stopped, or stops now
  // because this row is one too many.
  bool add(std::uint64_t row, std::string_view session_id, const Past* past = nullptr);
  void end_of_rows();

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
  // An answer about this row turned out to be worth nothing: from now on it is in doubt. False if the row is
  // not under way any more.
  bool doubt(std::uint64_t row, Reason reason, std::string_view why);

  // This process did not run for `lost`, until now: no answer took that long, and no server was away for it.
  // Only --deadline goes by.
  void stood_still(Duration lost, TimePoint now);

  // ---- The end.
  // No further request leaves. The first stop counts.
  void stop(Stop why);
  [[nodiscard]] const std::optional<Stop>& stopped() const { return stop_; }
  // True when nothing is in flight and nothing will be.
  [[nodiscard]] bool finished() const;
  // After a stop, one by one, the rows that were under way and did not end: `unknown` if a request may have
  // reached the server, else `unsent`. Null when there are no more. A row that was taken up again and not
  // sent keeps what is on record of it.
  const Result* abandon(Moment now);

  // ---- For the person who watches.
  [[nodiscard]] std::size_t in_flight() const { return in_flight_; }
  [[nodiscard]] std::size_t concurrency() const { return limits_.concurrency; }
  // How long it bears a server that is away.
  [[nodiscard]] Duration outage() const { return limits_.outage; }
  [[nodiscard]] std::optional<Duration> first_answer() const { return limits_.first_answer; }
  // The run is given up at that time, unless it is before; TimePoint::max() = by nobody else. People are
  // told.
  void gives_up_by(TimePoint at) { pacer_.gives_up_by(at); }
  // What it was last unavailable for: it answered, but nothing that proves anything.
  [[nodiscard]] bool proves_nothing() const { return pacer_.proves_nothing(); }
  // No good answer came since the last one that was none: the server may be away, or turn everybody away.
  [[nodiscard]] bool unavailable() const { return pacer_.gives_up_at() != TimePoint::max(); }
  [[nodiscard]] std::size_t window(TimePoint now) const;
  [[nodiscard]] std::size_t waiting() const { return queue_.waiting(); }
  [[nodiscard]] std::string waiting_for(TimePoint now) const;
  // That a server that is away is being asked whether it is back; empty if it is not.
  [[nodiscard]] std::string probing(TimePoint now) const;
  // Requests a second that it keeps to because the server turns away more; 0 = it does not.
  [[nodiscard]] double shed_above() const { return pacer_.shed_above(); }
  [[nodiscard]] const Totals& totals() const { return totals_; }

 private:
  void note(Entry& entry, bool on_wire, const Judgement& judgement);
  const Result* act(Ticket ticket, const Judgement& judgement, bool on_wire, Moment now);
  const Result* act_on_run_wide(Ticket ticket, const Judgement& judgement, bool on_wire, Moment now);
  const Result* retry(Ticket ticket, const Judgement& judgement, Duration first_wait, Moment now);
  const Result* finish(Ticket ticket, Status status, Reason reason, Moment now);
  const Result* finish_unproven(Ticket ticket, Status without_doubt, Reason reason, Moment now);
  const Result* finish_cut_short(Ticket ticket, Status without_doubt, Reason reason, Moment now);
  [[nodiscard]] bool fresh_may_go() const;
  void look_at_the_tail();
  void check_limit();
  void check_failures();
  void check_deadline(TimePoint now);
  [[nodiscard]] bool has_work() const;

  Limits limits_;
  Random random_;
  RowQueue queue_;
  Pacer pacer_;
  FailureGuard guard_;
  Confirmations confirmations_;
  std::uint64_t added_ = 0;
  std::optional<TimePoint> deadline_;
  std::size_t in_flight_ = 0;
  bool rows_ended_ = false;
  std::optional<Stop> stop_;
  std::optional<Stop> stop_when_done_;  // max_sessions: those before the one too many are finished first
  std::uint64_t canary_left_;
  Ticket abandon_next_ = 0;
  Totals totals_;
  Result result_;
};

}  // namespace bulkdrop::policy
