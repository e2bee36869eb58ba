#include "bulkdrop/run/signals.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "surroundings.hpp"
#include <boost/test/unit_test.hpp>

using namespace bulkdrop;
using namespace bulkdrop::run;

namespace {

struct Restored {
  SignalsRestored restored;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(signals, Restored)

BOOST_AUTO_TEST_CASE(nothing_came_at_first) {
  Signals watched;
  BOOST_TEST(watched.stop_signal() == 0);
  BOOST_TEST(watched.stops() == 0);
  BOOST_TEST(!watched.take_progress_request());
}

BOOST_AUTO_TEST_CASE(the_first_stop_signal_counts_and_each_one_is_counted) {
  Signals watched;
  std::atomic<int> woken = 0;
  watched.on_signal([&] { ++woken; });
  send_signal(SIGINT);
  BOOST_TEST(eventually([&] { return watched.stops() == 1 && woken == 1; }));
  BOOST_TEST(watched.stop_signal() == SIGINT);
  send_signal(SIGTERM);
  BOOST_TEST(eventually([&] { return watched.stops() == 2 && woken == 2; }));
  BOOST_TEST(watched.stop_signal() == SIGINT);
  watched.on_signal({});
}

BOOST_AUTO_TEST_CASE(a_hangup_ends_a_run_as_a_sigterm_does_and_keeps_its_name) {
  ::signal(SIGHUP, SIG_DFL);  // who starts the tests may have it ignored, as nohup does
  Signals watched;
  send_signal(SIGHUP);
  BOOST_TEST(eventually([&] { return watched.stops() == 1; }));
  BOOST_TEST(watched.stop_signal() == SIGHUP);
  BOOST_TEST(signal_name(SIGHUP) == "SIGHUP");
  BOOST_TEST((exit_code_of_signal(SIGHUP) == bulkdrop::ExitCode::terminated));
}

BOOST_AUTO_TEST_CASE(a_hangup_counts_once_however_often_it_comes) {
  ::signal(SIGHUP, SIG_DFL);
  Signals watched;
  std::atomic<int> woken = 0;
  watched.on_signal([&] { ++woken; });
  for (int i = 1; i <= 3; ++i) {
    send_signal(SIGHUP);
    BOOST_TEST(eventually([&] { return woken == i; }));
    BOOST_TEST(watched.stops() == 1);
  }
  send_signal(SIGINT);
  BOOST_TEST(eventually([&] { return watched.stops() == 2; }));
  watched.on_signal({});
}

BOOST_AUTO_TEST_CASE(a_hangup_is_no_second_signal) {
  const TimePoint begin{};
  for (const int first : {SIGINT, SIGTERM}) {
    StopCount stops;
    BOOST_TEST(stops.came(first, begin));
    BOOST_TEST(!stops.came(SIGHUP, begin + std::chrono::hours(1)));
    BOOST_TEST(stops.count() == 1);
    BOOST_TEST(stops.came(SIGINT, begin + std::chrono::hours(1)));
    BOOST_TEST(stops.count() == 2);
  }
}

BOOST_AUTO_TEST_CASE(a_sigterm_right_after_a_hangup_is_the_same_event_and_a_later_one_is_not) {
  const TimePoint begin{};
  StopCount stops;
  BOOST_TEST(stops.came(SIGHUP, begin));
  BOOST_TEST(!stops.came(SIGTERM, begin + std::chrono::milliseconds(1)));
  BOOST_TEST(!stops.came(SIGHUP, begin + std::chrono::milliseconds(500)));
  BOOST_TEST(!stops.came(SIGTERM, begin + std::chrono::milliseconds(1400)));
  BOOST_TEST(stops.count() == 1);
  BOOST_TEST(stops.came(SIGTERM, begin + std::chrono::milliseconds(1500)));
  BOOST_TEST(stops.count() == 2);
}

BOOST_AUTO_TEST_CASE(an_interrupt_right_after_a_hangup_is_a_second_signal) {
  StopCount stops;
  BOOST_TEST(stops.came(SIGHUP, TimePoint{}));
  BOOST_TEST(stops.came(SIGINT, TimePoint{} + std::chrono::milliseconds(1)));
  BOOST_TEST(stops.count() == 2);
}

BOOST_AUTO_TEST_CASE(sigusr1_asks_for_progress_once_and_stops_nothing) {
  Signals watched;
  std::atomic<int> woken = 0;
  watched.on_signal([&] { ++woken; });
  send_signal(SIGUSR1);
  BOOST_TEST(eventually([&] { return woken == 1; }));
  BOOST_TEST(watched.take_progress_request());
  BOOST_TEST(!watched.take_progress_request());
  BOOST_TEST(watched.stops() == 0);
  watched.on_signal({});
}

BOOST_AUTO_TEST_CASE(nobody_is_woken_who_is_not_there_any_more) {
  Signals watched;
  auto woken = std::make_unique<std::atomic<int>>(0);
  {
    const WakeWhileHere waking(watched, [&woken] { ++*woken; });
    send_signal(SIGUSR1);
    BOOST_TEST(eventually([&] { return *woken == 1; }));
  }
  woken.reset();
  send_signal(SIGINT);
  BOOST_TEST(eventually([&] { return watched.stops() == 1; }));
}

BOOST_AUTO_TEST_CASE(a_hangup_or_interrupt_that_the_parent_wanted_ignored_stays_ignored) {
  ::signal(SIGHUP, SIG_IGN);  // nohup bulkdrop …
  ::signal(SIGINT, SIG_IGN);  // sh -c 'bulkdrop … &'
  Signals watched;
  send_signal(SIGHUP);
  send_signal(SIGINT);
  send_signal(SIGTERM);
  BOOST_TEST(eventually([&] { return watched.stops() > 0; }));
  BOOST_TEST(watched.stop_signal() == SIGTERM);
  BOOST_TEST(watched.stops() == 1);
}

BOOST_AUTO_TEST_CASE(a_closed_output_does_not_kill) {
  const Signals watched;
  int ends[2] = {-1, -1};
  BOOST_REQUIRE(::pipe(ends) == 0);
  ::close(ends[0]);
  BOOST_TEST(::write(ends[1], "x", 1) == -1);
  ::close(ends[1]);
}

BOOST_AUTO_TEST_CASE(one_after_the_other_may_watch) {
  for (int i = 0; i < 3; ++i) {
    Signals watched;
    send_signal(SIGINT);
    BOOST_TEST(eventually([&] { return watched.stops() == 1; }));
  }
}

BOOST_AUTO_TEST_SUITE_END()
