#include "bulkdrop/policy/shed_rate.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "support/manual_clock.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/core/random.hpp"

namespace bulkdrop::policy::test {
namespace {

using namespace std::chrono_literals;
using bulkdrop::test::kStart;

constexpr std::size_t kWindow = 4;

// A server that takes one request each `interval` and turns away who comes earlier, and a client that asks
// again as soon as it may.
struct Strict {
  Duration interval;
  ShedRate rate;
  TimePoint now = kStart;
  TimePoint due = kStart;
  int served = 0;
  int shed = 0;

  void run(Duration until) {
    while (now < kStart + until) {
      now = std::max(now + 1ms, rate.ready_at());
      rate.took(now);
      if (now >= due) {
        due = now + interval;
        ++served;
        rate.good(1ms, kWindow, now + 1ms);
      } else {
        ++shed;
        rate.shed(now, now + 1ms);
      }
    }
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(the_shed_rate)

BOOST_AUTO_TEST_CASE(limits_nothing_where_nothing_is_turned_away) {
  ShedRate rate;
  for (int i = 0; i < 1000; ++i) {
    const TimePoint now = kStart + 1ms * i;
    BOOST_TEST((rate.ready_at() <= now));
    rate.took(now);
    rate.good(1ms, kWindow, now);
  }
  BOOST_TEST(rate.per_second() == 0);
}

BOOST_AUTO_TEST_CASE(begins_at_what_was_served_of_late) {
  ShedRate rate;
  for (int i = 0; i <= 100; ++i) rate.good(1ms, kWindow, kStart + 20ms * i);
  const TimePoint now = kStart + 2s;
  rate.shed(now, now);
  rate.shed(now, now);
  BOOST_TEST(rate.per_second() < 51);
  BOOST_TEST(rate.per_second() > 45);
  BOOST_TEST((rate.ready_at() > now));
}

BOOST_AUTO_TEST_CASE(finds_what_a_server_takes_in_a_second_and_uses_it) {
  for (const Duration interval : {Duration(5ms), Duration(20ms), Duration(50ms)}) {
    Strict server{interval, {}};
    server.run(20s);
    server.served = server.shed = 0;
    server.run(120s);
    BOOST_TEST_CONTEXT(interval.count()) {
      BOOST_TEST(server.served * interval >= 90s);
      BOOST_TEST(server.shed * 50 <= server.served);
    }
  }
}

// What it lets through at once hides for a while that it is asked too quickly.
BOOST_AUTO_TEST_CASE(finds_what_lasts_behind_a_burst) {
  constexpr double kLasts = 100;
  constexpr double kBurst = 50;
  ShedRate rate;
  TimePoint now = kStart;
  double left = kBurst;
  int served = 0;
  int shed = 0;
  const auto run = [&](Duration until) {
    while (now < kStart + until) {
      const TimePoint next = std::max(now + 2ms, rate.ready_at());
      left = std::min(kBurst, left + kLasts * std::chrono::duration<double>(next - now).count());
      now = next;
      rate.took(now);
      if (left >= 1) {
        --left;
        ++served;
        rate.good(1ms, kWindow, now);
      } else {
        ++shed;
        rate.shed(now, now);
      }
    }
  };
  run(20s);
  served = shed = 0;
  run(120s);
  BOOST_TEST(served >= 95 * 100);
  BOOST_TEST(shed * 100 <= served);
}

// One in fifty by chance, so quickly that a pace seems to be to blame.
BOOST_AUTO_TEST_CASE(does_not_slow_down_again_and_again_for_a_few_at_any_pace) {
  ShedRate rate;
  Random random(7);
  TimePoint now = kStart;
  int served = 0;
  const auto run = [&](Duration until) {
    while (now < kStart + until) {
      now = std::max(now + 5ms, rate.ready_at());
      rate.took(now);
      if (random.uniform() < 0.02) {
        rate.shed(now, now);
      } else {
        ++served;
        rate.good(20ms, kWindow, now);
      }
    }
  };
  run(30s);
  served = 0;
  run(150s);
  BOOST_TEST(served >= 120 * 200 / 2);
}

BOOST_AUTO_TEST_CASE(begins_where_it_is_told_and_is_quicker_if_that_is_borne) {
  ShedRate rate;
  rate.begin_at(50, kStart);
  BOOST_TEST(rate.per_second() == 50);
  BOOST_TEST((rate.ready_at() == kStart + 20ms));
  for (int i = 1; i <= 200; ++i) rate.good(20ms, kWindow, kStart + 20ms * i);
  BOOST_TEST(rate.borne_per_second() > 55);
  rate.undo();
  BOOST_TEST(rate.per_second() == 0);
}

BOOST_AUTO_TEST_CASE(is_not_slowed_by_what_was_turned_away_for_the_rate_before) {
  ShedRate rate;
  for (int i = 0; i <= 100; ++i) rate.good(1ms, kWindow, kStart + 20ms * i);
  for (int i = 0; i < 2; ++i) rate.shed(kStart + 2s, kStart + 2s);
  const double slowed = rate.per_second();
  BOOST_TEST(slowed > 0);
  for (int i = 0; i < 50; ++i) rate.shed(kStart + 2s - 1ms, kStart + 2s + 1ms * i);
  BOOST_TEST(rate.per_second() == slowed);
}

BOOST_AUTO_TEST_CASE(is_not_slowed_by_one_in_many) {
  ShedRate rate;
  for (int i = 1; i <= 1000; ++i) {
    const TimePoint now = kStart + 20ms * i;
    rate.good(1ms, kWindow, now);
    if (i % 100 == 0) BOOST_TEST(!rate.shed(now, now));
  }
  BOOST_TEST(rate.per_second() == 0);
}

// … but each of them costs a pause.
BOOST_AUTO_TEST_CASE(is_slowed_by_one_in_many_that_makes_everybody_wait) {
  ShedRate rate;
  for (int i = 1; i <= 100; ++i) rate.good(1ms, kWindow, kStart + 20ms * i);
  const TimePoint now = kStart + 2s;
  rate.shed_for(now + 1s, now, now);
  BOOST_TEST(rate.per_second() > 0);
  BOOST_TEST(rate.per_second() < 51);
}

// A burst at once, and then no more: what is served around a pause tells the rate.
BOOST_AUTO_TEST_CASE(knows_the_rate_of_a_burst_after_a_pause) {
  ShedRate rate;
  TimePoint now = kStart;
  for (int i = 0; i < 20; ++i) rate.good(1ms, kWindow, now += 1ms);
  rate.shed(now, now);
  BOOST_TEST(rate.per_second() > 500);
  now += 1ms;
  rate.pause(now + 1s);
  now += 1s;
  for (int i = 0; i < 20; ++i) rate.good(1ms, kWindow, now += 1ms);
  rate.shed(now, now);
  BOOST_TEST(rate.per_second() > 30);
  BOOST_TEST(rate.per_second() < 45);
}

BOOST_AUTO_TEST_CASE(goes_back_where_it_was_not_the_rate) {
  ShedRate rate;
  for (int i = 0; i < 20; ++i) rate.good(1ms, kWindow, kStart + 1ms * i);
  rate.shed(kStart + 20ms, kStart + 20ms);
  BOOST_TEST(rate.per_second() > 0);
  rate.undo();
  BOOST_TEST(rate.per_second() == 0);
  BOOST_TEST((rate.ready_at() == TimePoint::min()));
}

// One of four nodes is broken.
BOOST_AUTO_TEST_CASE(is_quick_again_where_a_share_is_turned_away_at_any_pace_and_is_told_when_that_is_over) {
  ShedRate rate;
  TimePoint now = kStart;
  std::uint64_t asked = 0;
  const auto run = [&](Duration until, bool broken) {
    while (now < kStart + until) {
      now = std::max(now + 5ms, rate.ready_at());
      rate.took(now);
      if (++asked % 4 == 0 && broken)
        rate.shed(now, now);
      else
        rate.good(5ms, kWindow, now);
    }
  };
  run(1s, true);
  BOOST_TEST(rate.per_second() > 0);
  BOOST_TEST(rate.per_second() < 100);
  run(20s, true);
  BOOST_TEST(rate.at_any_pace());
  BOOST_TEST((rate.per_second() == 0 || rate.per_second() > 100));
  run(30s, false);
  BOOST_TEST(!rate.at_any_pace());
  BOOST_TEST(rate.per_second() == 0);
}

// Of 20 answers, half may be turned away by chance now and then.
BOOST_AUTO_TEST_CASE(does_not_take_chance_for_a_server_that_got_worse) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    Random random(seed);
    ShedRate rate;
    TimePoint now = kStart;
    int times_lost = 0;
    bool knew = false;
    for (int i = 0; i < 60000; ++i) {
      now = std::max(now + 5ms, rate.ready_at());
      rate.took(now);
      if (random.uniform() < 0.14)
        rate.shed(now, now);
      else
        rate.good(5ms, kWindow, now);
      if (std::exchange(knew, rate.at_any_pace()) && !knew) ++times_lost;
    }
    BOOST_TEST(knew);
    BOOST_TEST(times_lost <= 1);
    BOOST_TEST((rate.per_second() == 0 || rate.per_second() > 100));
  }
}

// They fail in work, not at the door.
BOOST_AUTO_TEST_CASE(sees_sooner_that_the_pace_does_not_matter_where_what_is_turned_away_took_as_long) {
  const auto seen_after = [](bool at_work) {
    ShedRate rate;
    TimePoint now = kStart;
    for (std::uint64_t asked = 1; !rate.at_any_pace(); ++asked) {
      now = std::max(now + 5ms, rate.ready_at());
      rate.took(now);
      if (asked > 100 && asked % 7 == 0)
        rate.shed(now, now, at_work);
      else
        rate.good(5ms, kWindow, now);
    }
    return now - kStart;
  };
  BOOST_TEST((seen_after(true) < seen_after(false)));
}

// Half of them are too many at one a second: nothing gets better by asking more.
BOOST_AUTO_TEST_CASE(stays_slow_where_asking_more_is_only_turned_away_more) {
  Strict server{2s, {}};
  server.run(600s);
  server.served = server.shed = 0;
  server.run(1200s);
  BOOST_TEST(server.served >= 270);
  BOOST_TEST(server.shed <= 3 * server.served);
}

BOOST_AUTO_TEST_CASE(gives_up_the_limit_when_the_server_no_longer_has_one) {
  Strict server{50ms, {}};
  server.run(20s);
  BOOST_TEST(server.rate.per_second() > 0);
  server.interval = 0ms;
  server.due = server.now;
  server.run(60s);
  BOOST_TEST(server.rate.per_second() == 0);
}

BOOST_AUTO_TEST_CASE(is_never_slower_than_one_a_second) {
  ShedRate rate;
  TimePoint now = kStart;
  for (int i = 0; i < 100; ++i) {
    now = std::max(now + 1ms, rate.ready_at());
    rate.took(now);
    rate.shed(now, now);
    BOOST_TEST((rate.ready_at() - now <= 1s));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::policy::test
