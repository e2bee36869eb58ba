#include <deque>
#include <memory>

#include "run/simulation.hpp"
#include "scenarios.hpp"
#include "support/observed.hpp"
#include "support/simulated_id.hpp"
#include "support/simulated_pool.hpp"
#include <fmt/format.h>

#include "bulkdrop/net/pool.hpp"

namespace bulkdrop::run {
namespace {

using namespace test;

PaceResult result_of(const Scenario& scenario, const Observation& seen, Duration took, std::uint64_t dropped,
                     std::uint64_t unknown) {
  PaceResult result;
  result.took = took;
  const Duration ideal = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(
                             static_cast<double>(scenario.sessions) / scenario.ideal_rate)) +
                         scenario.lost;
  result.of_ideal = std::chrono::duration<double>(ideal) / std::chrono::duration<double>(took) *
                    static_cast<double>(dropped) / static_cast<double>(scenario.sessions);
  result.peak = seen.peak(scenario.ramp);
  result.wasted = seen.wasted();
  result.requests_per_session = static_cast<double>(seen.requests()) / static_cast<double>(scenario.sessions);
  if (scenario.recovers_at)
    result.recovered_after = seen.reaches(0.9 * scenario.ideal_rate, *scenario.recovers_at);
  result.dropped = dropped;
  result.unknown = unknown;
  result.ended_unseen = seen.ended_unseen();
  return result;
}

}  // namespace

PaceResult paced_run(const Scenario& scenario, std::uint64_t seed, const OnTurn& on_turn) {
  Observation seen;
  Simulation run(scenario.sessions);
  if (on_turn)
    run.supervisor.on_look = [&](const policy::Dispatcher& dispatcher, Moment now) {
      on_turn(now.mono - kStart,
              {dispatcher.window(now.mono), dispatcher.shed_above(), dispatcher.waiting_for(now.mono)});
      return TimePoint::max();
    };
  run.server.drops = observed(seen, scenario.server());
  run.limits.concurrency = scenario.concurrency;
  run.limits.adapt = true;
  run.seed = seed;
  run.run();
  if (const std::string broken = run.broken_promise(); !broken.empty()) throw std::logic_error(broken);
  return result_of(scenario, seen, run.clock.passed(), run.recorder.counts.of(Status::dropped),
                   run.recorder.counts.of(Status::unknown));
}

void print_change(Duration since_start, const PaceNow& pace, std::string& last) {
  std::string line = fmt::format("{:4}", pace.window);
  if (pace.shed_above > 0) line += fmt::format("  {:.1f} a second", pace.shed_above);
  if (!pace.waiting_for.empty()) line += "  waiting";
  if (line == last) return;
  fmt::print("{:8.2f} s  {}\n", std::chrono::duration<double>(since_start).count(), line);
  last = std::move(line);
}

PaceResult naive_run(const Scenario& scenario, std::uint64_t seed) {
  constexpr std::size_t kAtOnce = 256;
  constexpr int kTries = 20;
  Observation seen;
  ManualClock clock;
  SimulatedServer server(scenario.sessions);
  server.token_really = Duration::max();
  server.drops = observed(seen, scenario.server());
  SimulatedPool pool(clock, server, kAtOnce, seed);
  const auto start = [&](const std::string& url, net::Method method, std::uint64_t ticket,
                         const std::shared_ptr<const net::HeaderLines>& headers) {
    net::Request request;
    request.ticket = ticket;
    request.method = method;
    request.url = url.c_str();
    request.headers = headers;
    pool.start(request);
  };
  start("https://pam.example/token", net::Method::post, 0, nullptr);
  while (pool.in_flight() > 0) static_cast<void>(pool.wait(TimePoint::max()));
  const auto headers =
      std::make_shared<const net::HeaderLines>(std::vector<std::string>{"Authorization: Bearer token-1"});
  std::vector<int> tries(scenario.sessions);
  std::deque<std::uint64_t> again;
  std::uint64_t next = 0;
  std::uint64_t dropped = 0;
  while (next < scenario.sessions || !again.empty() || pool.in_flight() > 0) {
    while (pool.in_flight() < kAtOnce && (!again.empty() || next < scenario.sessions)) {
      std::uint64_t row = 0;
      if (again.empty()) {
        row = next++;
      } else {
        row = again.front();
        again.pop_front();
      }
      ++tries[row];
      start("https://pam.example/" + simulated_id(row), net::Method::del, row, headers);
    }
    for (const Answer& answer : pool.wait(TimePoint::max())) {
      if (answer.error == TransportError::none && answer.http_status == 200)
        ++dropped;
      else if (tries[answer.ticket] < kTries)
        again.push_back(answer.ticket);
    }
  }
  return result_of(scenario, seen, clock.passed(), dropped, 0);
}

}  // namespace bulkdrop::run
