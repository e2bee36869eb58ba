// Servers with limits that a run does not know, and how well it finds them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "support/behaviour.hpp"

#include "bulkdrop/core/clock.hpp"

namespace bulkdrop::run {

// What a run needs to find its pace is not counted in the peak.
inline constexpr Duration kRamp = std::chrono::seconds(10);

struct Scenario {
  std::string name;
  std::uint64_t sessions;
  std::function<test::BehaviourPtr()> server;
  double ideal_rate;     // sessions a second of the healthy server, at its best
  std::size_t knee = 0;  // requests at once beyond which it only gets worse; 0 = there is none
  Duration lost{};       // time in which nobody could have dropped anything
  std::optional<Duration> recovers_at = std::nullopt;  // when it is healthy again, if it was not
  std::size_t concurrency = 256;                       // --concurrency
  Duration ramp = kRamp;
  // What must hold of a run against it.
  double at_least_of_ideal = 0.9;
  double at_most_wasted = 0.02;
  double at_most_requests = 1.1;  // per session
  bool loses_answers = false;     // some sessions end without an answer that says so
  double failing = 0;             // share of the requests that fail however slowly it is asked
  bool bears_anything = false;    // a naive client does as well
};

const std::vector<Scenario>& scenarios();
// Those of them that fail a share of the requests.
std::vector<Scenario> failing_scenarios();
const Scenario& scenario(const std::string& name);

struct PaceResult {
  Duration took{};
  double of_ideal = 0;   // ideal time / time taken
  std::size_t peak = 0;  // in flight at once, after the ramp
  double wasted = 0;     // share of the requests that were shed or failed
  double requests_per_session = 0;
  std::optional<Duration> recovered_after;  // until 90 % of the ideal rate
  std::uint64_t dropped = 0;
  std::uint64_t unknown = 0;
  std::uint64_t ended_unseen = 0;  // sessions whose end no answer told
};

// bulkdrop, without any tuning. `on_turn` is told of the pace at every turn of the loop.
struct PaceNow {
  std::size_t window;
  double shed_above;  // requests a second; 0 = no limit is known
  std::string waiting_for;
};
using OnTurn = std::function<void(Duration since_start, const PaceNow& pace)>;
PaceResult paced_run(const Scenario& scenario, std::uint64_t seed = 1, const OnTurn& on_turn = nullptr);
// Prints the pace if it is not what was printed last.
void print_change(Duration since_start, const PaceNow& pace, std::string& last);
// What a script does: 256 at once, and again at once what failed, until it is gone or was tried 20 times.
PaceResult naive_run(const Scenario& scenario, std::uint64_t seed = 1);

}  // namespace bulkdrop::run
