// What the person sees while it runs, on standard error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/status.hpp"

namespace bulkdrop::report {

struct Snapshot {
  Counts settled;                     // rows with an outcome so far
  std::optional<std::uint64_t> rows;  // all rows, once known
  std::uint64_t in_flight = 0;
  std::uint64_t window = 0;   // most in flight now
  std::uint64_t waiting = 0;  // rows between two attempts
  // "server asked for 12 s; giving up in 5 min (why)", or empty. What stands behind "; " and in brackets may
  // be left out.
  std::string waiting_for;
  bool away = false;      // no answer comes: that is what is waited for
  double shed_above = 0;  // requests a second above which the server turns away; 0 = it does not

  bool operator==(const Snapshot&) const = default;
};

// "server turns away more than 48/s"
std::string shed_text(double per_second);

// Pure: from snapshots to lines. Rates are over the last 5 s (or since the line before, where that is longer
// ago), and count rows that the network settled: the others come in bursts and say nothing about the time
// left.
class Progress {
 public:
  explicit Progress(TimePoint start) : start_(start) {}
  // One line, at most `width` columns, no line end: done/total, rate, time left, window, outcomes by kind.
  // Done are the rows with an outcome, but for those that a stop left unsent. Where not all fits, the most
  // important takes the room: what is waited for, failed and unknown, dropped, the time left. Of a server
  // that is away there is no rate and no time left. May be called as often as one likes.
  std::string line(const Snapshot& snapshot, TimePoint now, int width);
  // The same for programs, with a line end: an object with `time`, `level` `info`, `type` `progress`, `done`,
  // `rows` (null while nobody knows), `rate` a second and `seconds_left` (null likewise, and while the server
  // is away), `in_flight`, `window`, `waiting`, `waiting_for` (null if for nothing) and `counts`.
  std::string json_line(const Snapshot& snapshot, TimePoint now, WallTime time);

 private:
  struct Speed {
    std::optional<double> rate;
    std::optional<double> seconds_left;
  };
  Speed speed(const Snapshot& snapshot, TimePoint now);

  struct Sample {
    TimePoint at;
    std::uint64_t done;
  };
  TimePoint start_;
  std::vector<Sample> samples_;
};

}  // namespace bulkdrop::report
