// What is written down of the requests that a simulated server saw.
#include "support/observed.hpp"

#include <chrono>
#include <cstdint>

#include "support/latency.hpp"
#include "support/manual_clock.hpp"
#include <boost/test/unit_test.hpp>

namespace bulkdrop::test {
namespace {

using namespace std::chrono_literals;

void ask(Behaviour& behaviour, Duration since_start) {
  Random random(1);
  behaviour.treat({kStart + since_start, 0, random});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(an_observation)

BOOST_AUTO_TEST_CASE(of_nothing_is_nothing) {
  const Observation seen;
  BOOST_TEST(seen.requests() == 0U);
  BOOST_TEST(seen.wasted() == 0);
  BOOST_TEST(seen.peak(0s) == 0U);
  BOOST_TEST(!seen.reaches(1, 0s).has_value());
}

BOOST_AUTO_TEST_CASE(counts_what_is_there_at_once_from_a_time_on) {
  Observation seen;
  const BehaviourPtr server = observed(seen, unlimited(exactly(10ms)));
  for (int i = 0; i < 5; ++i) ask(*server, 0ms);
  ask(*server, 10ms);  // the others have just gone
  ask(*server, 15ms);
  ask(*server, 100ms);
  BOOST_TEST(seen.requests() == 8U);
  BOOST_TEST(seen.peak(0ms) == 5U);
  BOOST_TEST(seen.peak(11ms) == 2U);
  BOOST_TEST(seen.peak(50ms) == 1U);
  BOOST_TEST(seen.peak(1s) == 0U);
  BOOST_TEST((seen.last() == 110ms));
}

BOOST_AUTO_TEST_CASE(tells_what_ended_a_session_from_what_was_in_vain) {
  Observation seen;
  const BehaviourPtr server =
      observed(seen, during(1s, 2s, always(Deed::unavailable, exactly(1ms)), unlimited(exactly(10ms))));
  for (const Duration at : {0ms, 500ms, 1000ms, 2000ms}) ask(*server, at);
  BOOST_TEST(seen.wasted() == 0.25);
  BOOST_TEST(seen.good_between(0s, 3s) == 3U);
  BOOST_TEST(seen.good_between(510ms, 2s) == 1U);
  BOOST_TEST(seen.good_between(511ms, 2s) == 0U);
}

BOOST_AUTO_TEST_CASE(takes_a_client_for_gone_that_had_no_answer_in_time) {
  Observation seen;
  const BehaviourPtr server =
      observed(seen, during(0s, 1s, always(Deed::silent), unlimited(exactly(60s))), 30s);
  ask(*server, 0s);
  ask(*server, 10s);  // the answer would come too late
  BOOST_TEST(seen.wasted() == 1);
  BOOST_TEST((seen.last() == 40s));
  BOOST_TEST(seen.peak(0s) == 2U);
  BOOST_TEST(seen.peak(30s) == 1U);
}

BOOST_AUTO_TEST_CASE(knows_when_so_many_ended_within_a_second) {
  Observation seen;
  const BehaviourPtr server = observed(seen, unlimited(exactly(0ms)));
  for (int i = 0; i < 20; ++i) ask(*server, i * 500ms);        // two or three a second
  for (int i = 0; i < 20; ++i) ask(*server, 10s + i * 100ms);  // ten or eleven
  BOOST_TEST((seen.reaches(2, 0s) == Duration(0s)));
  BOOST_TEST((seen.reaches(2, 3s) == Duration(0s)));
  BOOST_TEST((seen.reaches(10, 0s) == Duration(10s)));
  BOOST_TEST(!seen.reaches(20, 0s).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
