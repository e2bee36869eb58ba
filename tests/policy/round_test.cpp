#include "bulkdrop/policy/round.hpp"

#include <chrono>
#include <cstddef>

#include "support/manual_clock.hpp"
#include <boost/test/unit_test.hpp>

namespace bulkdrop::policy::test {
namespace {

using namespace std::chrono_literals;
using bulkdrop::test::kStart;

// `at_once` in flight, each of which takes that long, all sent and answered together.
Round of_bursts(std::size_t at_once, Duration takes, int bursts) {
  Round round;
  round.begin(kStart);
  TimePoint now = kStart;
  for (int burst = 0; burst < bursts; ++burst) {
    now += takes;
    for (std::size_t left = at_once; left > 0; --left) round.add({now - takes, takes, at_once}, left, now);
  }
  return round;
}

// The same, evenly one after the other.
Round of_a_stream(std::size_t at_once, Duration takes, int answers) {
  Round round;
  round.begin(kStart);
  const Duration apart = takes / static_cast<std::int64_t>(at_once);
  for (int i = 0; i < answers; ++i) {
    const TimePoint now = kStart + takes + apart * i;
    round.add({now - takes, takes, at_once}, at_once, now);
  }
  return round;
}

constexpr double kTolerance = 3;  // per cent

}  // namespace

BOOST_AUTO_TEST_SUITE(a_round)

BOOST_AUTO_TEST_CASE(measures_how_long_requests_take_and_how_many_there_are) {
  const Round round = of_a_stream(10, 100ms, 1000);
  BOOST_TEST(round.answers() == 999U);  // the first one is where it begins
  BOOST_CHECK_CLOSE(round.mean_in_flight(), 10, kTolerance);
  BOOST_CHECK_CLOSE(round.rate(), 100, kTolerance);
  BOOST_CHECK_CLOSE(round.latency(), 0.1, kTolerance);
}

// A window of eight that is full all the time would look half empty by the answers.
BOOST_AUTO_TEST_CASE(measures_the_same_where_answers_come_together) {
  const Round round = of_bursts(8, 20ms, 100);
  BOOST_CHECK_CLOSE(round.mean_in_flight(), 8, kTolerance);
  BOOST_CHECK_CLOSE(round.rate(), 400, kTolerance);
  BOOST_CHECK_CLOSE(round.latency(), 0.02, kTolerance);
}

BOOST_AUTO_TEST_CASE(does_not_count_requests_from_before_it) {
  Round round;
  round.begin(kStart);
  for (int i = 1; i < 100; ++i) round.add({kStart - 1s, 1s, 50}, 50, kStart + i * 1ms);
  BOOST_TEST(round.answers() == 0U);
}

BOOST_AUTO_TEST_CASE(sees_the_slow_ones_that_are_still_under_way) {
  // One quick answer each 10 ms, and nine requests that never end meanwhile: on average 100 ms.
  Round round;
  round.begin(kStart);
  for (int i = 1; i < 500; ++i) round.add({kStart + 10ms * (i - 1), 10ms, 10}, 10, kStart + 10ms * i);
  BOOST_CHECK_CLOSE(round.latency(), 0.1, kTolerance);
}

BOOST_AUTO_TEST_CASE(is_surer_the_more_answers_there_are) {
  BOOST_TEST(of_a_stream(10, 100ms, 1000).error() < of_a_stream(10, 100ms, 50).error());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::policy::test
