// How many requests may be in flight: as many as the server works on at once, up to --concurrency.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/policy/knee_fit.hpp"
#include "bulkdrop/policy/round.hpp"
#include "bulkdrop/policy/sample.hpp"

namespace bulkdrop::policy {

// A server that works on `k` requests at once answers no more of them in a second if it gets more than `k`;
// the others wait in line, and every answer takes longer by just that. The window grows by leaps until the
// answers say for certain that some wait (KneeFit), and settles at the knee, with a small reserve.
//
// There it stays for a while. Then it tries a bit fewer, and goes back if that brought fewer answers a
// second; and a bit more, and goes back if that did not bring more. What was better is followed by a larger
// step. If answers take longer than they should, it tries fewer at once: either they waited, or the server
// became slow by itself.
//
// A standstill of the whole server, with no answer for much longer than usual, says nothing about how many it
// bears: what was in flight meanwhile is not counted.
//
// A server may also turn away (503) what is more than it takes at once; then the window stays below for a
// while. A single one that is turned away while it searches may be so by chance: it searches on, once.
// Timeouts and lost connections cut it to kCut of what it was.
class Window {
 public:
  static constexpr std::size_t kFirst = 4;
  static constexpr double kCut = 0.7;

  // `fixed`: always `most`.
  Window(std::size_t most, bool fixed);

  [[nodiscard]] std::size_t size() const { return size_; }

  // `in_flight`: now, the answered request included.
  void good(const Sample& sample, std::size_t in_flight, TimePoint now);
  // A failure that says nothing of the load, though the server took as long for it as for an answer.
  void failed(const Sample& sample, std::size_t in_flight, TimePoint now);
  // Turned away, though the server is there. False if it had served as many at once: fewer would not help.
  bool shed(const Sample& sample, TimePoint now);
  // Answers a second before it tried more at once; empty while it does not.
  [[nodiscard]] std::optional<double> rate_before_more() const {
    return trial_ && size_ > trial_->size ? std::optional(trial_->rate) : std::nullopt;
  }
  // Only then: who was turned away meanwhile may have come too soon after the one before, and not be one too
  // many. The caller keeps to the rate of before, and the window stays as wide. If so many at once are served
  // then, or more in a second, it was not too wide; if one is turned away, shed() cuts it.
  void leave_to_rate(TimePoint now);
  void is_not_too_wide(TimePoint now);
  void leave_nothing_to_rate() { left_to_rate_at_.reset(); }
  // True until it is known which of both it was.
  [[nodiscard]] bool leaves_to_rate() const { return left_to_rate_at_.has_value(); }
  // The caller found a rate, by one that was turned away with `at_once` in flight. If it was the only one,
  // there must be room for a second: else the answers make the pace, which may be any time apart.
  void is_limited_by_rate(std::size_t at_once, TimePoint now);
  // No answer in time, or a lost connection. It is cut, but not below `least`.
  void bad(const Sample& sample, std::size_t least, TimePoint now);
  // It is not to leap as far again.
  void was_too_wide() { borne_ = std::max<std::size_t>(1, size_ / 2); }
  // Whom it was cut for was turned away by chance: it looks for the knee again, unless it had found that.
  void was_cut_for_nothing(TimePoint now) {
    if (is_cut_) begin_again(size_, now);
  }
  // After a pause nobody knows what the server bears: begins again, with kFirst at most.
  void begin_again(std::size_t size, TimePoint now);

 private:
  struct Trial {  // what was before it
    std::size_t size;
    double rate;
    double latency;
  };
  struct Rejected {  // a trial
    std::size_t size;
    double rate;
    double rate_before;
  };

  [[nodiscard]] bool was_standstill(const Sample& sample, TimePoint now) const;
  void served(const Sample& sample, TimePoint now);
  void count(const Sample& sample, std::size_t in_flight, TimePoint now);
  void judge_round(TimePoint now);
  void keep(double at_once, double rate, double latency, double error, TimePoint now);
  void search(double at_once, double latency, double spread, double answers, TimePoint now);
  void begin_search(std::size_t size, TimePoint now);
  bool search_again(TimePoint now);
  void settle(std::size_t size, double service, TimePoint now);
  void begin_trial(std::size_t size, double rate, double latency, TimePoint now);
  void judge_trial(double rate, double latency, double error, TimePoint now);
  bool second_thoughts(double rate, double latency, TimePoint now);
  void go_on(std::size_t before, double rate, double latency, TimePoint now);
  static bool is_better(std::size_t size, double rate, std::size_t size_before, double rate_before);
  [[nodiscard]] std::size_t step(double share) const;
  [[nodiscard]] bool enough_answers() const;
  [[nodiscard]] double told_change() const;
  void leap(std::size_t from, TimePoint now);
  void resize(std::size_t size, TimePoint now);
  void hold(bool again, TimePoint now);

  std::size_t most_;
  std::size_t size_;
  Round round_;
  std::size_t in_flight_ = 0;  // after the last answer
  KneeFit fit_;                // while it searches
  std::optional<Trial> trial_;
  std::optional<Rejected> rejected_;  // until the round after it
  double service_ = 0;                // seconds that an answer takes if nobody waits; 0 = not known
  double step_ = 0;                   // of the next trial
  TimePoint tries_fewer_at_ = TimePoint::min();
  std::size_t borne_ = 0;  // what it last settled at
  TimePoint holds_until_ = TimePoint::min();
  Duration holds_for_{};
  std::size_t most_served_ = 0;
  std::size_t cut_search_at_ = 0;  // at once when one was turned away while it searched, for the last time
  bool doubts_cut_ = false;        // that was not seen twice
  bool is_cut_ = false;            // since it settled last, by more than a trial
  std::optional<TimePoint> left_to_rate_at_;
  int served_since_ = 0;  // … with the whole window in flight
  TimePoint last_good_ = TimePoint::min();
  TimePoint last_cut_ = TimePoint::min();
  TimePoint cut_until_ = TimePoint::min();
  bool fixed_;
  bool searching_ = true;
  bool just_settled_ = false;
  bool may_have_stopped_early_ = false;  // until more were tried
  bool try_fewer_ = true;                // next, before more
  bool stood_still_ = false;             // in this round
  bool sheds_ = false;                   // it has turned requests away: it has a limit of another kind
};

}  // namespace bulkdrop::policy
