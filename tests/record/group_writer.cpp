#include "bulkdrop/record/group_writer.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <future>
#include <latch>
#include <thread>

#include "faults.hpp"
#include "lines.hpp"
#include "support/temp_dir.hpp"
#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bulkdrop::record {
namespace {

using namespace std::chrono_literals;

Fd new_file(const std::string& path) {
  return Fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT, 0600));
}

constexpr GroupWriter::Limits kNeverByTime{.records = 64, .delay = 1h, .pending_bytes = 8 << 20};

// Counts the calls of on_change, and waits for the first of them.
struct Changes {
  void operator()() {
    if (++count == 1) first.count_down();
  }
  std::latch first{1};
  std::atomic<int> count{0};
};

struct Writing {
  explicit Writing(GroupWriter::Limits limits = kNeverByTime, Fd input_copy = {})
      : path(dir.path("f")),
        writer(
            new_file(path), "f", {}, [this] { changes(); }, limits, std::move(input_copy)) {}
  [[nodiscard]] std::string records() const {
    std::string all;
    for (const auto& record : records_of(path)) all += record;
    return all;
  }
  [[nodiscard]] std::size_t commits() const {
    return lines_of_text(test::slurp(path)).size() - records_of(path).size();
  }
  const test::TempDir dir;
  std::string path;
  Changes changes;
  GroupWriter writer;
};

std::uint64_t allotted_bytes(const std::string& path) {
  struct stat status {};
  BOOST_REQUIRE(::stat(path.c_str(), &status) == 0);
  return static_cast<std::uint64_t>(status.st_blocks) * 512;
}

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
        new_file(dir.path("f")), "f", {}, [] {}, kNeverByTime);
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
  BOOST_TEST(to.writer.failed().value() ==
             "cannot make the copy of standard input beside f durable: Input/output error; what was written "
             "last may be lost");
  BOOST_TEST(test::slurp(to.path).empty());
}

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
               "no room for the results of further sessions in f: " + describe_errno(error));
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
    BOOST_TEST(to.writer.failed().value() ==
               "cannot write to f: " + describe_errno(error) + "; nothing was recorded after that");
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
             "cannot make f durable: Input/output error; what was written last may be lost");
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
      std::move(file), "f", {}, [] {}, kNeverByTime);
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
