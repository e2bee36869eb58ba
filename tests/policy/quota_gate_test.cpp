#include "bulkdrop/policy/quota_gate.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

#include "support/manual_clock.hpp"
#include "support/property.hpp"
#include <boost/test/unit_test.hpp>

namespace bulkdrop::policy::test {
namespace {

using namespace std::chrono_literals;
using bulkdrop::test::kStart;

bool open(const QuotaGate& gate, TimePoint now) {
  return gate.opens_at(now) <= now;
}

// Sends one request and has it answered with that.
void asked(QuotaGate& gate, std::uint64_t remaining, TimePoint now, Duration reset = 30s) {
  const std::uint64_t order = gate.sent();
  gate.took(now);
  gate.told({remaining, reset}, order, 1, 0, now, now);
}

// Lets `requests` through and has the next one turned away.
void turned_away_after(QuotaGate& gate, int requests, TimePoint now) {
  for (int i = 0; i < requests; ++i) gate.took(now);
  const std::uint64_t order = gate.sent();
  gate.took(now);
  gate.turned_away(order);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(the_quota_gate)

BOOST_AUTO_TEST_CASE(is_open_where_nobody_spoke_of_a_quota) {
  QuotaGate gate;
  for (int i = 0; i < 1000; ++i) {
    BOOST_TEST(open(gate, kStart));
    gate.took(kStart);
  }
  BOOST_TEST(!gate.one_at_a_time());
}

BOOST_AUTO_TEST_CASE(lets_through_what_is_left_and_waits_for_the_next_quota) {
  QuotaGate gate;
  asked(gate, 2, kStart);
  for (int i = 0; i < 2; ++i) {
    BOOST_TEST(open(gate, kStart + 1s));
    gate.took(kStart + 1s);
  }
  BOOST_TEST((gate.opens_at(kStart + 1s) == kStart + 30s));
  BOOST_TEST(open(gate, kStart + 30s));
}

BOOST_AUTO_TEST_CASE(says_that_the_quota_is_used_up_only_when_the_gateway_does) {
  QuotaGate gate;
  asked(gate, 1, kStart);
  BOOST_TEST(!gate.exhausted(kStart));
  const std::uint64_t order = gate.sent();
  gate.took(kStart);
  BOOST_TEST(!open(gate, kStart));
  BOOST_TEST(!gate.exhausted(kStart));
  gate.told({0, 30s}, order, 1, 0, kStart, kStart);
  BOOST_TEST(gate.exhausted(kStart));
  BOOST_TEST(!gate.exhausted(kStart + 30s));
}

// Their end is told in whole seconds, rounded up: who waited for it would use half of them.
BOOST_AUTO_TEST_CASE(uses_quotas_of_a_second_evenly) {
  constexpr std::uint64_t kLimit = 50;
  QuotaGate gate;
  std::uint64_t second = 0;
  std::uint64_t used = 0;
  std::uint64_t served = 0;
  for (TimePoint now = kStart; now < kStart + 60s; now += 1ms) {
    const auto this_second = static_cast<std::uint64_t>((now - kStart - 300ms) / 1s);
    if (std::exchange(second, this_second) != this_second) used = 0;
    if (!open(gate, now)) continue;
    const std::uint64_t order = gate.sent();
    gate.took(now);
    BOOST_REQUIRE(used < kLimit);
    ++used;
    ++served;
    const auto end = kStart + 300ms + (this_second + 1) * 1s;
    gate.told({kLimit - used, std::chrono::ceil<std::chrono::seconds>(end - now)}, order, 1, 0, now, now);
  }
  BOOST_TEST(served > 60 * kLimit * 9 / 10);
}

// A minute's quota has seconds left at its end, too.
BOOST_AUTO_TEST_CASE(does_not_take_the_end_of_a_long_quota_for_a_short_one) {
  QuotaGate gate;
  asked(gate, 3, kStart, 60s);
  for (int left = 2; left >= 0; --left) {
    const TimePoint now = kStart + 59s;
    BOOST_REQUIRE(open(gate, now));
    asked(gate, static_cast<std::uint64_t>(left), now, 1s);
  }
  BOOST_TEST(!open(gate, kStart + 59s));
}

// Whatever the order and delay of answers, and however many are in flight at once.
BOOST_AUTO_TEST_CASE(never_lets_more_through_than_is_left_and_comes_to_use_all_of_it) {
  bulkdrop::test::holds("a gateway counts each request as it arrives", [] {
    const auto limit = *rc::gen::inRange<std::uint64_t>(1, 200);
    const auto window = *rc::gen::inRange<std::size_t>(1, 40);
    struct InFlight {
      std::uint64_t order;
      std::size_t at_once;
      TimePoint sent;
      bool arrived;
      std::uint64_t remaining;
    };
    QuotaGate gate;
    std::vector<InFlight> in_flight;
    std::uint64_t arrived = 0;
    bool told = false;
    TimePoint now = kStart;
    const auto end = kStart + 10min;
    const auto send = [&] {
      in_flight.push_back({gate.sent(), in_flight.size() + 1, now, false, 0});
      gate.took(now);
    };
    const auto arrive = [&](InFlight& one) {
      one.arrived = true;
      RC_ASSERT(arrived < limit);
      one.remaining = limit - ++arrived;
    };
    // The first one is alone, as a canary is: before it nobody knows of a quota.
    send();
    for (int step = 0; step < 3000 && !in_flight.empty(); ++step) {
      now += 1ms;
      auto& one = in_flight[*rc::gen::inRange<std::size_t>(0, in_flight.size())];
      if (!one.arrived) {
        arrive(one);
      } else {
        const InFlight answered = one;
        in_flight.erase(in_flight.begin() + (&one - in_flight.data()));
        gate.told({answered.remaining, end - now}, answered.order, answered.at_once, in_flight.size(),
                  answered.sent, now);
        told = true;
      }
      while (in_flight.size() < window && open(gate, now) && told) send();
    }
    RC_ASSERT(in_flight.empty());
    RC_ASSERT(arrived == limit);
  });
}

BOOST_AUTO_TEST_CASE(goes_on_one_at_a_time_where_the_last_quota_ended) {
  QuotaGate gate;
  turned_away_after(gate, 100, kStart);
  BOOST_TEST(!gate.one_at_a_time());  // it is not known when: that is for the pause to say
  for (int i = 0; i < 100; ++i) {
    BOOST_TEST(!gate.one_at_a_time());
    gate.took(kStart + 60s);
  }
  BOOST_TEST(gate.one_at_a_time());
  turned_away_after(gate, 0, kStart + 60s);
  for (int i = 0; i < 100; ++i) gate.took(kStart + 120s);
  BOOST_TEST(gate.one_at_a_time());
}

BOOST_AUTO_TEST_CASE(remembers_where_it_ended_when_the_pause_was_too_short) {
  QuotaGate gate;
  turned_away_after(gate, 100, kStart);
  for (int second = 1; second < 5; ++second) turned_away_after(gate, 0, kStart + 1s * second);
  for (int i = 0; i < 100; ++i) {
    BOOST_TEST(!gate.one_at_a_time());
    gate.took(kStart + 60s);
  }
  BOOST_TEST(gate.one_at_a_time());
}

BOOST_AUTO_TEST_CASE(forgets_where_it_ended_if_more_get_through) {
  QuotaGate gate;
  turned_away_after(gate, 100, kStart);
  for (int i = 0; i < 100; ++i) gate.took(kStart + 60s);
  int one_at_a_time = 0;
  for (int i = 0; i < 200; ++i) {
    if (gate.one_at_a_time()) ++one_at_a_time;
    gate.took(kStart + 60s);
  }
  BOOST_TEST(one_at_a_time > 4);
  BOOST_TEST(one_at_a_time < 25);
  BOOST_TEST(!gate.one_at_a_time());
}

BOOST_AUTO_TEST_CASE(counts_to_the_first_of_several_that_are_turned_away_together) {
  QuotaGate gate;
  for (int i = 0; i < 16; ++i) gate.took(kStart);
  for (const std::uint64_t order : {12U, 10U, 15U, 11U}) gate.turned_away(order);
  for (int i = 0; i < 10; ++i) {
    BOOST_TEST(!gate.one_at_a_time());
    gate.took(kStart + 60s);
  }
  BOOST_TEST(gate.one_at_a_time());
  gate.turned_away(14);  // a late answer, of the time before
  BOOST_TEST(gate.one_at_a_time());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::policy::test
