// What the person allowed: how long, and how many failures.
#include <chrono>

#include "simulation.hpp"
#include <boost/test/unit_test.hpp>

namespace bulkdrop::policy::test {
namespace {

Run run_with(const Limits& limits, std::uint64_t rows, Judgement judgement, Duration latency = 10ms) {
  return simulate(limits, rows, [&](const Request&) { return Reply{judgement, latency}; });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dispatcher_limits)

BOOST_AUTO_TEST_CASE(no_request_begins_after_the_deadline_and_those_in_flight_are_awaited) {
  Limits limits;
  limits.concurrency = 2;
  limits.deadline = 1s;
  const Run run = run_with(limits, 1000, dropped(), 100ms);
  BOOST_REQUIRE(run.stop.has_value());
  BOOST_TEST((run.stop->kind == StopKind::deadline));
  BOOST_TEST((run.stop->exit_code == ExitCode::deadline));
  for (const TimePoint sent : run.sends) BOOST_TEST((sent < kStart + 1s));
  BOOST_TEST(run.count(Status::dropped) == run.sends.size());
  BOOST_TEST(run.count(Status::dropped) >= 18U);
  BOOST_TEST(run.count(Status::dropped) + run.count(Status::unsent) == run.results.size());
}

BOOST_AUTO_TEST_CASE(the_deadline_does_not_wait_for_a_server_that_is_away) {
  Limits limits;
  limits.deadline = 7s;
  const Run run = run_with(limits, 50, not_sent());
  BOOST_REQUIRE(run.stop.has_value());
  BOOST_TEST((run.stop->kind == StopKind::deadline));
  BOOST_TEST((run.took() == 7s));
}

// What `resume` has to send again: a row that a stop kept from its next attempt, not one that had them all.
BOOST_AUTO_TEST_CASE(rows_that_a_stop_kept_from_their_next_attempt_are_cut_short) {
  for (const Judgement& judgement : {timed_out(), garbage(), drop_error()}) {
    Limits limits = without_canary();
    limits.concurrency = 4;
    limits.deadline = 30s;
    limits.attempts = 3;
    const Run run = simulate(limits, 40, [&](const Request& request) {
      return Reply{request.row < 2 ? judgement : request.row < 20 ? dropped() : judgement, 10ms};
    });
    BOOST_REQUIRE(run.stop.has_value() || run.results.size() == 40U);
    std::size_t cut_short = 0;
    for (const auto& [row, result] : run.results) {
      const int all = result.reason == Reason::drop_error ? 2 : limits.attempts;
      BOOST_TEST(result.cut_short == ((result.status == Status::failed || result.status == Status::unknown) &&
                                      result.attempts < all),
                 row << " " << name(result.status) << " after " << result.attempts);
      if (result.cut_short) ++cut_short;
    }
    if (run.stop) BOOST_TEST(cut_short > 0U, name(judgement.reason));
  }
}

BOOST_AUTO_TEST_CASE(a_run_that_waits_for_its_last_answers_is_not_stopped_by_the_deadline) {
  Limits limits = without_canary();
  limits.deadline = 1s;
  const Run run = run_with(limits, 5, dropped(), 3s);
  BOOST_TEST(!run.stop.has_value());
  BOOST_TEST(run.count(Status::dropped) == 5U);
}

BOOST_AUTO_TEST_CASE(so_many_failures_stop_the_run) {
  Limits limits;
  limits.concurrency = 1;
  limits.max_failures = FailureLimit{3, 0};
  const Run run = run_with(limits, 100, drop_error());
  BOOST_REQUIRE(run.stop.has_value());
  BOOST_TEST((run.stop->kind == StopKind::max_failures));
  BOOST_TEST((run.stop->exit_code == ExitCode::safety_limit));
  BOOST_TEST(run.count(Status::failed) >= 3U);
  BOOST_TEST(run.sends.size() < 12U);
}

BOOST_AUTO_TEST_CASE(the_stop_says_how_many_were_refused_once_and_fail_without_a_second_try) {
  Limits limits = without_canary();
  limits.max_failures = FailureLimit{3, 0};
  const Run run = run_with(limits, 100, drop_error(), 100ms);
  BOOST_REQUIRE(run.stop.has_value());
  BOOST_REQUIRE(run.count(Status::failed) > 3U);
  BOOST_TEST(run.stop->message.find(" refused once") != std::string::npos, run.stop->message);
}

BOOST_AUTO_TEST_CASE(sessions_that_may_be_alive_count_as_failures) {
  Limits limits = without_canary();
  limits.concurrency = 1;
  limits.attempts = 1;
  limits.max_failures = FailureLimit{2, 0};
  const Run run = run_with(limits, 100, garbage());
  BOOST_REQUIRE(run.stop.has_value());
  BOOST_TEST((run.stop->kind == StopKind::max_failures));
  BOOST_TEST(run.count(Status::unknown) == 2U);
}

BOOST_AUTO_TEST_CASE(fewer_failures_do_not) {
  Limits limits;
  limits.max_failures = FailureLimit{3, 0};
  const Run run = simulate(
      limits, 100, [](const Request& request) { return Reply{request.row < 2 ? drop_error() : dropped()}; });
  BOOST_TEST(!run.stop.has_value());
  BOOST_TEST(run.count(Status::failed) == 2U);
  BOOST_TEST(run.count(Status::dropped) == 98U);
}

BOOST_AUTO_TEST_CASE(a_share_of_failures_stops_the_run_once_there_are_enough_sessions_to_tell) {
  Limits limits;
  limits.max_failures = FailureLimit{0, 0.2};
  const auto with_share = [&](std::uint64_t of_ten) {
    return simulate(limits, 1000, [&](const Request& request) {
      return Reply{request.row % 10 < of_ten ? drop_error() : dropped()};
    });
  };
  const Run many = with_share(3);
  BOOST_REQUIRE(many.stop.has_value());
  BOOST_TEST((many.stop->kind == StopKind::max_failures));
  BOOST_TEST(many.count(Status::failed) + many.count(Status::dropped) >= FailureLimit::kSharedFrom);
  BOOST_TEST(!with_share(1).stop.has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::policy::test
