// Whole runs in virtual time: what a run says, held against what the server really did.
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "simulation.hpp"
#include "support/property.hpp"
#include "support/quota.hpp"
#include <boost/test/unit_test.hpp>

using namespace bulkdrop;
using namespace bulkdrop::run;
using namespace bulkdrop::test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(whole_run)

BOOST_AUTO_TEST_CASE(a_healthy_server_gets_one_request_a_session) {
  constexpr std::uint64_t kRows = 100'000;
  Simulation run(kRows);
  run.run();
  keeps_its_promises(run);
  BOOST_TEST(!run.stop.has_value());
  BOOST_TEST(run.recorder.counts.of(Status::dropped) == kRows);
  BOOST_TEST(run.server.drop_requests == kRows);
  BOOST_TEST(run.server.token_requests == 1U);
  BOOST_TEST(run.totals.retries == 0U);
  // 32 at once, 20 ms each: about a minute. Less than twice that, and no turn of the loop for nothing.
  BOOST_TEST((run.clock.passed() < 130s));
  BOOST_TEST(run.waits < kRows + 1000);
}

BOOST_AUTO_TEST_CASE(an_empty_input_asks_nobody_for_anything) {
  Simulation run(0);
  run.run();
  BOOST_TEST(!run.stop.has_value());
  BOOST_TEST(run.server.drop_requests == 0U);
}

BOOST_AUTO_TEST_CASE(a_server_with_few_workers_is_served_at_its_pace) {
  Simulation run(5000);
  run.server.drops = workers(4);
  run.run();
  keeps_its_promises(run);
  BOOST_TEST(run.recorder.counts.of(Status::dropped) == 5000U);
  BOOST_TEST(run.server.drop_requests == 5000U);
}

BOOST_AUTO_TEST_CASE(rows_that_need_no_request_keep_no_signal_waiting) {
  Simulation run(100'000);
  run.feed.admission = [](std::uint64_t) { return Admission::invalid; };
  std::uint64_t most_between_looks = 0;
  std::uint64_t at_last_look = 0;
  run.supervisor.on_look = [&](policy::Dispatcher&, Moment) {
    most_between_looks = std::max(most_between_looks, run.supervisor.results - at_last_look);
    at_last_look = run.supervisor.results;
    return TimePoint::max();
  };
  run.run();
  keeps_its_promises(run);
  BOOST_TEST(run.recorder.counts.of(Status::invalid) == 100'000U);
  BOOST_TEST(most_between_looks <= 5000U);
}

BOOST_AUTO_TEST_CASE(rows_that_are_not_to_be_dropped_are_settled_without_a_request) {
  Simulation run(3000);
  run.feed.admission = [](std::uint64_t row) {
    return row % 4 == 0   ? Admission::to_drop
           : row % 4 == 1 ? Admission::invalid
           : row % 4 == 2 ? Admission::duplicate
                          : Admission::protected_;
  };
  run.run();
  keeps_its_promises(run);
  for (const Status status : {Status::dropped, Status::invalid, Status::duplicate, Status::protected_})
    BOOST_TEST(run.recorder.counts.of(status) == 750U);
  BOOST_TEST(run.server.drop_requests == 750U);
}

BOOST_AUTO_TEST_CASE(whatever_goes_wrong_every_row_gets_one_true_result) {
  const std::vector<Deed> mixed = {Deed::drop_error,      Deed::executed_lost, Deed::lost,
                                   Deed::executed_silent, Deed::silent,        Deed::throttled,
                                   Deed::unavailable,     Deed::executed_503,  Deed::unexpected,
                                   Deed::garbage,         Deed::executed_cut,  Deed::refused};
  holds("every row gets one true result", [&] {
    const auto rows = *rc::gen::inRange<std::uint64_t>(1, 400);
    Simulation run(rows);
    run.seed = *rc::gen::arbitrary<std::uint64_t>();
    run.limits.concurrency = *rc::gen::inRange<std::size_t>(1, 100);
    run.limits.attempts = *rc::gen::inRange(1, 7);
    run.limits.canary = *rc::gen::inRange<std::uint64_t>(0, 4);
    run.server.token_really = std::chrono::seconds(*rc::gen::inRange(20, 5000));
    std::map<Deed, double> shares;
    for (const Deed deed : mixed) shares[deed] = 0.001 * *rc::gen::inRange(0, 70);
    const auto at_once = *rc::gen::element<std::size_t>(1, 4, 30, 1000);
    run.server.drops = throttling_with({{"Retry-After", "1"}}, faulty(shares, workers(at_once)));
    const auto gone_before = *rc::gen::inRange<std::uint64_t>(1, 20);
    for (std::uint64_t i = 0; i < rows; i += gone_before) run.server.ledger[i].alive = false;
    run.run();
    RC_ASSERT(run.broken_promise() == "");
    RC_ASSERT(run.clock.passed() < 24h);
    RC_ASSERT(run.waits < 200 * (rows + 100));
    if (!run.stop) RC_ASSERT(run.recorder.counts.total() == rows);
  });
}

BOOST_AUTO_TEST_CASE(a_stop_at_any_moment_leaves_every_row_accounted_for) {
  holds("a stop leaves every row that was taken with one true result", [] {
    Simulation run(500);
    run.seed = *rc::gen::arbitrary<std::uint64_t>();
    run.limits.concurrency = *rc::gen::inRange<std::size_t>(1, 64);
    run.server.drops = throttling_with(
        {{"Retry-After", "1"}},
        faulty({{Deed::lost, 0.1}, {Deed::executed_lost, 0.1}, {Deed::throttled, 0.01}, {Deed::silent, 0.05}},
               unlimited()));
    const TimePoint stop_at = kStart + std::chrono::milliseconds(*rc::gen::inRange(0, 3000));
    const bool cut = *rc::gen::arbitrary<bool>();
    std::uint64_t sent_at_stop = 0;
    SimulatedPool* pool = nullptr;
    run.prepare = [&](SimulatedPool& made) { pool = &made; };
    run.supervisor.on_look = [&](policy::Dispatcher& dispatcher, Moment now) {
      if (now.mono < stop_at) return stop_at;
      if (!dispatcher.stopped()) {
        dispatcher.stop({StopKind::signal, ExitCode::interrupted, "stopped"});
        sent_at_stop = run.server.drop_requests;
        if (cut) pool->cancel();
      }
      return TimePoint::max();
    };
    run.run();
    RC_ASSERT(run.broken_promise() == "");
    if (run.stop) RC_ASSERT(run.server.drop_requests == sent_at_stop);
    if (cut) RC_ASSERT(run.clock.now() <= std::max(stop_at, run.clock.now()));
  });
}

BOOST_AUTO_TEST_CASE(an_outage_in_the_middle_is_waited_out) {
  for (const Deed deed : {Deed::refused, Deed::unavailable}) {
    Simulation run(20'000);
    run.server.drops = during(5s, 185s, always(deed), unlimited());
    run.run();
    keeps_its_promises(run);
    BOOST_TEST(!run.stop.has_value());
    BOOST_TEST(run.recorder.counts.of(Status::dropped) == 20'000U);
    BOOST_TEST((run.clock.passed() < 400s));
    // It asked now and then, not all the time.
    BOOST_TEST(run.server.drop_requests < 20'060U);
  }
}

BOOST_AUTO_TEST_CASE(an_outage_without_end_stops_the_run_after_the_time_that_was_given) {
  for (const Deed deed : {Deed::refused, Deed::unavailable}) {
    Simulation run(20'000);
    run.server.drops = during(5s, 1000h, always(deed), unlimited());
    run.run();
    keeps_its_promises(run);
    stopped_as(run, StopKind::outage, ExitCode::safety_limit);
    BOOST_TEST((run.clock.passed() >= 605s));
    BOOST_TEST((run.clock.passed() < 640s));
    BOOST_TEST(run.recorder.counts.of(Status::failed) == 0U);
    BOOST_TEST(run.recorder.counts.total() == run.taken);
  }
}

BOOST_AUTO_TEST_CASE(a_server_that_was_never_there_stops_the_run_after_the_outage) {
  Simulation run(100'000);
  run.limits.outage = 2min;
  run.server.tokens = always(Deed::refused);
  run.server.drops = always(Deed::refused);
  run.run();
  keeps_its_promises(run);
  BOOST_TEST(run.stop.has_value());
  BOOST_TEST((run.clock.passed() < 150s));
  BOOST_TEST(run.server.drop_requests == 0U);
}

BOOST_AUTO_TEST_CASE(a_wrong_url_costs_a_handful_of_requests) {
  for (const std::uint64_t canary : {1U, 0U}) {
    Simulation run(100'000);
    run.limits.canary = canary;
    run.server.drops = always(Deed::no_resource);
    run.run();
    keeps_its_promises(run);
    stopped_as(run, StopKind::config, ExitCode::usage);
    BOOST_TEST(run.server.drop_requests <= (canary == 0 ? run.limits.concurrency + 3 : 3U));
    BOOST_TEST(run.recorder.counts.of(Status::failed) == 0U);
  }
}

BOOST_AUTO_TEST_CASE(leases_that_come_late_hold_the_rows_back_and_nothing_else) {
  Simulation run(1000);
  run.recorder.leased = 0;
  run.prepare = [&](SimulatedPool& pool) {
    for (int i = 1; i <= 100; ++i) pool.at(i * 50ms, [&run] { run.recorder.leased += 10; });
  };
  run.run();  // the pool throws if a row goes out without its lease
  keeps_its_promises(run);
  BOOST_TEST(run.recorder.counts.of(Status::dropped) == 1000U);
  BOOST_TEST((run.clock.passed() >= 5s));
  BOOST_TEST((run.clock.passed() < 6s));
}

BOOST_AUTO_TEST_CASE(a_row_that_comes_late_is_sent_at_once) {
  Simulation run(100);
  run.feed.available = 0;
  run.server.drops = unlimited(exactly(5ms));
  std::vector<Duration> came(100);
  std::vector<Duration> sent(100);
  run.prepare = [&](SimulatedPool& pool) {
    for (std::uint64_t i = 0; i < 100; ++i)
      pool.at(static_cast<int>(i + 1) * 7s, [&run, &came, i] {
        run.feed.available = i + 1;
        came[i] = run.clock.passed();
      });
    pool.on_start = [&run, &sent](std::uint64_t row) { sent[row] = run.clock.passed(); };
  };
  run.run();
  keeps_its_promises(run);
  for (std::size_t i = 0; i < 100; ++i) BOOST_TEST((sent[i] == came[i]));
  BOOST_TEST(run.waits < 1000U);
}

BOOST_AUTO_TEST_CASE(max_sessions_stops_before_the_next_one_which_was_then_never_taken) {
  Simulation run(100);
  run.limits.max_sessions = 40;
  run.run();
  keeps_its_promises(run);
  stopped_as(run, StopKind::max_sessions, ExitCode::safety_limit);
  BOOST_TEST(run.server.drop_requests <= 40U);
  BOOST_TEST(run.taken == 40U);  // one more would be reported as `unknown`
}

BOOST_AUTO_TEST_CASE(a_server_that_asks_for_peace_gets_it) {
  Simulation run(2000);
  run.server.drops = throttling_with({{"Retry-After", "3"}}, faulty({{Deed::throttled, 0.01}}, unlimited()));
  run.run();
  keeps_its_promises(run);
  BOOST_TEST(run.recorder.counts.of(Status::dropped) == 2000U);
  BOOST_TEST(run.totals.throttled > 0U);
}

BOOST_AUTO_TEST_CASE(a_quota_is_kept_to_in_whatever_words_the_gateway_tells_it) {
  for (const Dialect dialect :
       {Dialect::retry_after_seconds, Dialect::retry_after_date, Dialect::ratelimit, Dialect::x_ratelimit}) {
    Simulation run(500);
    run.server.drops = quota(50, 10s, dialect, unlimited());
    run.run();
    BOOST_TEST_CONTEXT("dialect " << static_cast<int>(dialect)) {
      keeps_its_promises(run);
      BOOST_TEST(run.recorder.counts.of(Status::dropped) == 500U);
      // Ten windows, and no more knocking at each than was in flight when it was full.
      BOOST_TEST((run.clock.passed() >= 90s));
      BOOST_TEST((run.clock.passed() < 100s));
      BOOST_TEST(run.totals.throttled < 10 * run.limits.concurrency);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_same_seed_makes_the_same_run) {
  const auto once = [](std::uint64_t seed) {
    Simulation run(500);
    run.seed = seed;
    run.server.drops =
        faulty({{Deed::lost, 0.1}, {Deed::drop_error, 0.1}, {Deed::refused, 0.05}}, unlimited());
    run.run();
    return std::pair(run.clock.passed(), run.recorder.counts);
  };
  BOOST_TEST((once(7) == once(7)));
  BOOST_TEST((once(7) != once(8)));
}

BOOST_AUTO_TEST_CASE(a_rate_is_kept) {
  Simulation run(300);
  run.limits.rate = 10;
  run.run();
  keeps_its_promises(run);
  BOOST_TEST(run.recorder.counts.of(Status::dropped) == 300U);
  BOOST_TEST((run.clock.passed() >= 29s));
  BOOST_TEST((run.clock.passed() < 32s));
  BOOST_TEST(run.waits < 3000U);
}

BOOST_AUTO_TEST_SUITE_END()
