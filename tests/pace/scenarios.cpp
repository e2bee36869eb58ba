#include "scenarios.hpp"

#include <iterator>
#include <stdexcept>

#include "support/latency.hpp"
#include "support/quota.hpp"

namespace bulkdrop::run {
namespace {

using namespace test;
using namespace std::chrono_literals;

Scenario with_quota(const char* name, Dialect dialect) {
  // Who says no more than 429 has to be asked again and again when it will be over.
  const double at_most_wasted = dialect == Dialect::silent ? 0.1 : 0.02;
  return {.name = name,
          .sessions = 1'050,
          .server = [dialect] { return quota(100, 60s, dialect, unlimited(between(20ms, 60ms))); },
          .ideal_rate = 100.0 / 60,
          // The first hundred of each minute go at once: 1,050 need ten full minutes and a bit.
          .lost = -30s,
          .at_most_wasted = at_most_wasted};
}

// A tenth of a second every other second in which everything takes long.
BehaviourPtr with_hiccups(BehaviourPtr behind) {
  for (int second = 1; second <= 11; second += 2)
    behind = during(second * 1s, second * 1s + 100ms, unlimited(between(20ms, 60ms)), std::move(behind));
  return behind;
}

std::vector<Scenario> limited_scenarios() {
  const auto slow_node = [] {
    return in_turn(workers(8, between(20ms, 40ms)), workers(8, between(20ms, 40ms)),
                   workers(8, between(20ms, 40ms)), workers(8, between(200ms, 400ms)));
  };
  return {
      {.name = "knee of 3",
       .sessions = 2'000,
       .server = [] { return workers(3, between(40ms, 60ms)); },
       .ideal_rate = 3 / 0.05,
       .knee = 3},
      {.name = "knee of 8",
       .sessions = 8'000,
       .server = [] { return workers(8, between(40ms, 60ms)); },
       .ideal_rate = 8 / 0.05,
       .knee = 8},
      {.name = "knee of 40, slow",
       .sessions = 8'000,
       .server = [] { return workers(40, between(150ms, 450ms)); },
       .ideal_rate = 40 / 0.3,
       .knee = 40},
      {.name = "knee of 120",
       .sessions = 40'000,
       .server = [] { return workers(120, between(25ms, 75ms)); },
       .ideal_rate = 120 / 0.05,
       .knee = 120},
      {.name = "knee of 30, all alike",
       .sessions = 20'000,
       .server = [] { return workers(30, exactly(30ms)); },
       .ideal_rate = 30 / 0.03,
       .knee = 30},
      {.name = "sheds beyond 60",
       .sessions = 30'000,
       .server = [] { return workers(60, between(30ms, 70ms), 0); },
       .ideal_rate = 60 / 0.05,
       .knee = 60},
      {.name = "slower in a crowd of 24",
       .sessions = 12'000,
       .server = [] { return crowded(24, between(30ms, 50ms)); },
       .ideal_rate = 24 / 0.04,
       .knee = 24},
      {.name = "sheds beyond 12",
       .sessions = 10'000,
       .server = [] { return workers(12, between(30ms, 70ms), 0); },
       .ideal_rate = 12 / 0.05,
       .knee = 12},
      {.name = "sheds beyond 12 and 6 in line",
       .sessions = 10'000,
       .server = [] { return workers(12, between(30ms, 70ms), 6); },
       .ideal_rate = 12 / 0.05,
       .knee = 12},
      {.name = "50 a second, 503 for the others",
       .sessions = 5'000,
       .server = [] { return spaced(20ms, 0, unlimited(between(1ms, 3ms))); },
       .ideal_rate = 50},
      {.name = "200 a second and 20 at once, 503 for the others",
       .sessions = 6'000,
       .server = [] { return spaced(5ms, 20, unlimited(between(30ms, 60ms))); },
       .ideal_rate = 200},
      {.name = "50 a second and 20 at once, 429 for the others",
       .sessions = 5'000,
       .server =
           [] { return turning_away_by(Deed::throttled, spaced(20ms, 20, unlimited(between(1ms, 3ms)))); },
       .ideal_rate = 50,
       // Twenty at once hide for a while that it is too quick.
       .at_least_of_ideal = 0.85},
      {.name = "50 a second, 429 for the others, to wait a second",
       .sessions = 5'000,
       .server =
           [] {
             return throttling_with(
                 {{"Retry-After", "1"}},
                 turning_away_by(Deed::throttled, spaced(20ms, 5, unlimited(between(1ms, 3ms)))));
           },
       .ideal_rate = 50},
      // Where several must be in flight for the rate, one more than before also comes sooner than it may.
      {.name = "58 a second, 503 for the others, 50 ms of work",
       .sessions = 6'000,
       .server = [] { return spaced(17'241us, 0, unlimited(exactly(50ms))); },
       .ideal_rate = 58},
      {.name = "230 a second, 429 for the others, 37 ms of work",
       .sessions = 24'000,
       .server =
           [] { return turning_away_by(Deed::throttled, spaced(4'348us, 0, unlimited(exactly(37ms)))); },
       .ideal_rate = 230},
      {.name = "54 a second, 429 for the others, 3 to 50 ms of work",
       .sessions = 6'000,
       .server =
           [] {
             return turning_away_by(Deed::throttled, spaced(18'519us, 0, unlimited(between(3ms, 50ms))));
           },
       .ideal_rate = 54,
       .at_least_of_ideal = 0.88},
      {.name = "173 a second and 50 at once, 429 for the others",
       .sessions = 17'000,
       .server =
           [] {
             return turning_away_by(Deed::throttled, spaced(5'780us, 50, unlimited(between(20ms, 30ms))));
           },
       .ideal_rate = 173},
      {.name = "50 a second, 503 for the others, far away",
       .sessions = 5'000,
       .server = [] { return distant(60ms, spaced(20ms, 0, unlimited(between(1ms, 3ms)))); },
       .ideal_rate = 50,
       .at_least_of_ideal = 0.85},
      {.name = "sheds beyond 12, far away",
       .sessions = 10'000,
       .server = [] { return distant(60ms, workers(12, between(30ms, 70ms), 0)); },
       .ideal_rate = 12 / 0.05,
       .knee = 26,  // 12 in work, and those on their way
       .at_least_of_ideal = 0.65},
      {.name = "turns away beyond 8, and one in 200",
       .sessions = 8'000,
       .server =
           [] {
             return turning_away_by(Deed::throttled,
                                    faulty({{Deed::unavailable, 0.005}}, workers(8, between(40ms, 60ms), 0)));
           },
       .ideal_rate = 8 / 0.05,
       .knee = 8},
      {.name = "504 at once beyond 12",
       .sessions = 10'000,
       .server = [] { return turning_away_by(Deed::gateway_timeout, workers(12, between(30ms, 70ms), 0)); },
       .ideal_rate = 12 / 0.05,
       .knee = 12,
       // Others fail so, too: there must be a few of them before it is a limit.
       .at_least_of_ideal = 0.75},
      {.name = "connection lost at once beyond 12",
       .sessions = 10'000,
       .server = [] { return turning_away_by(Deed::lost, workers(12, between(30ms, 70ms), 0)); },
       .ideal_rate = 12 / 0.05,
       .knee = 12,
       .at_least_of_ideal = 0.75},
      {.name = "stands still for 10 seconds",
       .sessions = 7'000,
       .server = [] { return standing_still(12s, 22s, workers(12, between(40ms, 60ms))); },
       .ideal_rate = 12 / 0.05,
       .knee = 12,
       .lost = 10s,
       .recovers_at = 22s},
      {.name = "more than is asked for",
       .sessions = 15'000,
       .server = [] { return unlimited(between(80ms, 120ms)); },
       .ideal_rate = 64 / 0.1,
       .concurrency = 64,
       .bears_anything = true},
      {.name = "quicker than its client",
       .sessions = 300'000,
       .server = [] { return quick(300us, 35us); },
       .ideal_rate = 64 / 0.002505,
       .concurrency = 64,
       .bears_anything = true},
      {.name = "quicker than its client, with hiccups",
       .sessions = 300'000,
       .server = [] { return with_hiccups(quick(300us, 35us)); },
       .ideal_rate = 64 / 0.002505,
       .lost = 6 * 100ms,
       .concurrency = 64,
       .bears_anything = true},
      with_quota("100 a minute, Retry-After", Dialect::retry_after_seconds),
      with_quota("100 a minute, Retry-After as a date", Dialect::retry_after_date),
      with_quota("100 a minute, RateLimit", Dialect::ratelimit),
      with_quota("100 a minute, X-RateLimit", Dialect::x_ratelimit),
      with_quota("100 a minute, 429 alone", Dialect::silent),
      {.name = "brown-out for 3 minutes",
       .sessions = 30'000,
       .server =
           [] {
             return during(
                 30s, 210s,
                 faulty({{Deed::unavailable, 0.4}, {Deed::lost, 0.1}, {Deed::executed_silent, 0.02}},
                        workers(4, between(300ms, 600ms))),
                 workers(20, between(80ms, 120ms)));
           },
       .ideal_rate = 20 / 0.1,
       .knee = 20,
       .lost = 180s,
       .recovers_at = 210s,
       .loses_answers = true},
      {.name = "gone for 2 minutes",
       .sessions = 15'000,
       .server = [] { return during(20s, 140s, always(Deed::refused), workers(20, between(80ms, 120ms))); },
       .ideal_rate = 20 / 0.1,
       .knee = 20,
       .lost = 120s,
       .recovers_at = 140s},
      {.name = "one slow node of four",
       .sessions = 6'000,
       .server = slow_node,
       .ideal_rate = 4 * 8 / 0.3,  // the fourth part goes to it
       .knee = 11},                // 8 in work there, and one in ten of the others' time
      {.name = "heavy tail",
       .sessions = 13'000,
       .server = [] { return workers(16, heavy_tail(20ms, 2.5)); },
       .ideal_rate = 16 / 0.0253,  // median 20 ms: mean 20 ms · 2^(-1/2.5) · 2.5/1.5
       .knee = 16},
      {.name = "slower by the minute",
       .sessions = 20'000,
       .server = [] { return workers(16, decaying(between(30ms, 50ms), 60s)); },
       .ideal_rate = 16 / 0.04,
       .knee = 16,
       // The rate falls as 1 / (1 + t/60 s): 20,000 are done when 24,000 · ln(1 + t/60 s) says so.
       .lost = 28'060ms},
  };
}

}  // namespace

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> all = [] {
    std::vector<Scenario> some = limited_scenarios();
    std::vector<Scenario> others = failing_scenarios();
    some.insert(some.end(), std::make_move_iterator(others.begin()), std::make_move_iterator(others.end()));
    return some;
  }();
  return all;
}

const Scenario& scenario(const std::string& name) {
  for (const Scenario& one : scenarios())
    if (one.name == name) return one;
  throw std::logic_error("no such scenario: " + name);
}

}  // namespace bulkdrop::run
