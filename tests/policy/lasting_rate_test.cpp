#include "bulkdrop/policy/lasting_rate.hpp"

#include <chrono>

#include "support/manual_clock.hpp"
#include <boost/test/unit_test.hpp>

namespace bulkdrop::policy::test {
namespace {

using namespace std::chrono_literals;
using bulkdrop::test::kStart;

void serve(LastingRate& rate, int requests, TimePoint sent = kStart) {
  for (int i = 0; i < requests; ++i) rate.served(sent);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(the_lasting_rate)

BOOST_AUTO_TEST_CASE(is_not_known_until_two_were_turned_away) {
  LastingRate rate;
  serve(rate, 100);
  rate.turned_away(kStart);
  BOOST_TEST(rate.interval() == 0);
}

BOOST_AUTO_TEST_CASE(is_what_was_served_from_one_that_was_turned_away_to_the_next) {
  LastingRate rate;
  serve(rate, 1000);  // a burst
  rate.turned_away(kStart);
  serve(rate, 50);
  rate.turned_away(kStart + 5s);
  BOOST_TEST(rate.interval() == 0.1);
  serve(rate, 100);
  rate.turned_away(kStart + 10s);
  BOOST_TEST(rate.interval() == 0.05);
}

BOOST_AUTO_TEST_CASE(adds_up_what_was_too_little_to_tell) {
  LastingRate rate;
  rate.turned_away(kStart);
  for (int i = 1; i <= 4; ++i) {
    serve(rate, 5);
    rate.turned_away(kStart + 1s * i);
    BOOST_TEST(rate.interval() == (i < 4 ? 0 : 0.2));
  }
}

// What was on the way when one was turned away may be of what was served at once.
BOOST_AUTO_TEST_CASE(is_certain_only_of_what_was_sent_since_and_over_a_second) {
  LastingRate rate;
  rate.turned_away(kStart);
  serve(rate, 30, kStart - 10ms);
  serve(rate, 20, kStart + 1ms);
  rate.turned_away(kStart + 2s);
  BOOST_TEST(rate.interval() == 0.04);
  BOOST_TEST(rate.shortest() == 2.0 / 19);
  serve(rate, 100, kStart + 2s);
  rate.turned_away(kStart + 2500ms);
  BOOST_TEST(rate.interval() == 0.005);
  BOOST_TEST(rate.shortest() == 2.0 / 19);
}

// Where one in a few is turned away, no two of them are a second apart.
BOOST_AUTO_TEST_CASE(is_certain_of_many_that_were_turned_away_in_a_second) {
  LastingRate rate;
  rate.turned_away(kStart);
  for (int i = 1; i <= 10; ++i) {
    BOOST_TEST(rate.shortest() == 0);
    serve(rate, 5, kStart + 100ms * (i - 1));
    rate.turned_away(kStart + 100ms * i);
  }
  BOOST_TEST(rate.shortest() == 1.0 / 49);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::policy::test
