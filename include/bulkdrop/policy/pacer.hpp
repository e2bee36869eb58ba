// How much the server may be asked now: everything that answers say about the server as a whole, and what the
// person allowed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/judgement.hpp"
#include "bulkdrop/core/random.hpp"
#include "bulkdrop/policy/breaker.hpp"
#include "bulkdrop/policy/learned_quota.hpp"
#include "bulkdrop/policy/limits.hpp"
#include "bulkdrop/policy/loss_floor.hpp"
#include "bulkdrop/policy/loss_tolerance.hpp"
#include "bulkdrop/policy/quota_gate.hpp"
#include "bulkdrop/policy/rate_limiter.hpp"
#include "bulkdrop/policy/retry_budget.hpp"
#include "bulkdrop/policy/row_queue.hpp"
#include "bulkdrop/policy/shed_rate.hpp"
#include "bulkdrop/policy/window.hpp"

namespace bulkdrop::policy {

// Pure: time and randomness are arguments. One thread.
class Pacer {
 public:
  explicit Pacer(const Limits& limits);

  // True while no row is left but such as failed before. A breaker can then no longer tell a server that
  // answers nobody from a few sessions that it never answers for. Their attempts are counted, so it may stand
  // aside. A server that can't be reached at all costs no attempts: there it stays.
  void only_failed_rows_left(bool only) { only_failed_left_ = only; }

  // Most requests in flight now.
  [[nodiscard]] std::size_t window(TimePoint now) const;
  // When it becomes wider by the passing of time alone; TimePoint::max() if it does not.
  [[nodiscard]] TimePoint widens_at(TimePoint now) const;
  // False while nothing may go for another reason than the window: the rate, a pause.
  [[nodiscard]] bool open(TimePoint now) const { return now >= opens_at(now); }
  // When that is over by the passing of time; `now` or earlier if it is.
  [[nodiscard]] TimePoint opens_at(TimePoint now) const;
  // A row that did not fail before should go next: a server that was in doubt is asked one request at a time,
  // and that should not be a session that may itself be the trouble; and there were enough second tries.
  [[nodiscard]] bool prefers_fresh(TimePoint now) const;

  // One request goes now. Returns its number among all.
  std::uint64_t took(TimePoint now);
  // One came back. `in_flight` without it; `entry` as it was before this answer.
  void answered(const Entry& entry, const Judgement& judgement, std::size_t in_flight, TimePoint now,
                Random& random);
  // Nobody is left to ask for: time that passes is no outage.
  void idle() { unavailable_since_.reset(); }
  // See Dispatcher: nor is time in which nobody could ask.
  void stood_still(Duration lost, TimePoint now) {
    if (unavailable_since_) unavailable_since_ = std::min(*unavailable_since_ + lost, now);
  }

  // When a server that stays away must be given up; TimePoint::max() while it is there.
  [[nodiscard]] TimePoint gives_up_at() const;
  // Somebody else gives it up at that time, if that is earlier: for what people are told.
  void gives_up_by(TimePoint at) { gives_up_by_ = at; }
  // The stop, once that time has come.
  [[nodiscard]] std::optional<Stop> outage(TimePoint now) const;

  // The requests a second that it keeps below because the server turns away more; 0 = it does not.
  [[nodiscard]] double shed_above() const { return shed_rate_.per_second(); }
  // For people: why nothing goes, and until when; empty while something may.
  [[nodiscard]] std::string waiting_for(TimePoint now) const;
  // Of a server that is away: how long it is still borne, and what its last answer was; empty while it is
  // there.
  [[nodiscard]] std::string patience_left(TimePoint now) const;
  // The server does answer, but what it says is not what the API documents. Until the next trouble.
  [[nodiscard]] bool proves_nothing() const { return proves_nothing_; }
  // "server unavailable", or what is true instead.
  [[nodiscard]] std::string_view trouble() const;
  [[nodiscard]] Breaker::State breaker_state(TimePoint now) const;

 private:
  void good(bool is_first, const Sample& sample, std::size_t in_flight, TimePoint now);
  void bad(const Entry& entry, const Judgement& judgement, const Sample& sample, std::size_t in_flight,
           TimePoint now);
  void pause_everybody(Duration pause, TimePoint now, Random& random);
  void throttled(const Entry& entry, const Judgement& judgement, const Sample& sample, TimePoint now,
                 Random& random);
  void throttled_without_a_word(const Entry& entry, const Sample& sample, TimePoint now, Random& random);
  bool too_wide(const Sample& sample, TimePoint now);
  bool slow_down(const Sample& sample, bool at_work, TimePoint now);
  void widen_if_at_any_pace(TimePoint now);
  [[nodiscard]] Duration spacing() const;
  void unavailable(const Judgement& judgement, TimePoint now);
  void bore_too_much();
  void look_for_floor(bool good, const Sample& sample, TimePoint now);
  [[nodiscard]] bool was_at_work(const Sample& sample) const;
  [[nodiscard]] bool failed_at_work(const Sample& sample) const;

  Backoff backoff_;
  Duration outage_;
  bool adapt_;
  RateLimiter rate_;
  ShedRate shed_rate_;
  QuotaGate quota_;
  LearnedQuota learned_;
  RetryBudget retries_;
  Breaker breaker_;
  LossTolerance losses_;
  LossFloor floor_;
  Duration usual_{};  // time that a good answer takes; zero = none came yet
  Window window_;
  bool sheds_ = false;                             // it has turned requests away for being too many
  TimePoint rate_tells_until_ = TimePoint::min();  // so many were served that it is not just any share
  double left_at_ = 0;  // requests a second at which the window was left to the rate
  TimePoint spaced_until_ = TimePoint::min();
  bool only_failed_left_ = false;
  bool unreachable_ = false;     // the last request did not even leave
  bool proves_nothing_ = false;  // the last trouble was an answer that is none of the API's
  TimePoint pause_until_ = TimePoint::min();
  int throttled_rounds_ = 0;
  TimePoint slowed_at_ = TimePoint::min();    // for being turned away without a word
  std::optional<std::uint64_t> turned_away_;  // … and the number of the first request that was
  std::optional<TimePoint> unavailable_since_;
  TimePoint gives_up_by_ = TimePoint::max();
  std::string unavailable_why_;
};

}  // namespace bulkdrop::policy
