// A disk that fails, or is slow.
#include <algorithm>
#include <array>
#include <cerrno>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "faults.hpp"
#include "writing.hpp"
#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <unistd.h>

namespace bulkdrop::record {
namespace {

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(group_writer)

BOOST_AUTO_TEST_CASE(short_writes_go_on_where_they_ended) {
  Faults faults;
  faults.shorten_writes(7);
  Writing to;
  for (int i = 0; i < 64; ++i) to.writer.append("twelve bytes\n", true);
  BOOST_TEST(to.writer.drain());
  BOOST_TEST(records_of(to.path) == std::vector<std::string>(64, "twelve bytes"),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_final_and_the_file_is_cut_back_to_what_is_durable) {
  for (const int error : {ENOSPC, EIO, EDQUOT, EROFS}) {
    Faults faults;
    std::string durable;
    Writing to;
    to.writer.append("first\n", true);
    BOOST_TEST(to.writer.drain());
    durable = test::slurp(to.path);
    to.writer.append("second\n", true);
    to.writer.hurry();
    while (to.writer.unwritten_results() > 0) std::this_thread::yield();
    faults.shorten_writes(3);
    faults.fail(Call::write, error, 2);
    to.writer.append("third\n", true);
    to.writer.append_lease("fourth\n", 9, 100);
    BOOST_TEST(!to.writer.drain());
    BOOST_TEST(to.writer.failed().value() == "cannot write to " + to.path + ": " + describe_errno(error) +
                                                 "; nothing was recorded after that");
    faults.repair(Call::write);
    to.writer.append("fifth\n", true);
    BOOST_TEST(!to.writer.drain());
    to.writer.release_room();
    BOOST_TEST(to.writer.durable_results() == 1U);
    BOOST_TEST(to.writer.durable_leased() == 0U);
    BOOST_TEST(to.writer.unwritten_results() >= 2U);
    BOOST_TEST(test::slurp(to.path) == durable);
  }
}

BOOST_AUTO_TEST_CASE(a_failed_sync_is_final_and_never_tried_again) {
  Faults faults;
  Writing to;
  to.writer.append("first\n", true);
  BOOST_TEST(to.writer.drain());
  const std::string durable = test::slurp(to.path);
  faults.fail(Call::fdatasync, EIO);
  to.writer.append("second\n", true);
  BOOST_TEST(!to.writer.drain());
  BOOST_TEST(to.writer.failed().value() ==
             "cannot make " + to.path + " durable: Input/output error; what was written last may be lost");
  faults.repair(Call::fdatasync);
  const auto syncs = std::ranges::count(faults.calls(), "fdatasync f");
  to.writer.append("third\n", true);
  BOOST_TEST(!to.writer.drain());
  BOOST_TEST(std::ranges::count(faults.calls(), "fdatasync f") == syncs);
  BOOST_TEST(to.writer.durable_results() == 1U);
  BOOST_TEST(test::slurp(to.path) == durable);
}

BOOST_AUTO_TEST_CASE(a_descriptor_that_was_closed_is_an_error_like_any_other) {
  const test::TempDir dir;
  Fd file = new_file(dir.path("f"));
  const int number = file.get();
  GroupWriter writer(
      std::move(file), dir.path("f"), {}, [] {}, kNeverByTime);
  ::close(number);
  writer.append("x\n", true);
  BOOST_TEST(!writer.drain());
  BOOST_TEST(writer.failed().value().find("Bad file descriptor") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_device_without_room_fails_the_record) {
  Changes changes;
  GroupWriter writer(
      Fd(::open("/dev/full", O_WRONLY)), "the/journal", {}, [&] { changes(); }, kNeverByTime);
  writer.append_lease("x\n", 1, 1);
  changes.first.wait();
  BOOST_TEST(writer.failed().value() ==
             "cannot write to the/journal: No space left on device; nothing was recorded after that");
  BOOST_TEST(writer.durable_leased() == 0U);
  BOOST_TEST(changes.count == 1);
}

// A pipe takes writes, and refuses to be synced.
struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
    out = Fd(ends[0]);
    in = Fd(ends[1]);
  }
  Fd out;
  Fd in;
};

BOOST_AUTO_TEST_CASE(nothing_is_written_after_a_failed_sync) {
  Pipe pipe;
  {
    GroupWriter writer(
        std::move(pipe.in), "the/journal", {}, [] {}, kNeverByTime);
    writer.append("first\n", true);
    BOOST_TEST(!writer.drain());
    BOOST_TEST(writer.failed().value() ==
               "cannot make the/journal durable: Invalid argument; what was written last may be lost");
    writer.append("second\n", true);
    BOOST_TEST(writer.durable_results() == 0U);
  }
  std::array<char, 1000> bytes{};
  const auto got = ::read(pipe.out.get(), bytes.data(), bytes.size());
  const auto lines = lines_of_text(std::string_view(bytes.data(), static_cast<std::size_t>(got)));
  BOOST_TEST_REQUIRE(lines.size() == 2U);
  BOOST_TEST(lines[0] == "first\n");
  BOOST_TEST(::read(pipe.out.get(), bytes.data(), bytes.size()) == 0);
}

BOOST_AUTO_TEST_CASE(a_caller_faster_than_the_disk_waits_instead_of_filling_the_memory) {
  Pipe pipe;
  GroupWriter writer(std::move(pipe.in), "p", {}, [] {}, {.records = 64, .delay = 1h, .pending_bytes = 1000});
  writer.append(std::string(1 << 20, 'a'), true);
  auto stuck = std::async(std::launch::async, [&] { writer.hurry(); });  // more than a pipe holds
  writer.append(std::string(1001, 'b'), true);                           // once the first is on its way
  auto third = std::async(std::launch::async, [&] { writer.append("c", true); });
  const bool waited = third.wait_for(50ms) == std::future_status::timeout;
  std::array<char, 1 << 16> bytes{};
  for (std::size_t left = 1 << 20; left > 0;) {
    const auto got = ::read(pipe.out.get(), bytes.data(), bytes.size());
    BOOST_TEST_REQUIRE(got > 0);
    left -= std::min(left, static_cast<std::size_t>(got));
  }
  stuck.get();
  writer.hurry();
  third.get();
  BOOST_TEST(waited);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop::record
