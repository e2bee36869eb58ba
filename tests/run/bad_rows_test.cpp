#include "bulkdrop/run/bad_rows.hpp"

#include <chrono>
#include <string>

#include "surroundings.hpp"
#include <boost/test/unit_test.hpp>

namespace bulkdrop::run {
namespace {

using namespace std::chrono_literals;

struct Rows {
  ConsoleDouble console;
  BadRows bad{console, [](std::uint64_t, std::uint32_t source) { return "file" + std::to_string(source); }};

  void settle(std::uint64_t number, Status status) {
    Row row;
    row.number = number;
    row.source = 1;
    row.line = number + 10;
    bad.took(row);
    Result result;
    result.row = number;
    result.status = status;
    result.reason = Reason::drop_error;
    bad.settled(result);
  }
};

BOOST_AUTO_TEST_SUITE(bad_rows)

BOOST_AUTO_TEST_CASE(those_that_may_be_alive_are_told_with_their_place) {
  Rows rows;
  std::uint64_t number = 0;
  for (const Status status : kAllStatuses) rows.settle(number++, status);
  const std::vector<std::string> told = {"file1:12 failed drop_error", "file1:13 unknown drop_error",
                                         "file1:15 invalid drop_error"};
  BOOST_TEST(rows.console.bad_rows == told, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(in_each_span_a_few_are_told_and_the_rest_is_counted) {
  Rows rows;
  TimePoint now{};
  std::uint64_t number = 0;
  for (int i = 0; i < kMostBadRowsTold + 5; ++i)
    rows.settle(number++, i % 2 == 0 ? Status::failed : Status::invalid);
  BOOST_TEST(rows.console.bad_rows.size() == std::size_t{kMostBadRowsTold});
  BOOST_TEST((rows.bad.look(now) == now + kBadRowsSpan));
  BOOST_TEST(rows.console.logged.empty());
  now += kBadRowsSpan;
  BOOST_TEST((rows.bad.look(now) == TimePoint::max()));
  BOOST_TEST_REQUIRE(rows.console.logged.size() == 1U);
  BOOST_TEST(
      rows.console.logged[0].second.starts_with("… and 5 more in the last 10 s (3 failed, 2 invalid): "),
      rows.console.logged[0].second);
  // And from the beginning.
  rows.settle(number++, Status::failed);
  BOOST_TEST(rows.console.bad_rows.size() == std::size_t{kMostBadRowsTold} + 1);
  rows.bad.look(now);
  rows.bad.look(now + kBadRowsSpan);
  rows.bad.end();
  BOOST_TEST(rows.console.logged.size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_was_not_told_is_counted_at_the_end) {
  Rows rows;
  for (std::uint64_t i = 0; i < 30; ++i) rows.settle(i, Status::unknown);
  rows.bad.end();
  BOOST_TEST_REQUIRE(rows.console.logged.size() == 1U);
  BOOST_TEST(rows.console.logged[0].second.starts_with("… and 10 more"), rows.console.logged[0].second);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop::run
