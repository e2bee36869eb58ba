#include "bulkdrop/policy/learned_quota.hpp"

#include <algorithm>
#include <chrono>

#include "support/manual_clock.hpp"
#include "support/property.hpp"
#include <boost/test/unit_test.hpp>

namespace bulkdrop::policy::test {
namespace {

using namespace std::chrono_literals;
using bulkdrop::test::kStart;

// Lets `limit` through in each window, turns away the others and says in whole seconds when the next begins;
// and a client that asks 20 times a second as long as it may, and comes back a moment after it was told to.
struct Gateway {
  std::uint64_t limit;
  Duration window;
  bool begins_with_request = false;
  Duration offset = 0ms;  // of its windows, if these do not

  LearnedQuota quota = {};
  TimePoint now = kStart;
  TimePoint ends = kStart;
  std::uint64_t used = 0;
  std::uint64_t sent = 0;
  int served = 0;
  int turned_away = 0;

  void run(Duration until) {
    while (now < kStart + until) {
      now = std::max(now + 50ms, quota.opens_at(now));
      quota.took(now);
      const std::uint64_t order = sent++;
      if (now >= ends) {
        used = 0;
        ends = begins_with_request ? now + window
                                   : kStart + offset + window * ((now - kStart - offset) / window + 1);
      }
      if (used < limit) {
        ++used;
        ++served;
        continue;
      }
      ++turned_away;
      const TimePoint told = now + std::chrono::ceil<std::chrono::seconds>(ends - now);
      quota.turned_away(order, told);
      now = told + 700ms;
    }
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(the_learned_quota)

BOOST_AUTO_TEST_CASE(is_open_where_nobody_is_turned_away) {
  LearnedQuota quota;
  for (int i = 0; i < 1000; ++i) quota.took(kStart + 1ms * i);
  BOOST_TEST((quota.opens_at(kStart + 1s) == TimePoint::min()));
  BOOST_TEST(!quota.is_known());
}

BOOST_AUTO_TEST_CASE(is_known_after_two_windows_that_were_alike) {
  Gateway gateway{20, 60s};
  gateway.run(50s);
  BOOST_TEST(gateway.turned_away == 1);
  BOOST_TEST(!gateway.quota.is_known());
  gateway.run(130s);
  BOOST_TEST(gateway.turned_away == 2);
  BOOST_TEST(gateway.quota.is_known());
  BOOST_TEST((gateway.quota.opens_at(gateway.now) == TimePoint::min()));
}

BOOST_AUTO_TEST_CASE(turns_hardly_anybody_away_from_there_on_and_leaves_nothing_unused) {
  for (const bool begins_with_request : {false, true}) {
    Gateway gateway{20, 60s, begins_with_request};
    gateway.run(40min);
    BOOST_TEST_CONTEXT(begins_with_request) {
      // Two to learn it, those that ask for more after 4, 8, 16 and 32 windows, and one that came too soon.
      BOOST_TEST(gateway.turned_away <= 7);
      BOOST_TEST(gateway.served >= 38 * 20);
    }
  }
}

BOOST_AUTO_TEST_CASE(finds_that_there_is_more) {
  Gateway gateway{20, 60s};
  gateway.run(4min);
  gateway.limit = 60;
  gateway.run(20min);
  gateway.served = 0;
  gateway.run(30min);
  BOOST_TEST(gateway.served >= 9 * 60);
}

BOOST_AUTO_TEST_CASE(finds_that_there_is_less) {
  Gateway gateway{60, 60s};
  gateway.run(4min);
  gateway.limit = 20;
  gateway.turned_away = 0;
  gateway.run(30min);
  BOOST_TEST(gateway.turned_away <= 8);
}

BOOST_AUTO_TEST_CASE(is_not_known_where_windows_differ) {
  Gateway gateway{20, 60s};
  for (int minute = 1; minute < 20; ++minute) {
    gateway.limit = 10 + static_cast<std::uint64_t>(minute % 3) * 5;
    gateway.run(minute * 60s);
    BOOST_TEST(!gateway.quota.is_known());
  }
}

BOOST_AUTO_TEST_CASE(uses_any_quota_and_seldom_exceeds_it) {
  bulkdrop::test::holds("any quota, any kind of window", [] {
    Gateway gateway{*rc::gen::inRange<std::uint64_t>(1, 80), std::chrono::seconds(*rc::gen::inRange(5, 600)),
                    *rc::gen::arbitrary<bool>(), std::chrono::milliseconds(*rc::gen::inRange(0, 5000))};
    gateway.run(30 * gateway.window);
    const double seconds = std::chrono::duration<double>(gateway.window).count();
    // Where a window begins with a request, as much is lost as that comes late: up to 1.7 s.
    const double windows = 30 * seconds / (gateway.begins_with_request ? seconds + 1.7 : seconds);
    const double possible = std::min(windows * static_cast<double>(gateway.limit), 30 * seconds * 20);
    RC_ASSERT(gateway.served >= 0.75 * possible);
    RC_ASSERT(gateway.turned_away <= 31);
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::policy::test
