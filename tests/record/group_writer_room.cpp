// Room ahead of what is written.
#include <algorithm>
#include <cerrno>
#include <string>

#include "faults.hpp"
#include "writing.hpp"
#include <boost/test/unit_test.hpp>
#include <sys/stat.h>

namespace bulkdrop::record {
namespace {

using namespace std::chrono_literals;

std::uint64_t allotted_bytes(const std::string& path) {
  struct stat status {};
  BOOST_REQUIRE(::stat(path.c_str(), &status) == 0);
  return static_cast<std::uint64_t>(status.st_blocks) * 512;
}

BOOST_AUTO_TEST_SUITE(group_writer)

BOOST_AUTO_TEST_CASE(room_is_allotted_in_steps_and_given_back) {
  Writing to;
  to.writer.append_lease("a\n", 1, 100);
  BOOST_TEST(to.writer.drain());
  BOOST_TEST(allotted_bytes(to.path) >= std::uint64_t{1} << 20);
  Faults faults;
  to.writer.append_lease("b\n", 2, 100);
  BOOST_TEST(to.writer.drain());
  BOOST_TEST(std::ranges::count(faults.calls(), "fallocate f") == 0);
  to.writer.append_lease("c\n", 3, 3 << 20);
  BOOST_TEST(to.writer.drain());
  BOOST_TEST(allotted_bytes(to.path) >= std::uint64_t{3} << 20);
  to.writer.append("d\n", true);
  to.writer.release_room();
  BOOST_TEST(allotted_bytes(to.path) <= 64U * 1024);
  BOOST_TEST(to.records() == "abcd");
  to.writer.append_lease("e\n", 4, 100);
  BOOST_TEST(to.writer.drain());
  BOOST_TEST(allotted_bytes(to.path) >= std::uint64_t{1} << 20);
}

BOOST_AUTO_TEST_CASE(a_lease_without_room_is_not_granted_and_all_else_is_recorded) {
  for (const int error : {ENOSPC, EDQUOT, EFBIG}) {
    Faults faults;
    Writing to;
    to.writer.append_lease("a\n", 10, 100);
    BOOST_TEST(to.writer.drain());
    faults.fail(Call::fallocate, error);
    to.writer.append("b\n", true);
    to.writer.append_lease("no\n", 20, 2 << 20);
    to.writer.append("c\n", true);
    to.writer.append_lease("no\n", 30, 0);
    to.writer.append("d\n", true);
    BOOST_TEST(to.writer.drain());
    BOOST_TEST(!to.writer.failed().has_value());
    BOOST_TEST(to.writer.full().value() ==
               "no room for the results of further sessions in " + to.path + ": " + describe_errno(error));
    BOOST_TEST(to.writer.durable_leased() == 10U);
    BOOST_TEST(to.writer.durable_results() == 3U);
    faults.repair(Call::fallocate);
    to.writer.append_lease("no\n", 40, 0);
    BOOST_TEST(to.writer.drain());
    BOOST_TEST(to.writer.durable_leased() == 10U);
    BOOST_TEST(to.records() == "abcd");
  }
}

BOOST_AUTO_TEST_CASE(the_exact_room_will_do_where_a_whole_step_does_not_fit) {
  Faults faults;
  faults.fail(Call::fallocate, ENOSPC, 0, 1);
  Writing to;
  to.writer.append_lease("a\n", 1, 100'000);
  BOOST_TEST(to.writer.drain());
  BOOST_TEST(to.writer.durable_leased() == 1U);
  BOOST_TEST(!to.writer.full().has_value());
  BOOST_TEST(allotted_bytes(to.path) >= 100'000U);
  BOOST_TEST(allotted_bytes(to.path) < 1'000'000U);
  BOOST_TEST(std::ranges::count(faults.calls(), "fallocate f") == 2);
}

BOOST_AUTO_TEST_CASE(a_file_system_that_cannot_allot_is_gone_on_without) {
  for (const int error : {EOPNOTSUPP, ENOSYS, EINVAL}) {
    Faults faults;
    faults.fail(Call::fallocate, error);
    Writing to;
    to.writer.append_lease("a\n", 10, 100);
    to.writer.append_lease("b\n", 20, 100);
    BOOST_TEST(to.writer.drain());
    BOOST_TEST(to.writer.durable_leased() == 20U);
    BOOST_TEST(!to.writer.full().has_value());
    BOOST_TEST(std::ranges::count(faults.calls(), "fallocate f") == 1);  // not asked again
  }
}

BOOST_AUTO_TEST_CASE(leases_can_begin_anew) {
  Writing to;
  to.writer.append_lease("a\n", 10, 100);
  BOOST_TEST(to.writer.drain());
  to.writer.restart_leases();
  BOOST_TEST(to.writer.durable_leased() == 0U);
  to.writer.append("b\n", true);
  BOOST_TEST(to.writer.drain());
  BOOST_TEST(to.writer.durable_leased() == 0U);
  to.writer.append_lease("c\n", 5, 100);
  BOOST_TEST(to.writer.drain());
  BOOST_TEST(to.writer.durable_leased() == 5U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop::record
