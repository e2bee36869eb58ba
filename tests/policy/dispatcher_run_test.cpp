// What holds for a run as a whole.
#include <set>

#include "simulation.hpp"
#include "support/property.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/core/random.hpp"

namespace bulkdrop::policy::test {
namespace {

// Anything may happen; the same (row, nth) always gets the same answer.
Server moody(std::uint64_t seed, double good, bool stops) {
  return [=](const Request& request) {
    Random random(seed ^ (request.row * 1000003) ^ (static_cast<std::uint64_t>(request.nth) << 40));
    const auto latency = Duration(static_cast<std::int64_t>(random.below(40'000'000)) + 1);
    if (random.uniform() < good) return Reply{dropped(), latency};
    switch (random.below(stops ? 10 : 8)) {
      case 0:
        return Reply{drop_error(), latency};
      case 1:
        return Reply{refused(), latency};
      case 2:
        return Reply{not_sent(), latency};
      case 3:
        return Reply{throttled(), latency};
      case 4:
        return Reply{throttled(Duration(random.below(3'000'000'000))), latency};
      case 5:
        return Reply{timed_out(), 30s};
      case 6:
        return Reply{garbage(), latency};
      case 7:
        return Reply{token_refused(), latency};
      case 8:
        return Reply{forbidden(), latency};
      default:
        return Reply{certificate_refused(), latency};
    }
  };
}

Reply well(const Request&) {
  return {dropped(), 20ms};
}

Stop by_signal() {
  return {StopKind::signal, ExitCode::interrupted, "stopped by SIGINT"};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(a_run)

BOOST_AUTO_TEST_CASE(on_a_healthy_server_drops_every_row_once_with_the_whole_window) {
  const Run run = simulate(Limits{}, 5000, well);
  BOOST_TEST(run.count(Status::dropped) == 5000U);
  BOOST_TEST(run.sends.size() == 5000U);
  BOOST_TEST(run.totals.sent == 5000U);
  BOOST_TEST(run.totals.retries == 0U);
  BOOST_TEST(run.most_in_flight == 32U);
  BOOST_TEST((run.took() <= 20ms * (5000 / 32 + 3)));
  BOOST_TEST(!run.stop.has_value());
}

BOOST_AUTO_TEST_CASE(without_rows_is_finished_at_once) {
  BOOST_TEST(simulate(Limits{}, 0, well).sends.empty());
}

BOOST_AUTO_TEST_CASE(gives_every_row_exactly_one_result_and_keeps_its_limits_whatever_the_server_does) {
  // The simulation itself throws on a hang, a spin, a lost wake-up, a second or a missing result.
  bulkdrop::test::holds("moody server, any limits, perhaps a stop in the middle", [] {
    Limits limits;
    limits.concurrency = *rc::gen::inRange<std::size_t>(1, 40);
    limits.attempts = *rc::gen::inRange(1, 6);
    limits.canary = *rc::gen::inRange<std::uint64_t>(0, 4);
    limits.rate = *rc::gen::element(0.0, 0.0, 5.0, 100.0, 3000.0);
    limits.outage = *rc::gen::element<Duration>(5s, 1min, 10min);
    const auto rows = *rc::gen::inRange<std::uint64_t>(0, 300);
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    const double good = *rc::gen::element(0.0, 0.5, 0.9, 0.99);
    Simulation simulation(limits, moody(seed, good, *rc::gen::arbitrary<bool>()), seed);
    if (*rc::gen::arbitrary<bool>()) {
      const TimePoint stop_at = kStart + Duration(*rc::gen::inRange<std::int64_t>(0, 5'000'000'000));
      simulation.each_turn = [=](Dispatcher& dispatcher, TimePoint now) {
        if (now >= stop_at) dispatcher.stop(by_signal());
      };
    }
    if (*rc::gen::arbitrary<bool>()) {
      const Duration apart(*rc::gen::inRange<std::int64_t>(0, 500'000'000));
      simulation.arrival = [=](std::uint64_t row) { return kStart + apart * static_cast<std::int64_t>(row); };
    }
    const Run run = simulation.run(rows);
    RC_ASSERT(run.most_in_flight <= limits.concurrency);
    for (const auto& [row, sends] : run.wire_sends) RC_ASSERT(sends <= limits.attempts);
    std::uint64_t sent = 0;
    for (const auto& [row, sends] : run.wire_sends) sent += static_cast<std::uint64_t>(sends);
    RC_ASSERT(run.totals.sent == sent);
    if (!run.stop) RC_ASSERT(run.results.size() == rows);
  });
}

BOOST_AUTO_TEST_CASE(is_replayed_exactly_from_its_seed) {
  const auto once = [](std::uint64_t seed) { return simulate(Limits{}, 400, moody(7, 0.7, false), seed); };
  const Run a = once(11);
  const Run b = once(11);
  BOOST_TEST((a.sends == b.sends));
  BOOST_TEST((a.rows_sent == b.rows_sent));
  BOOST_TEST((a.results == b.results));
  BOOST_TEST((a.sends != once(12).sends));
}

BOOST_AUTO_TEST_CASE(that_is_stopped_sends_nothing_more_and_lets_what_is_in_flight_finish) {
  Simulation simulation(without_canary(), [](const Request& request) {
    return Reply{request.row == 3 ? timed_out() : request.row == 4 ? drop_error() : dropped(), 10s};
  });
  simulation.each_turn = [](Dispatcher& dispatcher, TimePoint now) {
    if (now >= kStart + 10s) {
      dispatcher.stop(by_signal());
      dispatcher.stop({StopKind::io, ExitCode::run_directory, "later"});
      BOOST_TEST(!dispatcher.wants_row());
      BOOST_TEST(!dispatcher.add(99, "x"));
      BOOST_TEST(!dispatcher.next(moment(now)).has_value());
      BOOST_TEST((dispatcher.wakes_at(now) == TimePoint::max()));
    }
  };
  const Run run = simulation.run(100);
  BOOST_TEST(run.stop->kind == StopKind::signal);
  BOOST_TEST(run.sends.size() == 32U);
  BOOST_TEST(run.count(Status::dropped) == 30U);
  BOOST_TEST(run.results.at(3).status == Status::unknown);
  // Its refusal stands, although there was no time for the second try.
  BOOST_TEST(run.results.at(4).status == Status::failed);
  BOOST_TEST(run.results.at(50).status == Status::unsent);
  BOOST_TEST(run.results.at(50).reason == Reason::not_started);
}

BOOST_AUTO_TEST_CASE(that_is_stopped_ends_waiting_rows_as_it_ends_those_in_flight) {
  // Row 0 is answered and waits for its second try when the stop comes; row 1 is still in flight.
  Limits limits = without_canary();
  limits.concurrency = 2;
  limits.backoff.base = 30s;
  for (const auto& [judgement, status] : {std::pair{drop_error(), Status::failed},
                                          {throttled(10s), Status::unsent},
                                          {timed_out(), Status::unknown},
                                          {token_refused(), Status::unsent},
                                          {not_sent(), Status::unsent}}) {
    const Judgement told = judgement;
    Simulation simulation(
        limits,
        [=](const Request& request) {
          return Reply{told, request.row == 0 ? 10ms : Duration(20ms)};
        },
        5);
    simulation.each_turn = [](Dispatcher& dispatcher, TimePoint now) {
      if (now >= kStart + 10ms) dispatcher.stop(by_signal());
    };
    const Run run = simulation.run(2);
    BOOST_TEST(run.results.at(0).status == status);
    BOOST_TEST(run.results.at(1).status == status);
  }
}

BOOST_AUTO_TEST_CASE(holds_a_bounded_number_of_rows_in_memory) {
  for (const std::size_t concurrency : {1U, 32U, 1000U}) {
    Limits limits = without_canary();
    limits.concurrency = concurrency;
    limits.outage = 24h * 365;
    // Everything comes back throttled, for ever: nothing ends until the attempts are used up.
    limits.attempts = 1'000'000;
    Dispatcher dispatcher(limits, 1);
    std::uint64_t row = 0;
    TimePoint now = kStart;
    for (int turn = 0; turn < 5000; ++turn) {
      for (; dispatcher.wants_row(); ++row) BOOST_REQUIRE(dispatcher.add(row, simulated_id(row)));
      std::vector<Dispatcher::Ticket> out;
      while (const auto order = dispatcher.next(moment(now))) out.push_back(order->ticket);
      for (const auto ticket : out)
        BOOST_REQUIRE(dispatcher.settle(ticket, 1, throttled(1ms), moment(now)) == nullptr);
      now = std::max(now + 1us, std::min(now + 1s, dispatcher.wakes_at(now)));
    }
    BOOST_TEST(row <= std::max<std::size_t>(1024, 5 * concurrency));
    BOOST_TEST(row >= 1000U);
  }
}

BOOST_AUTO_TEST_CASE(keeps_an_orders_session_id_readable_until_it_is_settled) {
  Limits limits = without_canary();
  limits.concurrency = 1000;
  Dispatcher dispatcher(limits, 1);
  dispatcher.add(0, "short");
  const auto order = dispatcher.next(moment(kStart));
  for (std::uint64_t row = 1; dispatcher.wants_row(); ++row) dispatcher.add(row, "x" + std::to_string(row));
  BOOST_TEST(order->session_id == "short");
}

BOOST_AUTO_TEST_CASE(stops_before_the_session_over_its_maximum) {
  Limits limits;
  limits.max_sessions = 50;
  BOOST_TEST(!simulate(limits, 50, well).stop.has_value());
  const Run run = simulate(limits, 51, well);
  BOOST_TEST(run.stop->kind == StopKind::max_sessions);
  BOOST_TEST(run.stop->exit_code == ExitCode::safety_limit);
  // Those before the one too many are finished.
  BOOST_TEST(run.count(Status::dropped) == 50U);
  BOOST_TEST(run.results.size() == 50U);
  limits.max_sessions = 0;
  BOOST_TEST(simulate(limits, 1, well).sends.empty());
}

BOOST_AUTO_TEST_CASE(asks_a_row_that_failed_once_before_fresh_ones_and_one_that_keeps_failing_behind_them) {
  Limits limits = without_canary();
  limits.concurrency = 1;
  limits.attempts = 3;
  limits.backoff.base = 1ns;
  // Rows 0 and 1 are told to come again; row 0 twice. Row 2 once, after row 0 has gone to the back.
  const Run run = simulate(limits, 40, [](const Request& request) {
    const int again = request.row == 0 ? 2 : request.row == 5 ? 1 : 0;
    return Reply{request.nth <= again ? garbage() : dropped(), 10ms};
  });
  const auto nth = [&](std::uint64_t row, int n) {
    std::size_t at = 0;
    for (; at < run.rows_sent.size(); ++at)
      if (run.rows_sent[at] == row && --n == 0) break;
    return at;
  };
  BOOST_TEST(nth(0, 2) == 1U);
  BOOST_TEST(nth(0, 3) == run.rows_sent.size() - 1);
  // Row 5 failed once while row 0 waits at the back: it need not wait there with it.
  BOOST_TEST(nth(5, 2) == nth(5, 1) + 1);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(the_canary)

BOOST_AUTO_TEST_CASE(goes_alone) {
  for (const std::uint64_t canary : {1U, 5U}) {
    Limits limits;
    limits.canary = canary;
    Simulation simulation(limits, well);
    const Run run = simulation.run(200);
    for (std::uint64_t i = 0; i <= canary; ++i)
      BOOST_TEST((run.sends[i] == kStart + 20ms * static_cast<std::int64_t>(i)));
    BOOST_TEST((run.sends[canary + 1] == run.sends[canary]));
    BOOST_TEST(run.count(Status::dropped) == 200U);
  }
}

BOOST_AUTO_TEST_CASE(that_gets_no_documented_answer_stops_the_run_before_anything_else_is_sent) {
  for (const Judgement& answer : {timed_out(), garbage(), unavailable(), refused(), throttled(1s)}) {
    const Run run = simulate(Limits{}, 100, script({answer}));
    BOOST_TEST_CONTEXT(name(answer.reason)) {
      BOOST_REQUIRE(run.stop.has_value());
      BOOST_TEST(run.stop->kind == StopKind::canary);
      BOOST_TEST(run.stop->exit_code == ExitCode::safety_limit);
      BOOST_TEST(std::set(run.rows_sent.begin(), run.rows_sent.end()).size() == 1U);
      // Being turned away as one too many is nothing that this session did.
      const std::size_t first = answer.verdict == Verdict::throttled ? 0 : 1;
      BOOST_TEST(run.count(Status::unsent) == run.results.size() - first);
    }
  }
}

BOOST_AUTO_TEST_CASE(that_is_asked_again_goes_before_the_next_one) {
  Limits limits;
  limits.canary = 2;
  const Run run = simulate(limits, 10, [](const Request& request) {
    return Reply{request.row < 2 && request.nth < 4 ? garbage() : dropped()};
  });
  const std::vector<std::uint64_t> first(run.rows_sent.begin(), run.rows_sent.begin() + 8);
  BOOST_TEST((first == std::vector<std::uint64_t>{0, 0, 0, 0, 1, 1, 1, 1}));
  BOOST_TEST(run.count(Status::dropped) == 10U);
}

// A session that had ended already says so by a drop error: that is a documented answer, and proves that the
// server is the right one and lets us in.
BOOST_AUTO_TEST_CASE(passes_with_a_drop_error) {
  const Run run = simulate(Limits{}, 10, [](const Request& request) {
    return Reply{request.row == 0 ? drop_error() : dropped()};
  });
  BOOST_TEST(!run.stop.has_value());
  BOOST_TEST(run.results.at(0).status == Status::failed);
  BOOST_TEST(run.count(Status::dropped) == 9U);
}

BOOST_AUTO_TEST_CASE(waits_for_a_server_that_is_not_there_yet) {
  const Run run = simulate(Limits{}, 10, [](const Request& request) {
    return Reply{request.now < kStart + 2min ? not_sent() : dropped()};
  });
  BOOST_TEST(run.count(Status::dropped) == 10U);
  BOOST_TEST((run.took() < 3min));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::policy::test
