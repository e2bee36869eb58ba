#include "bulkdrop/report/progress.hpp"

#include "samples.hpp"
#include "support/property.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/report/columns.hpp"

namespace bulkdrop::report {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kZero{};

Snapshot half_way() {
  Snapshot snapshot;
  snapshot.settled.add(Status::dropped, 4'100);
  snapshot.settled.add(Status::failed, 12);
  snapshot.settled.add(Status::duplicate, 8);
  snapshot.rows = 12'000;
  snapshot.in_flight = 30;
  snapshot.window = 32;
  snapshot.waiting = 4;
  snapshot.waiting_for = "server asked for 12 s";
  return snapshot;
}

BOOST_AUTO_TEST_SUITE(progress)

BOOST_AUTO_TEST_CASE(a_wide_line_says_everything) {
  BOOST_TEST(
      Progress(kZero).line(half_way(), kZero + 10s, 200) ==
      "4,120/12,000  34%  411/s  ETA 20 s  window 30/32  waiting 4  dropped 4,100  failed 12  duplicate 8  "
      "server asked for 12 s");
}

BOOST_AUTO_TEST_CASE(the_rate_that_the_server_takes_is_named_while_nothing_else_is_waited_for) {
  Snapshot snapshot;
  snapshot.settled.add(Status::dropped, 100);
  snapshot.shed_above = 48.4;
  const auto line = [&] { return Progress(kZero).line(snapshot, kZero, 80); };
  BOOST_TEST(line() == "100  dropped 100  server turns away more than 48/s");
  snapshot.shed_above = 1234.5;
  BOOST_TEST(line() == "100  dropped 100  server turns away more than 1,235/s");
  snapshot.shed_above = 0.94;
  BOOST_TEST(line() == "100  dropped 100  server turns away more than 0.9/s");
  snapshot.waiting_for = "server asked for 12 s";
  BOOST_TEST(line() == "100  dropped 100  server asked for 12 s");
}

BOOST_AUTO_TEST_CASE(what_matters_least_goes_first) {
  Progress progress(kZero);
  const auto line = [&](int width) { return progress.line(half_way(), kZero + 10s, width); };
  BOOST_TEST(line(80) == "4,120/12,000  411/s  ETA 20 s  dropped 4,100  failed 12  server asked for 12 s");
  BOOST_TEST(line(60) == "4,120/12,000  ETA 20 s  failed 12  server asked for 12 s");
  BOOST_TEST(line(40) == "4,120/12,000  34%  server asked for 12 s");
  BOOST_TEST(line(34) == "4,120/12,000  server asked for 12…");
  BOOST_TEST(line(25) == "4,120/12,000  failed 12");
  BOOST_TEST(line(12) == "4,120/12,000");
  BOOST_TEST(line(5) == "4,120");
  BOOST_TEST(line(0) == "");
  BOOST_TEST(line(-1) == "");
}

BOOST_AUTO_TEST_CASE(why_it_waits_is_cut_and_crowds_nothing_out) {
  Snapshot snapshot = half_way();
  snapshot.waiting_for = "server unavailable, probing in 5.00 s (connect_failed: Failed to connect)";
  const auto line = [&](int width) { return Progress(kZero).line(snapshot, kZero, width); };
  BOOST_TEST(
      line(200).ends_with("  server unavailable, probing in 5.00 s  (connect_failed: Failed to connect)"));
  BOOST_TEST(line(130) ==
             "4,120/12,000  34%  window 30/32  waiting 4  dropped 4,100  failed 12  duplicate 8  "
             "server unavailable, probing in 5.00 s");
  snapshot.settled = {};
  snapshot.rows.reset();
  snapshot.window = snapshot.waiting = 0;
  BOOST_TEST(line(60) == "0  server unavailable, probing in 5.00 s  (connect_failed: …");
  BOOST_TEST(line(50) == "0  server unavailable, probing in 5.00 s");
}

BOOST_AUTO_TEST_CASE(a_narrow_line_still_says_that_the_server_is_away_and_shows_no_rate_of_before) {
  Snapshot snapshot;
  snapshot.settled.add(Status::failed, 1'185);
  snapshot.rows = 20'000;
  snapshot.waiting = 28;
  snapshot.waiting_for =
      "server unavailable, probing in 12.3 s; giving up in 8 min 41 s (connect_failed: Failed to connect to "
      "127.0.0.1 port 443)";
  snapshot.away = true;
  Progress progress(kZero);
  const auto line = [&](int width) { return progress.line(snapshot, kZero + 100s, width); };
  BOOST_TEST(
      line(200) ==
      "1,185/20,000  5%  waiting 28  failed 1,185  server unavailable, probing in 12.3 s; giving up in "
      "8 min 41 s  (connect_failed: Failed to connect to 127.0.0.1 port 443)");
  BOOST_TEST(
      line(100) ==
      "1,185/20,000  5%  failed 1,185  server unavailable, probing in 12.3 s; giving up in 8 min 41 s");
  BOOST_TEST(line(90) ==
             "1,185/20,000  failed 1,185  server unavailable, probing in 12.3 s; giving up in 8 min 41 s");
  BOOST_TEST(line(80) == "1,185/20,000  5%  server unavailable, probing in 12.3 s; giving up in 8 min 41 s");
  BOOST_TEST(line(60) == "1,185/20,000  5%  server unavailable, probing in 12.3 s");
  BOOST_TEST(line(40) == "1,185/20,000  server unavailable, probi…");
  const std::string json = progress.json_line(snapshot, kZero + 101s, WallTime{});
  BOOST_TEST(json.find(R"("rate":null,"seconds_left":null,)") != std::string::npos, json);
  snapshot.away = false;
  BOOST_TEST(line(200).find("  12/s  ETA ") != std::string::npos, line(200));
}

BOOST_AUTO_TEST_CASE(without_a_known_total_there_is_no_share_and_no_time_left) {
  Snapshot snapshot = half_way();
  snapshot.rows.reset();
  BOOST_TEST(Progress(kZero).line(snapshot, kZero + 10s, 46) ==
             "4,120  411/s  failed 12  server asked for 12 s");
}

BOOST_AUTO_TEST_CASE(the_rate_is_that_of_the_last_seconds) {
  Progress progress(kZero);
  Snapshot snapshot;
  snapshot.rows = 100'000;
  TimePoint now = kZero;
  const auto run = [&](int quarters, std::uint64_t each) {
    std::string line;
    for (int i = 0; i < quarters; ++i) {
      now += 250ms;
      snapshot.settled.add(Status::dropped, each);
      line = progress.line(snapshot, now, 40);
    }
    return line;
  };
  BOOST_TEST(run(40, 100) == "4,000/100,000  4%  400/s  dropped 4,000");
  BOOST_TEST(run(20, 1).find("  4.0/s  ") != std::string::npos);
  BOOST_TEST(run(21, 0) == "4,020/100,000  4%  0/s  dropped 4,020");
}

BOOST_AUTO_TEST_CASE(rows_that_a_stop_left_unsent_are_not_done) {
  Snapshot snapshot;
  snapshot.rows = 120;
  snapshot.settled.add(Status::dropped, 38);
  snapshot.settled.add(Status::failed, 1);
  snapshot.settled.add(Status::duplicate, 1);
  snapshot.settled.add(Status::unsent, 32);
  Progress progress(kZero);
  BOOST_TEST(progress.line(snapshot, kZero + 10s, 200) ==
             "40/120  33%  3.9/s  ETA 21 s  dropped 38  failed 1  unsent 32  duplicate 1");
  const std::string json = progress.json_line(snapshot, kZero + 10s, WallTime{});
  BOOST_TEST(json.find(R"("done":40,"rows":120)") != std::string::npos, json);
}

BOOST_AUTO_TEST_CASE(rows_that_need_no_request_do_not_count_as_speed) {
  Snapshot snapshot;
  snapshot.settled.add(Status::dropped, 10);
  snapshot.settled.add(Status::duplicate, 5'000);
  snapshot.settled.add(Status::invalid, 5'000);
  snapshot.settled.add(Status::protected_, 5'000);
  BOOST_TEST(Progress(kZero).line(snapshot, kZero + 5s, 200).find("  2.0/s  ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_rate_of_the_first_moments_is_not_guessed) {
  BOOST_TEST(Progress(kZero).line(half_way(), kZero + 100ms, 200).find("/s") == std::string::npos);
  BOOST_TEST(Progress(kZero).line(half_way(), kZero, 200).find("/s") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(only_the_end_is_a_hundred_percent) {
  Snapshot snapshot;
  snapshot.rows = 100'000;
  snapshot.settled.add(Status::dropped, 99'999);
  BOOST_TEST(Progress(kZero).line(snapshot, kZero, 40) == "99,999/100,000  99%  dropped 99,999");
  snapshot.settled.add(Status::dropped);
  BOOST_TEST(Progress(kZero).line(snapshot, kZero + 1s, 60) ==
             "100,000/100,000  100%  100,000/s  dropped 100,000");
  snapshot = Snapshot{};
  snapshot.rows = 0;
  BOOST_TEST(Progress(kZero).line(snapshot, kZero, 40) == "0/0");
}

BOOST_AUTO_TEST_CASE(what_the_server_says_is_made_printable) {
  Snapshot snapshot;
  snapshot.waiting_for = "\x1b[2J\nwait";
  BOOST_TEST(Progress(kZero).line(snapshot, kZero, 80) == "0  \\x1B[2J\\nwait");
}

BOOST_AUTO_TEST_CASE(a_line_never_exceeds_its_width) {
  test::holds("columns(line) <= width, and no control characters", [] {
    Progress progress(kZero);
    TimePoint now = kZero;
    Snapshot snapshot;
    for (int i = *rc::gen::inRange(1, 20); i > 0; --i) {
      now += std::chrono::milliseconds{*rc::gen::inRange(0, 3000)};
      snapshot.settled.add(*rc::gen::elementOf(kAllStatuses), *rc::gen::inRange<std::uint64_t>(0, 1'000'000));
      if (*rc::gen::arbitrary<bool>()) snapshot.rows = *rc::gen::arbitrary<std::uint32_t>();
      snapshot.window = *rc::gen::arbitrary<std::uint16_t>();
      snapshot.waiting = *rc::gen::arbitrary<std::uint16_t>();
      snapshot.waiting_for = *hostile_text();
      const int width = *rc::gen::inRange(0, 200);
      const std::string line = progress.line(snapshot, now, width);
      RC_ASSERT(columns(line) <= static_cast<std::size_t>(width));
      RC_ASSERT(printable(line) == line);
    }
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop::report
