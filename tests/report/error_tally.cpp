#include "samples.hpp"
#include "support/property.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/report/summary.hpp"

namespace bulkdrop::report {
namespace {

Result failed(Reason reason, std::string message, Status status = Status::failed) {
  Result result;
  result.status = status;
  result.reason = reason;
  result.message = std::move(message);
  return result;
}

std::uint64_t sum_of(const std::vector<ErrorLine>& lines) {
  std::uint64_t sum = 0;
  for (const ErrorLine& line : lines) sum += line.count;
  return sum;
}

BOOST_AUTO_TEST_SUITE(error_tally)

BOOST_AUTO_TEST_CASE(the_same_words_for_the_same_reason_are_one_line_the_most_frequent_first) {
  ErrorTally tally;
  tally.add(failed(Reason::timeout, "b", Status::unknown));
  for (int i = 0; i < 3; ++i) tally.add(failed(Reason::drop_error, "a"));
  tally.add(failed(Reason::drop_error, "b"));
  tally.add(failed(Reason::bad_id, "", Status::invalid));
  tally.add(failed(Reason::not_started, "", Status::unsent));
  const auto lines = tally.lines();
  BOOST_TEST_REQUIRE(lines.size() == 5U);
  BOOST_TEST((lines[0].reason == Reason::drop_error));
  BOOST_TEST(lines[0].message == "a");
  BOOST_TEST(lines[0].count == 3U);
  BOOST_TEST((lines[1].reason == Reason::drop_error));
  BOOST_TEST(lines[1].message == "b");
  BOOST_TEST((lines[2].reason == Reason::timeout));
}

BOOST_AUTO_TEST_CASE(who_is_still_alive_is_one_line) {
  ErrorTally tally;
  for (const char* user : {"ana", "eva", "bob"})
    tally.add(failed(Reason::still_alive, std::string("still listed as active: user ") + user));
  tally.add(failed(Reason::still_alive, "still listed as active"));
  const auto lines = tally.lines();
  BOOST_TEST_REQUIRE(lines.size() == 1U);
  BOOST_TEST(lines[0].message == "still listed as active");
  BOOST_TEST(lines[0].count == 4U);
}

BOOST_AUTO_TEST_CASE(what_is_no_error_is_not_counted) {
  ErrorTally tally;
  for (const Status status : {Status::dropped, Status::ended, Status::duplicate, Status::protected_}) {
    tally.add(failed(Reason::ok, "x", status));
  }
  BOOST_TEST(tally.lines().empty());
}

BOOST_AUTO_TEST_CASE(a_server_that_never_says_the_same_thing_twice_fills_neither_memory_nor_summary) {
  ErrorTally tally;
  for (int i = 0; i < 5000; ++i) tally.add(failed(Reason::drop_error, "request " + std::to_string(i)));
  for (int i = 0; i < 30; ++i) tally.add(failed(Reason::timeout, "no answer", Status::unknown));
  for (int i = 0; i < 7; ++i) tally.add(failed(Reason::http_error, "HTTP " + std::to_string(i)));
  const auto lines = tally.lines();
  BOOST_TEST(lines.size() == kMaxErrorLines);
  BOOST_TEST(sum_of(lines) == 5037U);
  BOOST_TEST(lines[0].message == kOtherMessages);
  BOOST_TEST((lines[0].reason == Reason::drop_error));
  BOOST_TEST((lines[1].reason == Reason::timeout));
}

BOOST_AUTO_TEST_CASE(the_counts_always_add_up) {
  test::holds("sum of lines == errors added, never too many lines, most frequent first", [] {
    ErrorTally tally;
    std::uint64_t errors = 0;
    const auto count = *rc::gen::inRange(0, 300);
    for (int i = 0; i < count; ++i) {
      const Result result =
          failed(static_cast<Reason>(*rc::gen::inRange<std::size_t>(0, all_reasons().size())),
                 std::to_string(*rc::gen::inRange(0, 20)), *rc::gen::elementOf(kAllStatuses));
      tally.add(result);
      if (may_be_alive(result.status)) ++errors;
    }
    const auto lines = tally.lines();
    RC_ASSERT(sum_of(lines) == errors);
    RC_ASSERT(lines.size() <= kMaxErrorLines);
    for (std::size_t i = 1; i < lines.size(); ++i) RC_ASSERT(lines[i - 1].count >= lines[i].count);
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop::report
