#include "bulkdrop/policy/window.hpp"

#include <algorithm>
#include <chrono>

#include "crew.hpp"
#include "simulation.hpp"
#include <boost/test/unit_test.hpp>

namespace bulkdrop::policy::test {
namespace {

// One request of a full window, sent then.
Sample of_full(const Window& window, TimePoint sent) {
  return {sent, 10ms, window.size()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(the_window)

BOOST_AUTO_TEST_CASE(begins_small_and_grows_to_its_most_where_nobody_waits) {
  Window window(100, false);
  BOOST_TEST(window.size() == Window::kFirst);
  Crew crew(1000, 20ms);
  crew.run(window, 100ms);
  BOOST_TEST(window.size() < 50U);
  crew.run(window, 10s);
  BOOST_TEST(window.size() == 100U);
}

BOOST_AUTO_TEST_CASE(leaps_no_further_than_to_half_of_what_was_too_wide) {
  Window window(100, false);
  Crew crew(1000, 20ms);
  crew.run(window, 10s);
  window.was_too_wide();
  window.begin_again(1, crew.now());
  Duration until = 10s;
  while (window.size() < 50) crew.run(window, until += 10ms);
  BOOST_TEST(window.size() == 50U);
  crew.run(window, until + 100ms);
  BOOST_TEST(window.size() < 60U);
}

BOOST_AUTO_TEST_CASE(is_never_wider_than_asked_for) {
  Window narrow(3, false);
  Crew crew(1000, 20ms);
  crew.run(narrow, 60s);
  BOOST_TEST(crew.widest() == 3U);
  Window single(1, false);
  single.bad(of_full(single, kStart), 1, kStart);
  BOOST_TEST(single.size() == 1U);
}

BOOST_AUTO_TEST_CASE(stays_where_it_is_if_fixed) {
  Window window(32, true);
  BOOST_TEST(window.size() == 32U);
  window.bad(of_full(window, kStart), 1, kStart);
  BOOST_TEST(!window.shed(of_full(window, kStart), kStart));
  window.begin_again(1, kStart);
  Crew crew(2, 20ms);
  crew.run(window, 10s);
  BOOST_TEST(window.size() == 32U);
}

BOOST_AUTO_TEST_CASE(finds_how_many_the_server_works_on_at_once_and_stays_there) {
  for (const std::size_t workers : {1U, 2U, 3U, 5U, 8U, 13U, 40U, 100U})
    for (const double spread : {0.0, 0.3, 0.9}) {
      Window window(256, false);
      Crew crew(workers, 50ms);
      crew.spread = spread;
      crew.run(window, 10s);
      crew.widest();
      BOOST_TEST_CONTEXT(workers << " workers, spread " << spread) {
        const std::size_t most = workers < 8 ? workers + 2 : workers * 5 / 4;
        for (Duration until = 20s; until < 120s; until += 5s) {
          crew.run(window, until);
          BOOST_TEST(crew.widest() <= most);
          BOOST_TEST(window.size() >= (workers + 1) / 2);  // while it looks
        }
        BOOST_TEST(window.size() * 10 >= workers * 9);
      }
    }
}

// All answers of a window come at the same moment: it must not look as if it were not used.
// A trial of one fewer ends as soon as it tells what it was for.
BOOST_AUTO_TEST_CASE(gives_back_what_only_waits_in_line) {
  for (std::size_t workers = 4; workers <= 16; ++workers)
    for (const Duration takes : {20ms, 60ms, 100ms, 160ms}) {
      Window window(256, false);
      Crew crew(workers, takes);
      crew.run(window, 20s);
      crew.widest();
      crew.run(window, 90s);
      BOOST_TEST_CONTEXT(workers << " workers, each takes " << takes / 1ms << " ms")
      BOOST_TEST(crew.widest() <= workers + std::max<std::size_t>(1, workers / 4));
    }
}

// Alone, with answers that became slower by themselves, there is nobody to give up.
BOOST_AUTO_TEST_CASE(does_not_stay_alone_because_answers_once_were_quicker) {
  Window window(256, false);
  Crew crew(1, 13ms);
  crew.spread = 0.9;
  for (Duration until = 100ms; window.size() > 1 && until < 20s; until += 100ms) crew.run(window, until);
  BOOST_TEST(window.size() == 1U);
  crew.takes = 41ms;
  crew.staff(10);
  const Duration then = crew.now() - kStart;
  crew.run(window, then + 40s);
  BOOST_TEST(window.size() > 7U);
}

BOOST_AUTO_TEST_CASE(grows_where_answers_come_together) {
  Window window(256, false);
  Crew crew(64, 15ms);
  crew.run(window, 10s);
  BOOST_TEST(window.size() >= 60U);
}

// What was in flight took ten seconds longer, and that is no sign of a line.
BOOST_AUTO_TEST_CASE(is_as_wide_after_a_standstill_as_before) {
  Window window(64, false);
  Crew crew(12, 50ms);
  crew.run(window, 20s);
  const std::size_t before = window.size();
  BOOST_TEST(before >= 11U);
  crew.stand_still(10s);
  for (Duration until = 31s; until < 40s; until += 1s) {
    crew.run(window, until);
    BOOST_TEST(window.size() + 2 >= before);
    BOOST_TEST(window.size() <= before + 2);
  }
}

BOOST_AUTO_TEST_CASE(does_not_grow_while_it_is_not_used) {
  Window window(100, false);
  Crew crew(1000, 20ms);
  crew.run(window, 60s, 2);
  BOOST_TEST(window.size() == Window::kFirst);
}

// Fewer requests would not make it any quicker.
BOOST_AUTO_TEST_CASE(stays_as_wide_before_a_server_that_becomes_slow_by_itself) {
  Window window(256, false);
  Crew crew(20, 50ms);
  crew.spread = 0.3;
  crew.run(window, 20s);
  crew.takes = 500ms;
  crew.run(window, 120s);
  crew.widest();
  BOOST_TEST(window.size() >= 18U);
  crew.run(window, 240s);
  BOOST_TEST(crew.widest() <= 25U);
}

BOOST_AUTO_TEST_CASE(is_no_wider_after_a_server_has_become_quick_again) {
  Window window(256, false);
  Crew crew(20, 500ms);
  crew.spread = 0.3;
  crew.run(window, 120s);
  crew.takes = 50ms;
  crew.run(window, 130s);
  crew.widest();
  crew.run(window, 200s);
  BOOST_TEST(crew.widest() <= 25U);
  BOOST_TEST(window.size() >= 18U);
}

BOOST_AUTO_TEST_CASE(follows_a_server_that_gets_more_workers_and_one_that_loses_some) {
  Window window(256, false);
  Crew crew(10, 50ms);
  crew.spread = 0.3;
  crew.run(window, 30s);
  crew.staff(60);
  crew.run(window, 120s);
  BOOST_TEST(window.size() >= 54U);
  crew.staff(10);
  crew.run(window, 180s);
  crew.widest();
  crew.run(window, 240s);
  BOOST_TEST(crew.widest() <= 12U);
  BOOST_TEST(window.size() >= 9U);
}

BOOST_AUTO_TEST_CASE(stays_below_what_was_turned_away) {
  Window window(256, false);
  Crew crew(1000, 20ms);
  crew.run(window, 400ms);
  const std::size_t served = window.size();
  const TimePoint now = crew.now();
  BOOST_TEST(window.shed({now, 1ms, served + 1}, now));
  BOOST_TEST(window.size() <= served);
  // Those that left together with it.
  BOOST_TEST(window.shed({now - 1ms, 1ms, served + 5}, now));
  const std::size_t after = window.size();
  crew.run(window, 4s);
  BOOST_TEST(window.size() == after);
}

BOOST_AUTO_TEST_CASE(searches_on_after_a_single_one_that_was_turned_away_while_it_searched) {
  Window window(256, false);
  Crew crew(100, 300ms);
  crew.run(window, 100ms);
  BOOST_TEST(window.shed({crew.now(), 1ms, 2}, crew.now()));
  BOOST_TEST(window.size() == 1U);
  crew.run(window, 15s);
  BOOST_TEST(window.size() >= 70U);
}

BOOST_AUTO_TEST_CASE(does_not_search_on_where_the_same_width_is_turned_away_twice) {
  Window window(256, false);
  Crew crew(100, 300ms);
  crew.run(window, 1000ms);
  const std::size_t too_many = window.size();
  BOOST_TEST(window.shed({crew.now(), 1ms, too_many}, crew.now()));
  BOOST_TEST(window.size() == too_many - 1);
  crew.run(window, 2200ms);
  BOOST_TEST(window.size() == too_many);
  BOOST_TEST(window.shed({crew.now(), 1ms, too_many}, crew.now()));
  crew.run(window, 7s);
  BOOST_TEST(window.size() == too_many - 1);
}

BOOST_AUTO_TEST_CASE(is_not_cut_for_being_turned_away_at_a_width_that_was_served_before) {
  Window window(256, false);
  Crew crew(1000, 20ms);
  crew.run(window, 400ms);
  const std::size_t size = window.size();
  BOOST_TEST(!window.shed({crew.now(), 1ms, 2}, crew.now()));
  BOOST_TEST(window.size() == size);
}

BOOST_AUTO_TEST_CASE(is_cut_once_for_one_overloaded_moment_and_comes_back_afterwards) {
  Window window(100, false);
  Crew crew(1000, 20ms);
  crew.run(window, 10s);
  const TimePoint now = crew.now();
  for (int i = 0; i < 50; ++i) window.bad(of_full(window, now - 1ms), 1, now + 1ms * i);
  BOOST_TEST(window.size() == 70U);
  window.bad(of_full(window, now + 60ms), 1, now + 70ms);
  BOOST_TEST(window.size() == 49U);
  crew.run(window, 12s);
  BOOST_TEST(window.size() == 49U);
  crew.run(window, 25s);
  BOOST_TEST(window.size() == 100U);
}

BOOST_AUTO_TEST_CASE(begins_again_after_a_pause_and_comes_back) {
  Window window(256, false);
  Crew crew(40, 50ms);
  crew.spread = 0.3;
  crew.run(window, 20s);
  window.begin_again(Window::kFirst, crew.now());
  BOOST_TEST(window.size() == Window::kFirst);
  crew.run(window, 25s);
  BOOST_TEST(window.size() >= 36U);
  crew.widest();
  crew.run(window, 60s);
  BOOST_TEST(crew.widest() <= 50U);
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

namespace {

// A window in the middle of a trial with more.
struct TryingMore {
  Window window{100, false};
  Crew crew{10, 20ms};

  TryingMore() {
    Duration until = 1s;
    while (!window.rate_before_more() && until < 300s) crew.run(window, until += 10ms);
    BOOST_REQUIRE(window.rate_before_more().has_value());
  }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(knows_how_many_were_answered_before_it_tried_more, TryingMore) {
  BOOST_TEST(*window.rate_before_more() > 400);
  BOOST_TEST(*window.rate_before_more() < 600);
}

BOOST_FIXTURE_TEST_CASE(stays_as_wide_while_it_is_seen_whether_it_was_the_rate, TryingMore) {
  const std::size_t size = window.size();
  window.leave_to_rate(crew.now());
  BOOST_TEST(window.leaves_to_rate());
  BOOST_TEST(!window.rate_before_more().has_value());
  for (int i = 0; i < 100; ++i) window.good({crew.now(), 10ms, size - 1}, size - 1, crew.now() + 1ms * i);
  BOOST_TEST(window.leaves_to_rate());
  BOOST_TEST(window.size() == size);
}

BOOST_FIXTURE_TEST_CASE(gives_the_rate_room_where_so_many_at_once_were_served_after_all, TryingMore) {
  const std::size_t size = window.size();
  window.leave_to_rate(crew.now());
  for (int i = 0; window.leaves_to_rate() && i < 100; ++i)
    window.good({crew.now(), 10ms, size}, size, crew.now() + 1ms * i);
  BOOST_TEST(window.size() == 2 * size);
  // What is turned away from there on is no sign of too many.
  BOOST_TEST(!window.shed({crew.now() + 1s, 1ms, size}, crew.now() + 1s));
}

BOOST_FIXTURE_TEST_CASE(is_cut_where_it_was_not_the_rate, TryingMore) {
  const std::size_t size = window.size();
  window.leave_to_rate(crew.now());
  BOOST_TEST(window.shed({crew.now() + 1ms, 1ms, size}, crew.now() + 2ms));
  BOOST_TEST(window.size() == size - 1);
  BOOST_TEST(!window.leaves_to_rate());
}

BOOST_AUTO_TEST_CASE(has_room_for_a_second_one_where_a_rate_turned_away_the_only_one) {
  Window window(100, false);
  static_cast<void>(window.shed({kStart, 1ms, 2}, kStart + 1ms));
  BOOST_TEST(window.size() == 1U);
  window.is_limited_by_rate(1, kStart + 2s);
  BOOST_TEST(window.size() == 2U);
  window.is_limited_by_rate(2, kStart + 3s);
  window.is_limited_by_rate(4, kStart + 4s);
  BOOST_TEST(window.size() == 4U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::policy::test
