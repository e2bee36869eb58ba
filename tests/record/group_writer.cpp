// Groups, and when they are durable.
#include <cerrno>
#include <string>
#include <thread>
#include <vector>

#include "faults.hpp"
#include "writing.hpp"
#include <boost/test/unit_test.hpp>

namespace bulkdrop::record {
namespace {

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(group_writer)

BOOST_AUTO_TEST_CASE(a_group_is_made_durable_when_it_is_full) {
  Writing to;
  for (int i = 1; i <= 63; ++i) to.writer.append("x\n", true);
  BOOST_TEST(to.writer.durable_results() == 0U);
  BOOST_TEST(to.changes.count == 0);
  to.writer.append("x\n", true);
  to.changes.first.wait();
  BOOST_TEST(to.writer.durable_results() == 64U);
  BOOST_TEST(to.records() == std::string(64, 'x'));
  BOOST_TEST(to.commits() == 1U);
}

BOOST_AUTO_TEST_CASE(a_lone_record_is_made_durable_when_its_time_is_up) {
  Writing to({.records = 64, .delay = 1ms, .pending_bytes = 100});
  to.writer.append("x\n", true);
  to.changes.first.wait();
  BOOST_TEST(to.writer.durable_results() == 1U);
}

BOOST_AUTO_TEST_CASE(a_lease_takes_what_stands_before_it_along_at_once) {
  Writing to;
  to.writer.append("a\n", true);
  to.writer.append_lease("b\n", 9, 1000);
  to.changes.first.wait();
  BOOST_TEST(to.writer.durable_results() == 1U);
  BOOST_TEST(to.writer.durable_leased() == 9U);
  BOOST_TEST(to.records() == "ab");
}

BOOST_AUTO_TEST_CASE(what_is_hurried_is_written_and_not_yet_durable) {
  Writing to;
  to.writer.append("a\n", true);
  to.writer.append("b\n", true);
  BOOST_TEST(to.writer.unwritten_results() == 2U);
  to.writer.hurry();
  BOOST_TEST(to.writer.unwritten_results() == 0U);
  BOOST_TEST(to.writer.durable_results() == 0U);
  BOOST_TEST(test::slurp(to.path) == "a\nb\n");
  to.writer.append("c\n", true);
  BOOST_TEST(to.writer.drain());
  BOOST_TEST(to.writer.durable_results() == 3U);
  BOOST_TEST(to.commits() == 1U);  // one group, written in two pieces
  BOOST_TEST(to.records() == "abc");
}

BOOST_AUTO_TEST_CASE(hurrying_does_not_put_off_the_sync) {
  Writing to({.records = 64, .delay = 20ms, .pending_bytes = 100});
  to.writer.append("a\n", true);
  to.writer.hurry();
  while (to.writer.durable_results() == 0) std::this_thread::yield();
  BOOST_TEST(to.commits() == 1U);
}

BOOST_AUTO_TEST_CASE(hurried_records_count_towards_a_full_group) {
  Writing to({.records = 3, .delay = 1h, .pending_bytes = 100});
  for (int i = 0; i < 2; ++i) {
    to.writer.append("a\n", true);
    to.writer.hurry();
    while (to.writer.unwritten_results() > 0) std::this_thread::yield();
  }
  to.writer.append("a\n", true);
  while (to.writer.durable_results() < 3) std::this_thread::yield();
  BOOST_TEST(to.commits() == 1U);
}

BOOST_AUTO_TEST_CASE(hurrying_with_nothing_pending_does_nothing) {
  Writing to;
  to.writer.hurry();
  BOOST_TEST(to.writer.drain());
  BOOST_TEST(test::slurp(to.path).empty());
  BOOST_TEST(to.changes.count == 0);
}

BOOST_AUTO_TEST_CASE(records_stand_in_the_order_of_the_calls) {
  Writing to({.records = 3, .delay = 1us, .pending_bytes = 50});
  std::vector<std::string> expected;
  for (int i = 1; i <= 2000; ++i) {
    expected.push_back(std::to_string(i));
    if (i % 7 == 0) {
      to.writer.append_lease(expected.back() + "\n", 1, 100);
    } else {
      to.writer.append(expected.back() + "\n", true);
    }
    if (i % 5 == 0) to.writer.hurry();
  }
  BOOST_TEST(to.writer.drain());
  BOOST_TEST(to.writer.durable_results() == 2000U - 2000U / 7);
  BOOST_TEST(to.writer.unwritten_results() == 0U);
  BOOST_TEST(records_of(to.path) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(every_commit_fits_the_bytes_before_it) {
  Writing to({.records = 5, .delay = 1us, .pending_bytes = 1000});
  for (int i = 0; i < 200; ++i) {
    to.writer.append(std::string(static_cast<std::size_t>(i), 'r') + "\n", true);
    if (i % 3 == 0) to.writer.hurry();
    if (i % 10 == 0) BOOST_TEST(to.writer.drain());
  }
  BOOST_TEST(to.writer.drain());
  std::uint64_t bytes = 0;
  std::size_t commits = 0;
  Sha256 hash;
  for (const std::string& line : lines_of_text(test::slurp(to.path))) {
    if (const auto commit = commit_of(line)) {
      ++commits;
      BOOST_TEST(commit->bytes == bytes);
      BOOST_TEST(commit->sha256 == hash.finish());
    }
    hash.add(line);
    bytes += line.size();
  }
  BOOST_TEST(commits >= 20U);
}

BOOST_AUTO_TEST_CASE(the_destructor_makes_durable_what_is_pending) {
  const test::TempDir dir;
  {
    GroupWriter writer(
        new_file(dir.path("f")), dir.path("f"), {}, [] {}, kNeverByTime);
    writer.append("early\n", true);
    writer.hurry();
    writer.append("late\n", true);
  }
  BOOST_TEST(records_of(dir.path("f")) == (std::vector<std::string>{"early", "late"}),
             boost::test_tools::per_element());
  BOOST_TEST(lines_of_text(test::slurp(dir.path("f"))).size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_drain_without_records_returns) {
  Writing to;
  BOOST_TEST(to.writer.drain());
}

BOOST_AUTO_TEST_CASE(the_input_is_durable_before_the_records_are_written) {
  const test::TempDir dir;
  Faults faults;
  {
    Writing to(kNeverByTime, new_file(dir.path("input")));
    to.writer.append("a\n", true);
    BOOST_TEST(to.writer.drain());
    to.writer.append("b\n", true);
    BOOST_TEST(to.writer.drain());
  }
  std::vector<std::string> group = {"fdatasync input", "write f", "fdatasync f"};
  const auto calls = faults.calls();
  BOOST_TEST_REQUIRE(calls.size() >= 6U);
  for (std::size_t i = 0; i < 6; ++i) BOOST_TEST(calls[i] == group[i % 3]);
}

BOOST_AUTO_TEST_CASE(an_input_that_cannot_be_made_durable_is_final) {
  const test::TempDir dir;
  Faults faults;
  faults.fail(Call::fdatasync, EIO);
  Writing to(kNeverByTime, new_file(dir.path("input")));
  to.writer.append("a\n", true);
  BOOST_TEST(!to.writer.drain());
  BOOST_TEST(to.writer.failed().value() == "cannot make the copy of standard input beside " + to.path +
                                               " durable: Input/output error; what was written "
                                               "last may be lost");
  BOOST_TEST(test::slurp(to.path).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop::record
