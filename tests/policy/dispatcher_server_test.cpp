// What the dispatcher does when the trouble is the server's, not a row's.
#include <set>

#include "simulation.hpp"
#include "support/property.hpp"
#include <boost/test/unit_test.hpp>

namespace bulkdrop::policy::test {
namespace {

std::size_t sends_between(const Run& run, TimePoint from, TimePoint to) {
  return static_cast<std::size_t>(
      std::count_if(run.sends.begin(), run.sends.end(), [&](TimePoint t) { return t >= from && t < to; }));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(throttling)

BOOST_AUTO_TEST_CASE(pauses_everybody_for_as_long_as_the_server_says) {
  const Run run = simulate(without_canary(), 200, [](const Request& request) {
    return Reply{request.row == 7 && request.nth == 1 ? throttled(20s) : dropped(), 10ms};
  });
  BOOST_TEST(run.count(Status::dropped) == 200U);
  BOOST_TEST(run.totals.throttled == 1U);
  // What left in the same instant is out; nothing follows until the pause is over, and then not much later.
  BOOST_TEST(sends_between(run, kStart + 11ms, kStart + 20s) == 0U);
  BOOST_TEST(sends_between(run, kStart + 20s, kStart + 22s + 10ms) > 0U);
}

BOOST_AUTO_TEST_CASE(without_a_pause_waits_longer_each_round) {
  Limits limits = without_canary();
  limits.attempts = 1000;
  Simulation simulation(limits, script({throttled()}));
  simulation.each_turn = [](Dispatcher& dispatcher, TimePoint now) {
    if (now > kStart + 10min) dispatcher.stop({StopKind::signal, ExitCode::interrupted, ""});
  };
  const Run run = simulation.run(2000);
  std::vector<Duration> gaps;
  for (std::size_t i = 1; i < run.sends.size(); ++i)
    if (run.sends[i] - run.sends[i - 1] > 500ms) gaps.push_back(run.sends[i] - run.sends[i - 1]);
  BOOST_REQUIRE(gaps.size() > 10U);
  BOOST_TEST((gaps[0] >= 1s - 10ms));
  BOOST_TEST((gaps[1] >= 2s - 10ms));
  BOOST_TEST((gaps[2] >= 4s - 10ms));
  BOOST_TEST((gaps[9] >= 29s));
  BOOST_TEST((gaps[9] <= 34s));
}

// `Retry-After: 0` and `RateLimit-Reset: 0` are rounded seconds, not an invitation to ask all at once.
BOOST_AUTO_TEST_CASE(with_a_pause_of_nothing_waits_as_without_one) {
  Limits limits = without_canary();
  limits.attempts = 5;
  const Run run = simulate(limits, 5000, [](const Request& request) {
    return Reply{request.now < kStart + 10s ? throttled(0s) : dropped(), 10ms};
  });
  BOOST_TEST(sends_between(run, kStart, kStart + 10s) <= 5U * 32);
  BOOST_TEST(run.count(Status::dropped) == 5000U);
}

BOOST_AUTO_TEST_CASE(of_a_server_that_is_down_is_obeyed_too) {
  const Run run = simulate(without_canary(), 50, [](const Request& request) {
    return Reply{request.nth == 1 && request.row == 0 ? unavailable(30s) : dropped(), 10ms};
  });
  BOOST_TEST(sends_between(run, kStart + 11ms, kStart + 30s) == 0U);
  BOOST_TEST(run.count(Status::dropped) == 50U);
}

// Nothing gets through: that is no better than a server that is away.
BOOST_AUTO_TEST_CASE(for_ever_is_given_up_as_an_outage) {
  Limits limits = without_canary();
  limits.outage = 1min;
  const Run run = simulate(limits, 1000, script({throttled()}));
  BOOST_REQUIRE(run.stop.has_value());
  BOOST_TEST(run.stop->kind == StopKind::outage);
  BOOST_TEST((run.took() <= 1min + 1s));
  BOOST_TEST(run.count(Status::unsent) == run.results.size());
}

BOOST_AUTO_TEST_CASE(for_longer_than_the_outage_may_last_stops_at_once_and_says_for_how_long) {
  Limits limits = without_canary();
  limits.outage = 10min;
  for (const Duration pause : {Duration(2h), Duration(24h)}) {
    const Run run = simulate(limits, 100, [&](const Request& request) {
      return Reply{request.row < 10 ? dropped() : throttled(pause), 10ms};
    });
    BOOST_REQUIRE(run.stop.has_value());
    BOOST_TEST(run.stop->kind == StopKind::outage);
    BOOST_TEST(run.stop->message.find("asks to wait") != std::string::npos, run.stop->message);
    BOOST_TEST((run.took() < 1min));
  }
  BOOST_TEST(!simulate(limits, 3, script({throttled(5min), dropped()})).stop.has_value());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(refusals_of_everybody)

BOOST_AUTO_TEST_CASE(stop_the_run_after_three_and_leave_the_rows_unsent) {
  for (const std::size_t concurrency : {1U, 2U, 32U}) {
    Limits limits = without_canary();
    limits.concurrency = concurrency;
    const Run run = simulate(limits, 1000, script({forbidden()}));
    BOOST_REQUIRE(run.stop.has_value());
    BOOST_TEST(run.stop->kind == StopKind::auth);
    BOOST_TEST(run.stop->exit_code == ExitCode::not_allowed);
    BOOST_TEST(run.stop->message.find("Ask for the permission.") != std::string::npos);
    BOOST_TEST(run.count(Status::unsent) == run.results.size());
    BOOST_TEST(run.sends.size() <= concurrency + 2);
  }
}

BOOST_AUTO_TEST_CASE(stop_the_run_in_its_middle_after_three_rows_of_them) {
  const Run run = simulate(without_canary(), 1000, [](const Request& request) {
    return Reply{request.now < kStart + 200ms ? dropped() : forbidden(), 10ms};
  });
  BOOST_TEST(run.stop->kind == StopKind::auth);
  BOOST_TEST(run.count(Status::failed) == 0U);
  BOOST_TEST(run.count(Status::unsent) + run.count(Status::dropped) == run.results.size());
  BOOST_TEST(sends_between(run, kStart + 200ms, kStart + 1h) <= 64U);
}

BOOST_AUTO_TEST_CASE(of_one_row_on_a_server_that_lets_others_in_are_that_rows_failure) {
  // At the end of the run, where no other answer comes between.
  const Run run = simulate(without_canary(), 100, [](const Request& request) {
    return Reply{request.row == 99 ? forbidden() : dropped(), 10ms};
  });
  BOOST_TEST(!run.stop.has_value());
  BOOST_TEST(run.results.at(99).status == Status::failed);
  BOOST_TEST(run.count(Status::dropped) == 99U);
}

BOOST_AUTO_TEST_CASE(of_a_certificate_stop_the_run_even_with_one_row_left) {
  const Run run = simulate(without_canary(), 100, [](const Request& request) {
    return Reply{request.row == 99 ? certificate_refused() : dropped(), 10ms};
  });
  BOOST_REQUIRE(run.stop.has_value());
  BOOST_TEST(run.stop->kind == StopKind::config);
  BOOST_TEST(run.stop->exit_code == ExitCode::usage);
  BOOST_TEST(run.results.at(99).status == Status::unsent);
  BOOST_TEST(run.results.at(99).attempts == 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(an_outage)

BOOST_AUTO_TEST_CASE(that_ends_in_time_costs_nothing_but_time) {
  for (const Judgement& answer : {not_sent(), unavailable(), garbage()}) {
    const Run run = simulate(without_canary(), 3000, [&](const Request& request) {
      const bool away = request.now >= kStart + 100ms && request.now < kStart + 5min;
      return Reply{away ? answer : dropped(), 10ms};
    });
    BOOST_TEST_CONTEXT(name(answer.reason)) {
      BOOST_TEST(!run.stop.has_value());
      // No row used up its attempts on a server that was not there.
      BOOST_TEST(run.count(Status::dropped) == 3000U);
      BOOST_TEST(sends_between(run, kStart + 100ms, kStart + 5min) < 150U);
      BOOST_TEST((run.took() < 8min));
    }
  }
}

BOOST_AUTO_TEST_CASE(that_lasts_stops_the_run_in_time) {
  for (const Judgement& answer : {not_sent(), unavailable(), garbage()})
    for (const Duration outage : {Duration(30s), Duration(10min)}) {
      Limits limits = without_canary();
      limits.outage = outage;
      const Run run = simulate(limits, 3000, script({answer}));
      BOOST_TEST_CONTEXT(name(answer.reason)) {
        BOOST_REQUIRE(run.stop.has_value());
        BOOST_TEST(run.stop->kind == StopKind::outage);
        BOOST_TEST(run.stop->exit_code == ExitCode::safety_limit);
        BOOST_TEST((run.took() >= outage));
        BOOST_TEST((run.took() <= outage + 1s));
        BOOST_TEST(run.count(answer.doubt ? Status::failed : Status::unknown) == 0U);
        BOOST_TEST(run.sends.size() < 200U);
      }
    }
}

BOOST_AUTO_TEST_CASE(of_a_pause_longer_than_the_patience_stops_the_run_when_that_ends) {
  Limits limits = without_canary();
  limits.outage = 1min;
  const Run run = simulate(limits, 100, script({unavailable(1h)}));
  BOOST_TEST(run.stop->kind == StopKind::outage);
  BOOST_TEST((run.took() <= 61s));
}

// A stream that is quiet for longer than the patience has seen no outage.
BOOST_AUTO_TEST_CASE(is_not_what_a_quiet_stream_is_after_a_session_that_failed) {
  for (const Judgement& answer : {timed_out(), unavailable(), garbage()}) {
    Simulation simulation(without_canary(), [&](const Request& request) {
      return Reply{request.row == 1 ? answer : dropped(), 10ms};
    });
    simulation.arrival = [](std::uint64_t row) { return kStart + 1h * static_cast<std::int64_t>(row); };
    const Run run = simulation.run(4);
    BOOST_TEST(!run.stop.has_value());
    BOOST_TEST(run.results.at(1).status == Status::unknown);
    BOOST_TEST(run.count(Status::dropped) == 3U);
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_server_in_trouble)

BOOST_AUTO_TEST_CASE(is_left_alone_after_ten_rows_in_a_row_and_then_probed_by_one_at_a_time) {
  Limits limits = without_canary();
  const Run run = simulate(limits, 3000, [](const Request& request) {
    return Reply{request.now < kStart + 2min ? unavailable() : dropped(), 100ms};
  });
  BOOST_TEST(run.count(Status::dropped) == 3000U);
  BOOST_TEST(sends_between(run, kStart, kStart + 1s) <= 64U);
  BOOST_TEST(sends_between(run, kStart + 1s, kStart + 5s) == 0U);
  // 5 s, then 10, then 20 for ever: a probe each.
  BOOST_TEST(sends_between(run, kStart + 5s, kStart + 100s) <= 6U);
}

BOOST_AUTO_TEST_CASE(is_not_seen_in_a_few_sessions_that_always_stall) {
  Limits limits = without_canary();
  const Run run = simulate(limits, 500, [](const Request& request) {
    return request.row % 70 == 69 ? Reply{timed_out(), 30s} : Reply{dropped(), 20ms};
  });
  BOOST_TEST(run.count(Status::unknown) == 7U);
  BOOST_TEST(run.count(Status::dropped) == 493U);
  // Five attempts of 30 s each, side by side, and their waits.
  BOOST_TEST((run.took() < 160s));
}

BOOST_AUTO_TEST_CASE(is_not_seen_when_only_sessions_that_always_stall_are_left) {
  Limits limits = without_canary();
  limits.attempts = 3;
  const Run run = simulate(limits, 1000, [](const Request& request) {
    return request.row % 20 == 0 ? Reply{timed_out(), 1s} : Reply{dropped(), 10ms};
  });
  BOOST_TEST(!run.stop.has_value());
  BOOST_TEST(run.count(Status::dropped) == 950U);
  BOOST_TEST(run.count(Status::unknown) == 50U);
  BOOST_TEST((run.took() < 3min));
}

BOOST_AUTO_TEST_CASE(is_probed_with_fresh_sessions_so_that_stalling_ones_cannot_stop_the_run) {
  Limits limits = without_canary();
  limits.attempts = 3;
  const Run run = simulate(limits, 20'000, [](const Request& request) {
    return request.row % 50 == 0 ? Reply{timed_out(), 5s} : Reply{dropped(), 10ms};
  });
  BOOST_TEST(!run.stop.has_value());
  BOOST_TEST(run.count(Status::dropped) == 19'600U);
  BOOST_TEST(run.count(Status::unknown) == 400U);
}

// A broken node, a flaky gateway: fewer at once would only take longer.
BOOST_AUTO_TEST_CASE(is_not_what_a_few_failures_in_a_hundred_mean) {
  for (const Judgement& failure : {timed_out(), unavailable(), throttled()}) {
    Limits limits = without_canary();
    limits.adapt = true;
    const Run run = simulate(limits, 4000, [&](const Request& request) {
      return Reply{request.row % 50 == 31 && request.nth == 1 ? failure : dropped(), 200ms};
    });
    BOOST_TEST_CONTEXT(name(failure.reason)) {
      BOOST_TEST(run.count(Status::dropped) == 4000U);
      BOOST_TEST((run.took() < 32s));  // 25 s at 32 at once
    }
  }
}

BOOST_AUTO_TEST_CASE(is_not_what_drop_errors_mean) {
  const Run run = simulate(without_canary(), 2000, script({drop_error()}));
  BOOST_TEST(run.count(Status::failed) == 2000U);
  BOOST_TEST((run.took() < 5s));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(the_rate)

BOOST_AUTO_TEST_CASE(is_kept_whatever_happens) {
  bulkdrop::test::holds("never more than N and a little in any second", [] {
    Limits limits = without_canary();
    limits.rate = *rc::gen::element(0.5, 1.0, 3.0, 50.0, 1000.0);
    limits.concurrency = *rc::gen::inRange<std::size_t>(1, 100);
    const auto rows = *rc::gen::inRange<std::uint64_t>(2, 400);
    const bool trouble = *rc::gen::arbitrary<bool>();
    const Run run = simulate(limits, rows, [&](const Request& request) {
      return Reply{trouble && request.nth == 1 && request.row % 3 == 0 ? drop_error() : dropped(), 5ms};
    });
    const auto most = static_cast<std::size_t>(limits.rate * 1.01) + 2;
    std::size_t from = 0;
    for (std::size_t i = 0; i < run.sends.size(); ++i) {
      while (run.sends[i] - run.sends[from] > 1s) ++from;
      RC_ASSERT(i - from + 1 <= most);
    }
    // And it is used.
    const double ideal = static_cast<double>(run.sends.size() - 1) / limits.rate;
    const double needed =
        static_cast<double>(run.sends.size()) * 0.005 / static_cast<double>(limits.concurrency);
    RC_ASSERT(std::chrono::duration<double>(run.took()).count() <= 1.1 * (ideal + needed) + 2);
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(what_it_waits_for)

BOOST_AUTO_TEST_CASE(is_said_for_people_and_nothing_while_all_is_well) {
  Dispatcher dispatcher(without_canary(), 1);
  BOOST_TEST(dispatcher.waiting_for(kStart).empty());
  for (std::uint64_t row = 0; row < 20; ++row) dispatcher.add(row, simulated_id(row));
  const auto order = dispatcher.next(moment(kStart));
  dispatcher.settle(order->ticket, 1, throttled(20s), moment(kStart));
  BOOST_TEST(dispatcher.waiting_for(kStart + 1s).find("asked to wait") != std::string::npos);
  BOOST_TEST(dispatcher.waiting() == 1U);
  // The row that was turned away goes first, and says nothing about the others; ten more do.
  for (int i = 0; i < 11; ++i) {
    const auto next = dispatcher.next(moment(kStart + 23s));
    BOOST_REQUIRE(next.has_value());
    dispatcher.settle(next->ticket, 1, timed_out(), moment(kStart + 23s));
  }
  const std::string waits = dispatcher.waiting_for(kStart + 24s);
  BOOST_TEST(waits.find("probing in") != std::string::npos);
  BOOST_TEST(waits.find("; giving up in 9 min 36 s (timeout") != std::string::npos, waits);
  dispatcher.gives_up_by(kStart + 30s);  // somebody else has less patience
  const std::string sooner = dispatcher.waiting_for(kStart + 24s);
  BOOST_TEST(sooner.find("; giving up in 6.00 s (timeout") != std::string::npos, sooner);
  BOOST_TEST(dispatcher.window(kStart + 24s) == 0U);
  BOOST_TEST(dispatcher.window(kStart + 40s) == 1U);
  BOOST_TEST(dispatcher.waiting_for(kStart + 40s).find("trying again") != std::string::npos);
  BOOST_TEST(dispatcher.probing(kStart + 24s).empty());
  BOOST_REQUIRE(dispatcher.next(moment(kStart + 40s)).has_value());
  BOOST_TEST(dispatcher.waiting_for(kStart + 40s).empty());
  BOOST_TEST(dispatcher.probing(kStart + 40s).starts_with("server unavailable, probing now; giving up in "));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_refusal_that_could_hold_for_all)

Reply answer_of(bool forbidden_one) {
  return {forbidden_one ? forbidden() : dropped(), 10ms};
}

// An export sorted by device may hold a stretch of sessions that this client may not touch.
BOOST_AUTO_TEST_CASE(of_some_sessions_keeps_no_other_alive) {
  for (const std::size_t stretch : {1U, 3U, 10U, 19U}) {
    const Run run = simulate(Limits{}, 400, [&](const Request& request) {
      return answer_of(request.row >= 100 && request.row < 100 + stretch);
    });
    BOOST_TEST_CONTEXT(stretch << " sessions in a row") {
      BOOST_TEST(!run.stop.has_value());
      BOOST_TEST(run.count(Status::dropped) == 400 - stretch);
      BOOST_TEST(run.count(Status::failed) == stretch);
      BOOST_TEST(run.sends.size() == 400 + stretch);  // each is asked once more, behind the others
    }
  }
}

BOOST_AUTO_TEST_CASE(of_every_fifth_session_keeps_no_other_alive) {
  for (const std::size_t concurrency : {1U, 8U, 64U}) {
    Limits limits;
    limits.concurrency = concurrency;
    const Run run =
        simulate(limits, 1000, [](const Request& request) { return answer_of(request.row % 5 == 4); });
    BOOST_TEST(!run.stop.has_value());
    BOOST_TEST(run.count(Status::dropped) == 800U);
    BOOST_TEST(run.count(Status::failed) == 200U);
  }
}

BOOST_AUTO_TEST_CASE(that_begins_in_the_middle_of_a_run_stops_it_soon) {
  const Run run =
      simulate(Limits{}, 10'000, [](const Request& request) { return answer_of(request.row >= 5000); });
  BOOST_REQUIRE(run.stop.has_value());
  BOOST_TEST(run.stop->kind == StopKind::auth);
  BOOST_TEST(run.count(Status::dropped) == 5000U);
  BOOST_TEST(run.count(Status::unsent) == run.results.size() - 5000);
  BOOST_TEST(run.sends.size() <= 5000U + 2 * 32);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_short_outage)

BOOST_AUTO_TEST_CASE(is_probed_before_it_is_given_up) {
  Limits limits = without_canary();
  limits.outage = 5s;
  const Run run = simulate(limits, 2000, [](const Request& request) {
    const bool away = request.now >= kStart + 1s && request.now < kStart + 3s;
    return Reply{away ? not_sent() : dropped(), 10ms};
  });
  BOOST_TEST(!run.stop.has_value());
  BOOST_TEST(run.count(Status::dropped) == 2000U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::policy::test
