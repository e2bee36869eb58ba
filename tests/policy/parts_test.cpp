// Backoff, rate limiter and breaker by themselves.
#include <set>
#include <vector>

#include "support/property.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/policy/backoff.hpp"
#include "bulkdrop/policy/breaker.hpp"
#include "bulkdrop/policy/rate_limiter.hpp"

namespace bulkdrop::policy::test {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{std::chrono::hours(1000)};

void fail_rows(Breaker& breaker, std::uint64_t from, std::uint64_t to, TimePoint now) {
  for (std::uint64_t row = from; row < to; ++row) breaker.bad(row, now);
}

Breaker opened() {
  Breaker breaker(std::chrono::minutes(10));
  fail_rows(breaker, 0, Breaker::kBadRows, kStart);
  return breaker;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(backoff)

BOOST_AUTO_TEST_CASE(stays_within_zero_and_the_doubled_first_wait) {
  bulkdrop::test::holds("0 <= wait < min(longest, first * 2^failures)", [] {
    const Backoff backoff;
    Random random(*rc::gen::arbitrary<std::uint64_t>());
    const Duration first(*rc::gen::inRange<std::int64_t>(0, 60'000'000'000));
    const int failures = *rc::gen::inRange(-3, 2000);
    const Duration wait = backoff.wait(first, failures, random);
    RC_ASSERT(wait >= Duration::zero());
    RC_ASSERT(wait <= backoff.longest);
    if (failures <= 0) RC_ASSERT(wait <= first);
    if (failures > 0 && failures < 10) RC_ASSERT(wait <= first * (1 << failures));
  });
}

BOOST_AUTO_TEST_CASE(uses_the_whole_width_and_grows) {
  const Backoff backoff;
  Random random(1);
  for (const auto& [failures, most] : {std::pair{0, 200ms}, {3, 1600ms}, {20, 30000ms}}) {
    Duration sum{};
    Duration least = Duration::max();
    Duration greatest{};
    for (int i = 0; i < 2000; ++i) {
      const Duration wait = backoff.wait(backoff.base, failures, random);
      sum += wait;
      least = std::min(least, wait);
      greatest = std::max(greatest, wait);
    }
    BOOST_TEST((least < Duration(most) / 50));
    BOOST_TEST((greatest > Duration(most) / 50 * 49));
    BOOST_TEST((sum / 2000 > Duration(most) * 45 / 100));
    BOOST_TEST((sum / 2000 < Duration(most) * 55 / 100));
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(rate_limiter)

BOOST_AUTO_TEST_CASE(of_nothing_limits_nothing) {
  RateLimiter limiter(0);
  for (int i = 0; i < 1000; ++i) {
    BOOST_TEST((limiter.ready_at() <= kStart));
    limiter.take(kStart);
  }
}

BOOST_AUTO_TEST_CASE(spaces_requests_that_always_wait_exactly) {
  for (const double rate : {0.5, 1.0, 7.0, 100.0, 5000.0}) {
    RateLimiter limiter(rate);
    TimePoint now = kStart;
    for (int i = 0; i < 1000; ++i) {
      now = std::max(now, limiter.ready_at());
      limiter.take(now);
    }
    const double took = std::chrono::duration<double>(now - kStart).count();
    BOOST_TEST(took >= 999 / rate - 0.011);
    BOOST_TEST(took <= 999 / rate + 0.001);
  }
}

BOOST_AUTO_TEST_CASE(takes_rates_beyond_reason) {
  for (const double rate : {1e-300, 1e-12, 1e12, 1e300}) {
    RateLimiter limiter(rate);
    limiter.take(kStart);
    limiter.take(kStart);
    BOOST_TEST((limiter.ready_at() > kStart + 1h) == (rate < 1));
  }
}

BOOST_AUTO_TEST_CASE(never_lets_more_than_its_rate_and_a_small_burst_through) {
  bulkdrop::test::holds("any second, however late the requests come", [] {
    const double rate = *rc::gen::element(0.5, 2.0, 40.0, 90.0, 110.0, 1000.0);
    RateLimiter limiter(rate);
    std::vector<TimePoint> taken;
    TimePoint now = kStart;
    for (int i = 0; i < 300; ++i) {
      now = std::max(now, limiter.ready_at()) + Duration(*rc::gen::weightedOneOf<std::int64_t>(
                                                    {{5, rc::gen::just<std::int64_t>(0)},
                                                     {2, rc::gen::inRange<std::int64_t>(0, 5'000'000)},
                                                     {1, rc::gen::inRange<std::int64_t>(0, 3'000'000'000)}}));
      limiter.take(now);
      taken.push_back(now);
    }
    std::size_t from = 0;
    for (std::size_t i = 0; i < taken.size(); ++i) {
      while (taken[i] - taken[from] >= 1s) ++from;
      RC_ASSERT(static_cast<double>(i - from + 1) <= rate * 1.01 + 1);
    }
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(breaker)

BOOST_AUTO_TEST_CASE(opens_at_the_tenth_row_in_a_row_without_a_good_answer) {
  Breaker breaker(std::chrono::minutes(10));
  fail_rows(breaker, 0, 9, kStart);
  BOOST_TEST((breaker.state(kStart) == Breaker::State::closed));
  breaker.bad(9, kStart);
  BOOST_TEST((breaker.state(kStart) == Breaker::State::open));
  BOOST_TEST((breaker.state(kStart + 5s - 1ns) == Breaker::State::open));
  BOOST_TEST((breaker.opens_until() == kStart + 5s));
  BOOST_TEST((breaker.state(kStart + 5s) == Breaker::State::half_open));
}

BOOST_AUTO_TEST_CASE(is_not_opened_by_nine_rows_that_fail_for_ever) {
  Breaker breaker(std::chrono::minutes(10));
  for (int i = 0; i < 1000; ++i) breaker.bad(static_cast<std::uint64_t>(i % 9), kStart);
  BOOST_TEST((breaker.state(kStart) == Breaker::State::closed));
}

BOOST_AUTO_TEST_CASE(begins_to_count_anew_after_a_good_answer) {
  Breaker breaker(std::chrono::minutes(10));
  for (std::uint64_t row = 0; row < 900; row += 9) {
    fail_rows(breaker, row, row + 9, kStart);
    breaker.good(kStart);
  }
  BOOST_TEST((breaker.state(kStart) == Breaker::State::closed));
}

BOOST_AUTO_TEST_CASE(is_not_moved_by_answers_to_requests_that_left_before_it_opened) {
  Breaker breaker = opened();
  fail_rows(breaker, 100, 200, kStart + 1s);
  for (int i = 0; i < 20; ++i) breaker.good(kStart + 2s);
  BOOST_TEST((breaker.state(kStart + 2s) == Breaker::State::open));
  BOOST_TEST((breaker.opens_until() == kStart + 5s));
  breaker.good(kStart + 5s);
  breaker.good(kStart + 5s);
  BOOST_TEST((breaker.state(kStart + 5s) == Breaker::State::half_open));
}

BOOST_AUTO_TEST_CASE(closes_after_three_good_probes_and_is_as_new) {
  Breaker breaker = opened();
  TimePoint now = kStart + 5s;
  breaker.bad(1, now);  // 10 s
  now = breaker.opens_until();
  for (int i = 0; i < 3; ++i) {
    BOOST_TEST((breaker.state(now) == Breaker::State::half_open));
    breaker.good(now);
  }
  BOOST_TEST((breaker.state(now) == Breaker::State::closed));
  fail_rows(breaker, 0, 9, now);
  BOOST_TEST((breaker.state(now) == Breaker::State::closed));
  breaker.bad(9, now);
  BOOST_TEST((breaker.opens_until() == now + 5s));
}

BOOST_AUTO_TEST_CASE(opens_again_at_any_bad_probe_for_twice_as_long_up_to_twenty_seconds) {
  Breaker breaker = opened();
  TimePoint now = kStart;
  for (const Duration pause : {Duration(5s), Duration(10s), Duration(20s), Duration(20s)}) {
    BOOST_TEST((breaker.opens_until() - now == pause));
    now = breaker.opens_until();
    breaker.good(now);
    breaker.good(now);
    breaker.bad(0, now);  // the same row as ever
    BOOST_TEST((breaker.state(now) == Breaker::State::open));
  }
}

// What hangs since before the server was back must not keep the others from finding out.
BOOST_AUTO_TEST_CASE(lets_one_more_probe_go_each_five_seconds_in_which_none_is_answered) {
  Breaker breaker = opened();
  BOOST_TEST(breaker.probes(kStart + 4s) == 0U);
  breaker.sent(kStart + 4s);
  BOOST_TEST((breaker.more_probes_at(kStart + 4s) == TimePoint::max()));
  BOOST_TEST(breaker.probes(kStart + 3600s) == 1U);  // none left yet
  breaker.sent(kStart + 5s);
  for (const auto& [after, probes] :
       {std::pair(5s, 1U), {9s, 1U}, {10s, 2U}, {15s, 3U}, {20s, 4U}, {3600s, 4U}})
    BOOST_TEST(breaker.probes(kStart + after) == probes);
  BOOST_TEST((breaker.more_probes_at(kStart + 5s) == kStart + 10s));
  BOOST_TEST((breaker.more_probes_at(kStart + 10s) == kStart + 15s));
  BOOST_TEST((breaker.more_probes_at(kStart + 20s) == TimePoint::max()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::policy::test
