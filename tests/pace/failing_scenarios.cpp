// Servers that fail a share of the requests whatever the load, and such as do so for the load.
#include <algorithm>

#include "scenarios.hpp"
#include "support/latency.hpp"

namespace bulkdrop::run {
namespace {

using namespace test;
using namespace std::chrono_literals;

// Some fail whatever the load: a node is broken, a gateway flaky. It bears as many at once as are asked for.
// The ideal is what a fixed concurrency of 32 reaches.
Scenario failing(const char* name, Deed deed, double share, double at_least_of_ideal = 0.85) {
  return {.name = name,
          .sessions = 8'000,
          .server =
              [=] {
                return faulty({{deed, share}}, unlimited(between(160ms, 240ms)));
              },
          .ideal_rate = 32 / 0.2 * (1 - share),
          .concurrency = 32,
          .at_least_of_ideal = at_least_of_ideal,
          .at_most_wasted = 1.5 * share,
          .at_most_requests = 1 + 1.5 * share,
          .loses_answers = share > 0.05,  // some fail five times
          .bears_anything = share < 0.1};
}

// The same, of a server with twelve at once.
Scenario failing_with_knee(const char* name, Deed deed, double share) {
  return {.name = name,
          .sessions = 20'000,
          .server =
              [=] {
                return faulty({{deed, share}}, workers(12, between(40ms, 60ms)));
              },
          .ideal_rate = 12 / 0.05 * (1 - share),
          .knee = 12,
          .at_least_of_ideal = share > 0.05 ? 0.8 : 0.9,
          .at_most_wasted = 1.5 * share,
          .at_most_requests = std::max(1.1, 1 + 1.5 * share),
          .loses_answers = share > 0.05};
}

// The ideal is what a fixed concurrency of 32 reaches: a request without an answer takes a place for 30
// seconds.
Scenario without_answer(const char* name, double share) {
  return {.name = name,
          .sessions = 8'000,
          .server =
              [=] {
                return faulty({{Deed::silent, share}}, unlimited(between(160ms, 240ms)));
              },
          .ideal_rate = 32 / ((1 - share) * 0.2 + share * 30) * (1 - share),
          .concurrency = 32,
          // How many wait in line can hardly be told beside them.
          .at_least_of_ideal = 0.04,
          .at_most_wasted = 1.5 * share,
          .at_most_requests = 1 + 1.5 * share,
          .loses_answers = true,
          .bears_anything = true};
}

// More than `most` at once make a share of all fail, until there were no more for a while.
Scenario too_much_for(const char* name, std::size_t most, double share, Duration recovers_in) {
  return {.name = name,
          .sessions = 12'000,
          .server =
              [=] {
                return straining(most, recovers_in,
                                 faulty({{Deed::gateway_timeout, share}}, unlimited(between(40ms, 60ms))),
                                 unlimited(between(40ms, 60ms)));
              },
          .ideal_rate = static_cast<double>(most) / 0.05,
          .at_least_of_ideal = 0.1,
          // It is not to be taken for a broken node.
          .at_most_wasted = 0.75 * share,
          .at_most_requests = 1.18,
          .loses_answers = true};
}

}  // namespace

std::vector<Scenario> failing_scenarios() {
  return {
      {.name = "503 for one in seven",
       .sessions = 40'000,
       .server =
           [] {
             return faulty({{Deed::unavailable, 1.0 / 7}}, workers(16, between(40ms, 60ms)));
           },
       .ideal_rate = 16 / 0.05 * 6 / 7,
       // It has to be found out that asking slowly does not help.
       .at_least_of_ideal = 0.85,
       .at_most_wasted = 0.16,
       .at_most_requests = 1.2,
       .loses_answers = true},
      failing("504 for 1 %", Deed::gateway_timeout, 0.01),
      failing("504 for 2 %", Deed::gateway_timeout, 0.02),
      failing("504 for 3 %", Deed::gateway_timeout, 0.03),
      failing("504 for 5 %", Deed::gateway_timeout, 0.05),
      // It has to be found out that a narrow window does not help; the nearer to what is borne, the later.
      failing("504 for 7 %", Deed::gateway_timeout, 0.07, 0.45),
      failing("504 for 9 %", Deed::gateway_timeout, 0.09, 0.6),
      failing("504 for 12 %", Deed::gateway_timeout, 0.12, 0.6),
      failing("504 for 20 %", Deed::gateway_timeout, 0.2, 0.6),
      failing("connection lost for 2 %", Deed::lost, 0.02),
      // A fixed concurrency reaches a third, since these requests take the place of others for half a minute;
      // how many wait in line can hardly be told beside them.
      failing("no answer for 1 %", Deed::silent, 0.01, 0.12),
      without_answer("no answer for 8 %", 0.08),
      failing("503 for 1 %", Deed::unavailable, 0.01),
      failing("503 for 2 %", Deed::unavailable, 0.02),
      failing("503 for 3 %", Deed::unavailable, 0.03),
      failing("429 for 2 %", Deed::throttled, 0.02),
      failing_with_knee("knee of 12, 504 for 2 %", Deed::gateway_timeout, 0.02),
      failing_with_knee("knee of 12, 503 for 2 %", Deed::unavailable, 0.02),
      failing_with_knee("knee of 12, 504 for 9 %", Deed::gateway_timeout, 0.09),
      {.name = "504 for 9 %, and for all beyond 12",
       .sessions = 20'000,
       .server =
           [] {
             const Latency latency = between(40ms, 60ms);
             return straining(12, 0s, always(Deed::gateway_timeout, latency),
                              faulty({{Deed::gateway_timeout, 0.09}}, unlimited(latency)));
           },
       .ideal_rate = 12 / 0.05 * 0.91,
       // It climbs with care where it fell.
       .at_least_of_ideal = 0.1,
       .at_most_wasted = 0.14,
       .at_most_requests = 1.15,
       .loses_answers = true},
      {.name = "504 for 9 % from 20 s to 3 minutes",
       .sessions = 32'000,
       .server =
           [] {
             return during(20s, 180s,
                           faulty({{Deed::gateway_timeout, 0.09}}, unlimited(between(160ms, 240ms))),
                           unlimited(between(160ms, 240ms)));
           },
       .ideal_rate = 32 / 0.2,
       .lost = 14400ms,  // 9 % of 160 s
       .recovers_at = 180s,
       .concurrency = 32,
       // What was well before gets more time to recover.
       .at_least_of_ideal = 0.7,
       .at_most_wasted = 0.09,
       .bears_anything = true},
      {.name = "504 at once for 9 %",
       .sessions = 8'000,
       .server =
           [] {
             return turning_away_by(Deed::gateway_timeout,
                                    turning_away(0.09, unlimited(between(160ms, 240ms))));
           },
       .ideal_rate = 32 / 0.2,
       .concurrency = 32,
       .at_least_of_ideal = 0.6,
       .at_most_wasted = 0.13,
       .at_most_requests = 1.13,
       .loses_answers = true,
       .bears_anything = true},
      too_much_for("504 for 20 % beyond 12", 12, 0.2, 0s),
      too_much_for("504 for 20 % for 10 s after more than 12", 12, 0.2, 10s),
      too_much_for("504 for 20 % for 20 s after more than 12", 12, 0.2, 20s),
      {.name = "connection lost at once for 2 %",
       .sessions = 8'000,
       .server =
           [] { return turning_away_by(Deed::lost, turning_away(0.02, unlimited(between(160ms, 240ms)))); },
       .ideal_rate = 32 / 0.2,
       .concurrency = 32,
       .at_most_wasted = 0.03,
       .bears_anything = true},
      {.name = "503 at once for 2 %",
       .sessions = 8'000,
       .server = [] { return turning_away(0.02, unlimited(between(160ms, 240ms))); },
       .ideal_rate = 32 / 0.2,
       .concurrency = 32,
       // It looks like a limit in time.
       .at_least_of_ideal = 0.12,
       .at_most_wasted = 0.03,
       .bears_anything = true},
  };
}

}  // namespace bulkdrop::run
