#include "bulkdrop/policy/loss_floor.hpp"

#include <algorithm>
#include <chrono>

#include "support/manual_clock.hpp"
#include "support/property.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/core/random.hpp"
#include "bulkdrop/policy/loss_tolerance.hpp"

namespace bulkdrop::policy::test {
namespace {

using namespace std::chrono_literals;
using bulkdrop::test::kStart;

constexpr std::size_t kWide = 32;

// A run that asks ten times a second, one request after the other.
struct Asking {
  LossFloor floor;
  TimePoint now = kStart;
  Random random{1};
  bool changed = false;  // by the last answer

  void answer(bool good, std::size_t at_once) {
    const TimePoint sent = now;
    now += 100ms;
    changed = floor.answered(good, {sent, 100ms, at_once}, now);
  }
  // Until share() changes, or so many came. Returns how many.
  int until_changed(double share, std::size_t at_once, int most = 100'000) {
    changed = false;
    int answers = 0;
    while (answers < most && !changed) {
      answer(random.uniform() >= share, at_once);
      ++answers;
    }
    return answers;
  }
  // Nothing was well, and more failed than is borne.
  void exceed() {
    for (int i = 0; i < 10; ++i) answer(i % 5 != 0, kWide);
    floor.exceeded(kWide);
  }
  void find(double share) {
    exceed();
    until_changed(share, 1);
    BOOST_REQUIRE(floor.share().has_value());
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(the_loss_floor)

BOOST_AUTO_TEST_CASE(is_not_looked_for_while_what_fails_is_borne) {
  Asking run;
  BOOST_TEST(run.until_changed(0.1, 1, 10'000) == 10'000);
  BOOST_TEST(!run.floor.share().has_value());
}

BOOST_AUTO_TEST_CASE(is_the_share_that_fails_while_next_to_nothing_is_in_flight_with_a_margin) {
  bulkdrop::test::holds("the floor is no less than what fails", [](std::uint64_t seed) {
    for (const double share : {0.08, 0.12, 0.2}) {
      Asking run;
      run.random = Random(seed);
      while (!run.floor.share()) {  // by chance nothing may seem to fail
        run.exceed();
        run.until_changed(share, 2, 1'000);
      }
      // … or hardly anything.
      if (*run.floor.share() < share / 2 || *run.floor.share() > LossFloor::kMost) return false;
    }
    return true;
  });
}

BOOST_AUTO_TEST_CASE(is_not_told_by_what_fails_while_much_is_in_flight) {
  Asking run;
  run.exceed();
  run.until_changed(0.1, 3, 10'000);
  run.until_changed(0.1, kWide, 10'000);
  BOOST_TEST(!run.floor.share().has_value());
}

BOOST_AUTO_TEST_CASE(is_looked_for_at_a_quarter_of_a_small_window) {
  Asking run;
  run.floor.exceeded(7);
  BOOST_TEST(run.floor.least_window() == 1U);
  run.until_changed(0.1, 2, 10'000);
  BOOST_TEST(!run.floor.share().has_value());
  run.until_changed(0.1, 1, 10'000);
  BOOST_TEST(run.floor.share().has_value());
}

BOOST_AUTO_TEST_CASE(is_found_after_a_while_and_enough_answers) {
  Asking run;
  run.exceed();
  BOOST_TEST(run.floor.least_window() == 2U);
  const TimePoint began = run.now;
  BOOST_TEST(static_cast<std::uint64_t>(run.until_changed(0.2, 1)) >=
             LossFloor::kFirstWait / 100ms + LossFloor::kAnswers);
  BOOST_TEST((run.now - began < 15s));
}

BOOST_AUTO_TEST_CASE(does_not_exist_where_nothing_fails_with_less_load) {
  Asking run;
  run.exceed();
  for (int i = 0; i < 25; ++i) run.answer(i % 2 == 0, 1);  // until it has recovered
  run.until_changed(0, 1, 300);
  BOOST_TEST(!run.floor.share().has_value());
  BOOST_TEST(run.floor.least_window() == 1U);  // it was given up
}

BOOST_AUTO_TEST_CASE(does_not_exist_of_a_server_that_is_not_well) {
  Asking run;
  run.exceed();
  run.until_changed(0.6, 1, 10'000);
  BOOST_TEST(!run.floor.share().has_value());
  // … but then of one that is better.
  BOOST_TEST(run.until_changed(0.1, 1, 1'000) < 1'000);
}

BOOST_AUTO_TEST_CASE(waits_again_after_more_was_in_flight) {
  Asking run;
  run.exceed();
  for (int i = 0; i < 100; ++i) {
    for (int quiet = 0; quiet < 25; ++quiet) run.answer(quiet % 5 != 0, 1);
    run.answer(true, kWide);
  }
  BOOST_TEST(!run.floor.share().has_value());
}

BOOST_AUTO_TEST_CASE(waits_longer_for_a_server_that_was_well_before) {
  for (const int well_for : {40, 1'000}) {
    Asking run;
    if (well_for > 40) run.answer(false, kWide);
    for (int i = 0; i < well_for; ++i) run.answer(true, kWide);
    run.exceed();
    BOOST_TEST(run.floor.least_window() == 1U);
    const TimePoint began = run.now;
    run.until_changed(0.15, 1);
    BOOST_TEST(run.floor.share().has_value());
    BOOST_TEST((run.now - began >= LossFloor::kFirstWaitIfWasWell));
  }
}

BOOST_AUTO_TEST_CASE(is_lowered_to_what_fails_by_and_by_but_not_below_it) {
  Asking run;
  run.find(0.2);
  const double first = *run.floor.share();
  while (run.now < kStart + 60s) run.answer(run.random.uniform() >= 0.09, kWide);
  for (int i = 0; i < 2'000; ++i) {
    run.answer(run.random.uniform() >= 0.09, kWide);
    if (!run.floor.share()) break;  // it is looked at again after a while
    BOOST_TEST(*run.floor.share() > 0.09);
    BOOST_TEST(*run.floor.share() <= first);
  }
}

BOOST_AUTO_TEST_CASE(is_over_soon_after_nothing_fails_any_more) {
  Asking run;
  run.find(0.2);
  BOOST_TEST(static_cast<std::uint64_t>(run.until_changed(0, kWide)) <= LossFloor::kAnswersToLower);
  BOOST_TEST(!run.floor.share().has_value());
}

BOOST_AUTO_TEST_CASE(holds_for_a_multiple_of_the_time_that_it_took_to_find) {
  Asking run;
  run.exceed();
  const TimePoint began = run.now;
  run.until_changed(0.1, 1);
  const TimePoint found = run.now;
  while (run.floor.share()) run.answer(run.random.uniform() >= 0.1, kWide);
  BOOST_TEST((run.now - found >= LossFloor::kHolds * (found - began)));
  BOOST_TEST((run.now - found <= LossFloor::kHolds * (found - began) + 100ms * LossFloor::kAnswersToLower));
}

BOOST_AUTO_TEST_CASE(waits_twice_as_long_each_time_that_it_did_not_hold_up_to_a_minute) {
  Asking run;
  run.find(0.2);
  for (const Duration wait : {6s, 12s, 24s, 48s, 60s, 60s}) {
    run.floor.exceeded(kWide);
    BOOST_TEST(!run.floor.share().has_value());
    const TimePoint began = run.now;
    run.until_changed(0.2, 1);
    BOOST_REQUIRE(run.floor.share().has_value());
    BOOST_TEST((run.now - began >= wait));
    BOOST_TEST((run.now - began <= wait + 20s));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::policy::test
