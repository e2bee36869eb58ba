#include "bulkdrop/record/room_reserve.hpp"

#include <cerrno>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "faults.hpp"
#include "support/temp_dir.hpp"
#include <boost/test/unit_test.hpp>
#include <sys/statvfs.h>

#include "bulkdrop/core/error.hpp"

namespace bulkdrop::record {
namespace {

BOOST_AUTO_TEST_SUITE(room_reserve)

BOOST_AUTO_TEST_CASE(it_takes_room_without_leaving_a_file) {
  const test::TempDir dir;
  Faults faults;
  RoomReserve reserve(dir.path(), 5 << 20);
  BOOST_TEST(faults.calls().size() == 1U);
  BOOST_TEST(std::filesystem::is_empty(dir.path()));
  reserve.release();
  reserve.release();
  const RoomReserve none(dir.path(), 0);
  BOOST_TEST(faults.calls().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_disk_without_room_is_told_before_anything_is_sent) {
  const test::TempDir dir;
  Faults faults;
  faults.fail(Call::fallocate, ENOSPC);
  BOOST_CHECK_EXCEPTION(RoomReserve(dir.path(), 5 << 20), Error, [&](const Error& error) {
    const std::string what = error.what();
    return error.code() == ExitCode::run_directory && what.find(dir.path()) != std::string::npos &&
           what.find("needs 5.0 MiB, has ") != std::string::npos &&
           what.find(" MiB free") != std::string::npos;
  });
  faults.fail(Call::fallocate, EDQUOT);
  BOOST_CHECK_EXCEPTION(RoomReserve(dir.path(), 5 << 20), Error, [](const Error& error) {
    return std::string(error.what()).find("needs 5.0 MiB, more than the quota leaves") != std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(
    what_is_replaced_counts_only_where_there_is_no_room_for_both_and_goes_as_late_as_can_be) {
  const test::TempDir dir;
  const std::string old = dir.file("sessions.csv", std::string(2 << 20, 'x'));
  const std::vector<std::string> replaced = {old, dir.path("is not there")};
  Faults faults;
  {
    RoomReserve both(dir.path(), 5 << 20, replaced);
    both.release();
    BOOST_TEST(std::filesystem::exists(old));
  }
  faults.fail(Call::fallocate, ENOSPC, 0, 1);
  {
    RoomReserve instead(dir.path(), 5 << 20, replaced);
    BOOST_TEST(std::filesystem::exists(old));
    instead.release();
    BOOST_TEST(!std::filesystem::exists(old));
  }
  std::filesystem::copy_file(dir.file("other", std::string(2 << 20, 'x')), old);
  faults.fail(Call::fallocate, ENOSPC);
  BOOST_CHECK_EXCEPTION(RoomReserve(dir.path(), 5 << 20, replaced), Error, [](const Error& error) {
    const std::string what = error.what();
    return what.find("needs 5.0 MiB, has ") != std::string::npos &&
           what.find(" free and 2.0 MiB in the reports that they replace; make room") != std::string::npos &&
           what.find("another directory") == std::string::npos;
  });
  BOOST_TEST(std::filesystem::exists(old));
}

BOOST_AUTO_TEST_CASE(a_file_that_has_another_name_too_gives_no_room) {
  const test::TempDir dir;
  const std::string old = dir.file("sessions.csv", std::string(2 << 20, 'x'));
  std::filesystem::create_hard_link(old, dir.path("attached"));
  Faults faults;
  faults.fail(Call::fallocate, ENOSPC);
  BOOST_CHECK_EXCEPTION(RoomReserve(dir.path(), 5 << 20, {old}), Error, [](const Error& error) {
    return std::string(error.what()).find("replace") == std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(more_than_the_real_disk_has_is_refused) {
  const test::TempDir dir;
  struct statvfs system {};
  BOOST_TEST_REQUIRE(::statvfs(dir.path().c_str(), &system) == 0);
  const std::uint64_t whole = std::uint64_t{system.f_blocks} * system.f_frsize;
  BOOST_CHECK_THROW(RoomReserve(dir.path(), whole + 1), Error);
}

BOOST_AUTO_TEST_CASE(a_file_system_that_cannot_allot_is_gone_on_without) {
  const test::TempDir dir;
  for (const int error : {EOPNOTSUPP, ENOSYS, EINVAL}) {
    Faults faults;
    faults.fail(Call::fallocate, error);
    BOOST_CHECK_NO_THROW(RoomReserve(dir.path(), 5 << 20));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop::record
