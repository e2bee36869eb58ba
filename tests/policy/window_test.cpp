#include "bulkdrop/policy/window.hpp"

#include <chrono>

#include "simulation.hpp"
#include <boost/test/unit_test.hpp>

namespace bulkdrop::policy::test {

BOOST_AUTO_TEST_SUITE(the_window)

BOOST_AUTO_TEST_CASE(doubles_with_every_clean_round_up_to_its_most) {
  Window window(32, false);
  BOOST_TEST(window.size() == 4U);
  for (const std::size_t next : {8U, 16U, 32U, 32U}) {
    const std::size_t round = window.size();
    for (std::size_t i = 0; i < round; ++i) {
      BOOST_TEST(window.size() == round);
      window.good(round);
    }
    BOOST_TEST(window.size() == next);
  }
}

BOOST_AUTO_TEST_CASE(is_never_wider_than_asked_for) {
  Window narrow(3, false);
  for (int i = 0; i < 100; ++i) narrow.good(3);
  BOOST_TEST(narrow.size() == 3U);
  Window single(1, false);
  single.bad(kStart);
  BOOST_TEST(single.size() == 1U);
}

BOOST_AUTO_TEST_CASE(is_cut_once_for_one_overloaded_moment_and_grows_by_one_a_round_afterwards) {
  Window window(100, false);
  for (int i = 0; i < 1000; ++i) window.good(100);
  BOOST_TEST(window.size() == 100U);
  for (int i = 0; i < 50; ++i) window.bad(kStart + std::chrono::milliseconds(i));
  BOOST_TEST(window.size() == 70U);
  for (int i = 0; i < 70; ++i) window.good(70);
  BOOST_TEST(window.size() == 71U);
  window.bad(kStart + 2s);
  BOOST_TEST(window.size() == 49U);
}

BOOST_AUTO_TEST_CASE(does_not_grow_while_it_is_not_used) {
  Window window(100, false);
  for (int i = 0; i < 1000; ++i) window.good(1);
  BOOST_TEST(window.size() == 4U);
}

BOOST_AUTO_TEST_CASE(stays_where_it_is_if_fixed) {
  Window window(32, true);
  BOOST_TEST(window.size() == 32U);
  window.bad(kStart);
  BOOST_TEST(window.size() == 32U);
}

// A gateway that lets five requests a second through and says no more than 429.
BOOST_AUTO_TEST_CASE(lets_a_small_quota_turn_away_far_fewer_sessions_than_a_fixed_one_does) {
  const auto share_turned_away = [](bool adapt) {
    Limits limits;
    limits.adapt = adapt;
    TimePoint second = kStart;
    int used = 0;
    const Run run = simulate(limits, 600, [&](const Request& request) {
      if (request.now - second >= 1s) {
        second = request.now;
        used = 0;
      }
      return Reply{++used <= 5 ? dropped() : throttled(1s), 10ms};
    });
    return static_cast<double>(run.count(Status::unsent)) / 600;
  };
  BOOST_TEST(share_turned_away(true) < 0.01);
  BOOST_TEST(share_turned_away(false) > 0.1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::policy::test
