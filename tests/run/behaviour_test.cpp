// What simulated servers are put together from.
#include "support/behaviour.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <vector>

#include "support/latency.hpp"
#include "support/manual_clock.hpp"
#include "support/quota.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/pam/pause.hpp"

using namespace bulkdrop;
using namespace std::chrono_literals;

namespace bulkdrop::test {
namespace {

// How `behaviour` treats a request that comes at `since_start`.
Treatment treated(Behaviour& behaviour, Duration since_start, std::uint64_t row = 0) {
  Random random(row + 1);
  return behaviour.treat({kStart + since_start, row, random});
}

// How long `latency` says at `since_start`, for requests of their own luck, sorted.
std::vector<Duration> drawn(const Latency& latency, int count, Duration since_start = 0s) {
  Random random(1);
  std::vector<Duration> all;
  for (int i = 0; i < count; ++i) all.push_back(latency({kStart + since_start, 0, random}));
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(behaviour)

BOOST_AUTO_TEST_CASE(workers_take_so_many_at_once_and_the_rest_wait_in_line) {
  const BehaviourPtr knee = workers(2, exactly(10ms));
  std::vector<Duration> answered;
  for (std::uint64_t row = 0; row < 5; ++row) answered.push_back(treated(*knee, 1s, row).answered - kStart);
  const std::vector<Duration> expected = {1010ms, 1010ms, 1020ms, 1020ms, 1030ms};
  BOOST_TEST((answered == expected));
  // Who has nothing to do takes the next one at once.
  BOOST_TEST((treated(*knee, 2s).answered == kStart + 2010ms));
}

BOOST_AUTO_TEST_CASE(a_period_begins_and_ends_on_time) {
  const BehaviourPtr outage = during(2s, 3s, always(Deed::refused), unlimited());
  BOOST_TEST((treated(*outage, 2s - 1ns).deed == Deed::drop));
  BOOST_TEST((treated(*outage, 2s).deed == Deed::refused));
  BOOST_TEST((treated(*outage, 3s - 1ns).deed == Deed::refused));
  BOOST_TEST((treated(*outage, 3s).deed == Deed::drop));
}

BOOST_AUTO_TEST_CASE(faults_come_as_often_as_was_asked_for_and_take_as_long_as_the_rest) {
  const BehaviourPtr mixed =
      faulty({{Deed::lost, 0.3}, {Deed::throttled, 0.1}, {Deed::refused, 0.1}}, unlimited(exactly(20ms)));
  std::map<Deed, int> counts;
  for (std::uint64_t row = 0; row < 10'000; ++row) {
    const Treatment treatment = treated(*mixed, 0s, row);
    ++counts[treatment.deed];
    BOOST_REQUIRE((treatment.answered - kStart == (treatment.deed == Deed::refused ? 1ms : 20ms)));
  }
  const auto about = [&](Deed deed, int share) { return std::abs(counts[deed] - share) < 300; };
  BOOST_TEST(about(Deed::drop, 5000));
  BOOST_TEST(about(Deed::lost, 3000));
  BOOST_TEST(about(Deed::throttled, 1000));
  BOOST_TEST(about(Deed::refused, 1000));
}

BOOST_AUTO_TEST_CASE(a_line_that_is_full_sheds_who_comes_and_takes_the_next_one_when_it_moves) {
  const BehaviourPtr knee = workers(1, exactly(10ms), 2);
  std::vector<Deed> deeds;
  for (std::uint64_t row = 0; row < 5; ++row) deeds.push_back(treated(*knee, 0s, row).deed);
  BOOST_TEST(
      (deeds == std::vector<Deed>{Deed::drop, Deed::drop, Deed::drop, Deed::unavailable, Deed::unavailable}));
  const Treatment later = treated(*knee, 10ms);
  BOOST_TEST((later.deed == Deed::drop));
  BOOST_TEST((later.answered == kStart + 40ms));
}

BOOST_AUTO_TEST_CASE(a_crowd_slows_everybody_down_who_comes_to_it) {
  const BehaviourPtr shared = crowded(2, exactly(10ms));
  std::vector<Duration> took;
  for (std::uint64_t row = 0; row < 4; ++row) took.push_back(treated(*shared, 0s, row).answered - kStart);
  BOOST_TEST((took == std::vector<Duration>{10ms, 10ms, 15ms, 20ms}));
  BOOST_TEST((treated(*shared, 1s).answered == kStart + 1010ms));
}

BOOST_AUTO_TEST_CASE(what_is_strained_by_too_many_stays_so_for_a_while) {
  const BehaviourPtr server =
      straining(2, 1s, always(Deed::lost, exactly(10ms)), always(Deed::drop, exactly(10ms)));
  BOOST_TEST((treated(*server, 0s).deed == Deed::drop));
  BOOST_TEST((treated(*server, 0s).deed == Deed::drop));
  BOOST_TEST((treated(*server, 0s).deed == Deed::lost));
  BOOST_TEST((treated(*server, 1s).deed == Deed::lost));
  BOOST_TEST((treated(*server, 1s + 1ms).deed == Deed::drop));
}

BOOST_AUTO_TEST_CASE(a_quick_server_takes_a_bit_longer_for_each_that_is_there_already) {
  const BehaviourPtr server = quick(10ms, 1ms);
  std::vector<Duration> took;
  for (std::uint64_t row = 0; row < 3; ++row) took.push_back(treated(*server, 0s, row).answered - kStart);
  BOOST_TEST((took == std::vector<Duration>{10ms, 11ms, 12ms}));
  BOOST_TEST((treated(*server, 1s).answered == kStart + 1010ms));
}

BOOST_AUTO_TEST_CASE(nodes_take_turns) {
  const BehaviourPtr four = in_turn(unlimited(exactly(10ms)), unlimited(exactly(10ms)),
                                    unlimited(exactly(5s)), unlimited(exactly(10ms)));
  int slow = 0;
  for (std::uint64_t row = 0; row < 40; ++row)
    slow += treated(*four, 0s, row).answered == kStart + 5s ? 1 : 0;
  BOOST_TEST(slow == 10);
}

BOOST_AUTO_TEST_CASE(a_spaced_server_takes_one_each_interval_and_turns_away_who_comes_earlier) {
  const BehaviourPtr strict = spaced(10ms, 0, unlimited(exactly(2ms)));
  BOOST_TEST((treated(*strict, 0ms).deed == Deed::drop));
  const Treatment early = treated(*strict, 10ms - 1ns);
  BOOST_TEST((early.deed == Deed::unavailable));
  BOOST_TEST((early.answered - kStart < 12ms));
  BOOST_TEST((treated(*strict, 10ms).deed == Deed::drop));
  // Who waits saves nothing up.
  BOOST_TEST((treated(*strict, 1s).deed == Deed::drop));
  BOOST_TEST((treated(*strict, 1s + 1ms).deed == Deed::unavailable));
}

BOOST_AUTO_TEST_CASE(a_spaced_server_forgives_as_many_early_ones_as_its_burst) {
  const BehaviourPtr lenient = spaced(10ms, 2, unlimited(exactly(2ms)));
  std::vector<Deed> deeds;
  for (int i = 0; i < 4; ++i) deeds.push_back(treated(*lenient, 0ms).deed);
  BOOST_TEST((deeds == std::vector<Deed>{Deed::drop, Deed::drop, Deed::drop, Deed::unavailable}));
  // One place in the line each interval.
  BOOST_TEST((treated(*lenient, 10ms).deed == Deed::drop));
  BOOST_TEST((treated(*lenient, 10ms).deed == Deed::unavailable));
}

BOOST_AUTO_TEST_CASE(a_heavy_tail_has_the_median_that_was_asked_for_and_values_far_beyond_it) {
  const auto all = drawn(heavy_tail(20ms, 1.5), 10'000);
  BOOST_TEST((all[5000] > 19ms));
  BOOST_TEST((all[5000] < 21ms));
  BOOST_TEST((all[9900] > 10 * 20ms));
  BOOST_TEST((all[0] > 0ms));
}

BOOST_AUTO_TEST_CASE(a_decaying_server_takes_twice_as_long_after_the_time_that_was_given) {
  const Latency latency = decaying(exactly(10ms), 1min);
  BOOST_TEST((drawn(latency, 1, 0s)[0] == 10ms));
  BOOST_TEST((drawn(latency, 1, 60s)[0] == 20ms));
  BOOST_TEST((drawn(latency, 1, 5min)[0] == 60ms));
}

BOOST_AUTO_TEST_CASE(a_quota_lets_so_many_through_in_each_window) {
  const BehaviourPtr gateway = quota(3, 1s, Dialect::silent, unlimited(exactly(10ms)));
  std::map<Deed, int> counts;
  for (const Duration at : {0ms, 1ms, 2ms, 3ms, 999ms, 1000ms, 1001ms}) ++counts[treated(*gateway, at).deed];
  BOOST_TEST(counts[Deed::drop] == 5);
  BOOST_TEST(counts[Deed::throttled] == 2);
}

BOOST_AUTO_TEST_CASE(who_is_over_the_quota_is_told_in_every_dialect_when_the_next_window_begins) {
  for (const Dialect dialect :
       {Dialect::retry_after_seconds, Dialect::retry_after_date, Dialect::ratelimit, Dialect::x_ratelimit}) {
    const BehaviourPtr gateway = quota(1, 60s, dialect, unlimited(exactly(10ms)));
    treated(*gateway, 0s);
    const Treatment over = treated(*gateway, 20s);
    BOOST_TEST_CONTEXT("dialect " << static_cast<int>(dialect)) {
      BOOST_TEST((over.deed == Deed::throttled));
      const std::optional<Duration> pause = pam::requested_pause(over.headers, moment(over.answered).wall);
      BOOST_REQUIRE(pause.has_value());
      // 40 s less a millisecond, in whole seconds; never too early.
      BOOST_TEST((*pause >= 39'999ms));
      BOOST_TEST((*pause <= 41s));
    }
  }
  const BehaviourPtr gateway = quota(1, 60s, Dialect::silent, unlimited());
  treated(*gateway, 0s);
  BOOST_TEST(!pam::requested_pause(treated(*gateway, 20s).headers, kWallStart).has_value());
}

BOOST_AUTO_TEST_CASE(what_is_left_of_a_quota_is_told_with_every_answer) {
  const BehaviourPtr gateway = quota(3, 60s, Dialect::ratelimit, unlimited(exactly(10ms)));
  BOOST_TEST(treated(*gateway, 0s).headers.value("RateLimit-Remaining") == "2");
  BOOST_TEST(treated(*gateway, 0s).headers.value("RateLimit-Remaining") == "1");
  BOOST_TEST(treated(*gateway, 30s).headers.value("RateLimit-Reset") == "30");
  BOOST_TEST(treated(*gateway, 30s).headers.value("RateLimit-Remaining") == "0");
  BOOST_TEST(treated(*gateway, 60s).headers.value("RateLimit-Limit") == "3");
  BOOST_TEST(treated(*gateway, 60s).headers.value("RateLimit-Remaining") == "1");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
