// Whole runs in virtual time whose tokens end, are refused, or never come.
#include <chrono>
#include <cstdint>

#include "simulation.hpp"
#include <boost/test/unit_test.hpp>

using namespace bulkdrop;
using namespace bulkdrop::run;
using namespace bulkdrop::test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(token_runs)

BOOST_AUTO_TEST_CASE(a_missing_permission_costs_a_handful_of_requests) {
  Simulation run(100'000);
  run.server.drops = always(Deed::no_permission);
  run.run();
  keeps_its_promises(run);
  stopped_as(run, StopKind::auth, ExitCode::not_allowed);
  BOOST_TEST(run.server.drop_requests <= 3U);
  BOOST_TEST(run.recorder.counts.of(Status::failed) == 0U);
}

BOOST_AUTO_TEST_CASE(tokens_that_are_refused_for_ever_stop_the_run_after_the_second_one) {
  for (const std::uint64_t canary : {1U, 0U}) {
    Simulation run(1000);
    run.limits.canary = canary;
    // Some are still in flight when it is clear.
    run.server.drops = always(Deed::bad_token, between(10ms, 2s));
    run.run();
    keeps_its_promises(run);
    stopped_as(run, StopKind::auth, ExitCode::not_allowed);
    BOOST_TEST(run.server.token_requests == 2U);
    BOOST_TEST(run.recorder.counts.of(Status::failed) == 0U);
    BOOST_TEST(run.recorder.counts.of(Status::dropped) == 0U);
  }
}

BOOST_AUTO_TEST_CASE(refused_client_credentials_stop_the_run_before_the_first_drop) {
  Simulation run(1000);
  run.server.tokens = always(Deed::bad_token);
  run.run();
  keeps_its_promises(run);
  stopped_as(run, StopKind::auth, ExitCode::not_allowed);
  BOOST_TEST(run.server.token_requests <= 2U);  // the second one with a Basic header
  BOOST_TEST(run.server.drop_requests == 0U);
}

BOOST_AUTO_TEST_CASE(a_token_server_that_is_away_stops_the_run_after_the_outage) {
  Simulation run(1000);
  run.limits.outage = 2min;
  run.server.tokens = always(Deed::unavailable);
  run.run();
  keeps_its_promises(run);
  stopped_as(run, StopKind::outage, ExitCode::safety_limit);
  BOOST_TEST((run.clock.passed() >= 2min));
  BOOST_TEST((run.clock.passed() < 150s));
  BOOST_TEST(run.server.token_requests < 60U);
  BOOST_TEST(run.server.drop_requests == 0U);
}

BOOST_AUTO_TEST_CASE(a_token_that_ends_early_costs_one_token_request_however_many_were_in_flight) {
  Simulation run(4000);
  run.server.token_really = 1500ms;  // the answer promised an hour; 4,000 take about 2.5 s
  run.run();
  keeps_its_promises(run);
  BOOST_TEST(!run.stop.has_value());
  BOOST_TEST(run.recorder.counts.of(Status::dropped) == 4000U);
  BOOST_TEST(run.server.token_requests == 2U);
  BOOST_TEST(run.totals.retries > 0U);
  BOOST_TEST(run.totals.retries <= run.limits.concurrency);
}

BOOST_AUTO_TEST_CASE(a_token_is_renewed_before_it_ends) {
  Simulation run(10'000);
  run.server.token_lifetime = 2s;
  run.server.token_really = 2s;
  run.run();
  keeps_its_promises(run);
  BOOST_TEST(run.recorder.counts.of(Status::dropped) == 10'000U);
  BOOST_TEST(run.totals.retries == 0U);
  BOOST_TEST(run.server.token_requests >= 3U);
  BOOST_TEST(run.server.token_requests <= 6U);
}

BOOST_AUTO_TEST_CASE(a_stop_while_a_token_is_due_waits_in_peace_for_what_is_in_flight) {
  Simulation run(1000);
  run.limits.canary = 0;
  run.server.drops = unlimited(exactly(10s));
  run.server.tokens = unlimited(exactly(10s));
  run.server.token_lifetime = 12s;  // renewal is due 9.6 s after the token came
  const TimePoint stop_at = kStart + 15s;
  run.supervisor.on_look = [&](policy::Dispatcher& dispatcher, Moment now) {
    if (now.mono < stop_at) return stop_at;
    dispatcher.stop({StopKind::signal, ExitCode::interrupted, "stopped"});
    return TimePoint::max();
  };
  run.run();  // throws if it spins
  keeps_its_promises(run);
  BOOST_TEST(run.recorder.counts.of(Status::dropped) == run.limits.concurrency);
}

BOOST_AUTO_TEST_SUITE_END()
