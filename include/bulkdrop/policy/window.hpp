// How many requests may be in flight: as many as the server works on at once, up to --concurrency.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/policy/round.hpp"
#include "bulkdrop/policy/sample.hpp"

namespace bulkdrop::policy {

// A server that works on `k` requests at once answers no more of them in a second if it gets more than `k`;
// the others wait in line, and every answer takes longer by just that. So with n requests in flight, answers
// that take m seconds, and answers that take b seconds when nobody waits (the baseline), k is n · b/m
// (Little's law), and n − k wait. The window grows while nobody waits, first by leaps, and stays where few
// do.
//
// When more wait than should, the answers may also be slow for a reason of the server's own. So the window is
// halved for a round, as often as that makes the answers quicker: if it does not at all, the server is slow
// by itself, and that is the new baseline.
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
  // Turned away, though the server is there. False if it had served as many at once: fewer would not help.
  bool shed(const Sample& sample, TimePoint now);
  // No answer in time, or a lost connection.
  void bad(const Sample& sample, TimePoint now);
  // After a pause nobody knows what the server bears: begins again, with kFirst at most.
  void begin_again(std::size_t size, TimePoint now);

 private:
  struct Test {  // what was seen when it began, at the full window
    std::size_t size;
    double at_once;
    double latency;       // of the window before this one
    double full_latency;  // of the full window
  };

  void judge_round(TimePoint now);
  void judge_test(double latency, TimePoint now);
  void begin_test(double at_once, double latency, TimePoint now);
  void grow(double at_once, TimePoint now);
  void settle_at(double knee, TimePoint now);
  void resize(std::size_t size, TimePoint now);
  void hold(TimePoint now);
  [[nodiscard]] std::size_t round_size() const;

  std::size_t most_;
  bool fixed_;
  std::size_t size_;
  bool leaping_ = true;
  Round round_;
  std::optional<double> baseline_;
  std::optional<Test> test_;
  std::optional<TimePoint> leaps_again_;  // after a cut that nothing followed
  std::size_t most_served_ = 0;
  TimePoint last_cut_ = TimePoint::min();
  std::size_t ceiling_ = std::numeric_limits<std::size_t>::max();
  TimePoint ceiling_until_ = TimePoint::min();
  Duration ceiling_time_{};
};

}  // namespace bulkdrop::policy
