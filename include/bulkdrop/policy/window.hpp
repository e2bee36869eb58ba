// How many requests may be in flight: as many as the server works on at once, up to --concurrency.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/policy/round.hpp"
#include "bulkdrop/policy/sample.hpp"

namespace bulkdrop::policy {

// A server that works on `k` requests at once answers no more of them in a second if it gets more than `k`;
// the others wait in line, and every answer takes longer by just that. So with n requests in flight, answers
// that take m seconds, and answers that take b seconds when nobody waits (the baseline), k is n · b/m
// (Little's law), and n − k wait. The window grows by leaps while nobody waits.
//
// When some do, at the end of a leap or later, that may also be the server's own slowness. So the window is
// halved for a round, as often as that makes the answers quicker: that is the new baseline, and what is in
// work by it is the new window, with a small reserve. If nothing became quicker, nobody was waiting. There it
// stays for a while. Then it tries a bit more, and goes back if that did not bring more answers a second.
//
// A standstill of the whole server, with no answer for much longer than usual, says nothing about how many it
// bears: what was in flight meanwhile is not counted.
//
// A server may also turn away (503) what is more than it takes at once; then the window stays below for a
// while. Timeouts and lost connections cut it to kCut of what it was.
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
  // No answer in time, or a lost connection. It is cut, but not below `least`.
  void bad(const Sample& sample, std::size_t least, TimePoint now);
  // It is not to leap as far again.
  void was_too_wide() { borne_ = std::max<std::size_t>(1, size_ / 2); }
  // After a pause nobody knows what the server bears: begins again, with kFirst at most.
  void begin_again(std::size_t size, TimePoint now);

 private:
  struct Test {  // what was seen when it began, at the full window
    std::size_t size;
    double at_once;
    double latency;       // of the window before this one
    double full_latency;  // of the full window
  };
  struct Trial {  // what was before it
    std::size_t size;
    double rate;
    double latency;
  };

  [[nodiscard]] bool was_standstill(const Sample& sample, TimePoint now) const;
  void count(const Sample& sample, std::size_t in_flight, TimePoint now);
  void judge_round(TimePoint now);
  void judge_test(double latency, TimePoint now);
  void judge_trial(double rate, double latency, TimePoint now);
  void begin_test(double at_once, double latency, TimePoint now);
  void widen(TimePoint now);
  void leap(TimePoint now);
  void resize(std::size_t size, TimePoint now);
  void hold(bool again, TimePoint now);
  [[nodiscard]] std::uint64_t round_size() const;
  [[nodiscard]] double error_wanted() const;
  [[nodiscard]] bool growing_fast() const;

  std::size_t most_;
  bool fixed_;
  std::size_t size_;
  bool leaping_ = true;
  bool leapt_ = false;  // until a moment ago
  Round round_;
  std::optional<double> baseline_;
  std::optional<Test> test_;
  std::optional<Trial> trial_;
  std::size_t borne_ = 0;  // what it last settled at
  TimePoint holds_until_ = TimePoint::min();
  Duration holds_for_{};
  std::size_t most_served_ = 0;
  TimePoint last_good_ = TimePoint::min();
  bool stood_still_ = false;  // in this round
  TimePoint last_cut_ = TimePoint::min();
  TimePoint cut_until_ = TimePoint::min();
  bool sheds_ = false;  // it has turned requests away: it has a limit of another kind
};

}  // namespace bulkdrop::policy
