#include "bulkdrop/report/timeline.hpp"

#include <numeric>

#include "samples.hpp"
#include "support/property.hpp"
#include <boost/test/unit_test.hpp>

namespace bulkdrop::report {
namespace {

using namespace std::chrono_literals;

std::uint64_t sum_of(const Stretches& stretches) {
  std::uint64_t sum = 0;
  for (const auto& one : stretches.all()) sum += one.count;
  return sum;
}

BOOST_AUTO_TEST_SUITE(timeline)

BOOST_AUTO_TEST_CASE(a_run_of_one_part_is_that_part) {
  const Timeline timeline({{kStart, kStart + 12s}});
  BOOST_TEST(timeline.total() == 12'000U);
  BOOST_TEST(timeline.gaps().empty());
  BOOST_TEST(timeline.at(kStart - 1s) == 0U);
  BOOST_TEST(timeline.at(kStart + 5s) == 5000U);
  BOOST_TEST(timeline.at(kStart + 1h) == 12'000U);
}

BOOST_AUTO_TEST_CASE(the_time_between_two_parts_is_left_out) {
  const Timeline timeline({{kStart + 1h, kStart + 1h + 5s}, {kStart, kStart + 10s}});
  BOOST_TEST(timeline.total() == 15'000U);
  BOOST_REQUIRE(timeline.gaps().size() == 1U);
  BOOST_TEST(timeline.gaps()[0].at == 10'000U);
  BOOST_TEST(timeline.gaps()[0].length == 3'590'000U);
  BOOST_TEST(timeline.at(kStart + 30min) == 10'000U);
  BOOST_TEST(timeline.at(kStart + 1h + 2s) == 12'000U);
}

BOOST_AUTO_TEST_CASE(parts_of_shards_overlap) {
  const Timeline timeline({{kStart, kStart + 10s}, {kStart + 2s, kStart + 14s}, {kStart + 3s, kStart + 4s}});
  BOOST_TEST(timeline.total() == 14'000U);
  BOOST_TEST(timeline.gaps().empty());
}

BOOST_AUTO_TEST_CASE(a_short_interruption_is_drawn_as_it_is) {
  const Timeline timeline({{kStart, kStart + 60s}, {kStart + 62s, kStart + 100s}});
  BOOST_TEST(timeline.gaps().empty());
  BOOST_TEST(timeline.total() == 100'000U);
}

BOOST_AUTO_TEST_CASE(what_came_last_before_a_gap_is_counted_before_it) {
  const Timeline timeline({{kStart, kStart + 10s}, {kStart + 1h, kStart + 1h + 5s}});
  Stretches stretches(timeline);
  stretches.add(kStart + 10s);
  for (const auto& one : stretches.all()) {
    if (one.count > 0) BOOST_TEST(one.until <= 10'000U);
    BOOST_TEST((one.until <= 10'000U || one.from >= 10'000U));
  }
  BOOST_TEST(sum_of(stretches) == 1U);
}

BOOST_AUTO_TEST_CASE(without_any_part_everything_is_at_its_start) {
  const Timeline timeline;
  Stretches stretches(timeline);
  stretches.add(kStart);
  BOOST_TEST(timeline.at(kStart) == 0U);
  BOOST_TEST(sum_of(stretches) == 1U);
}

BOOST_AUTO_TEST_CASE(any_parts_make_a_line_that_never_goes_back) {
  test::holds(
      "monotone, bounded, nothing lost",
      [](std::vector<std::pair<std::uint32_t, std::uint32_t>> parts, std::vector<std::uint32_t> times) {
        std::vector<Span> spans;
        for (const auto& [from, length] : parts)
          spans.push_back(
              {kStart + std::chrono::milliseconds(from),
               kStart + std::chrono::milliseconds(from) + std::chrono::milliseconds(length % 100'000)});
        const Timeline timeline(spans);
        RC_ASSERT(timeline.gaps().size() <= Timeline::kMostGaps);
        Stretches stretches(timeline);
        RC_ASSERT(stretches.all().size() <= Stretches::kMost + 2 * Timeline::kMostGaps + 2);
        std::sort(times.begin(), times.end());
        std::uint64_t last = 0;
        for (const std::uint32_t ms : times) {
          const WallTime time = kStart + std::chrono::milliseconds(ms);
          RC_ASSERT(timeline.at(time) >= last);
          last = timeline.at(time);
          RC_ASSERT(last <= timeline.total());
          stretches.add(time);
        }
        RC_ASSERT(sum_of(stretches) == times.size());
        std::uint64_t end = 0;
        for (const auto& one : stretches.all()) {
          RC_ASSERT(one.from >= end || end == 1);
          RC_ASSERT(one.until > one.from);
          end = one.from;
        }
      });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop::report
