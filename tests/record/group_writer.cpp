#include "bulkdrop/record/group_writer.hpp"

#include <array>
#include <atomic>
#include <future>
#include <latch>

#include "support/temp_dir.hpp"
#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <unistd.h>

namespace bulkdrop::record {
namespace {

using namespace std::chrono_literals;

Fd new_file(const std::string& path) {
  return Fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT, 0600));
}

constexpr GroupWriter::Limits kNeverByTime{.records = 64, .delay = 1h, .pending_bytes = 8 << 20};

BOOST_AUTO_TEST_SUITE(group_writer)

BOOST_AUTO_TEST_CASE(a_group_is_written_when_it_is_full) {
  const test::TempDir dir;
  std::latch durable(1);
  std::atomic<int> groups{0};
  GroupWriter writer(
      new_file(dir.path("f")), "f",
      [&] {
        if (++groups == 1) durable.count_down();
      },
      kNeverByTime);
  for (std::uint64_t i = 1; i <= 63; ++i) writer.append("x", {i, 0}, false);
  BOOST_TEST(writer.durable_results() == 0U);
  BOOST_TEST(groups == 0);
  writer.append("x", {64, 0}, false);
  durable.wait();
  BOOST_TEST(writer.durable_results() == 64U);
  BOOST_TEST(test::slurp(dir.path("f")) == std::string(64, 'x'));
}

BOOST_AUTO_TEST_CASE(a_lone_record_is_written_when_its_time_is_up) {
  const test::TempDir dir;
  std::latch durable(1);
  GroupWriter writer(new_file(dir.path("f")), "f", [&] { durable.count_down(); },
                     {.records = 64, .delay = 1ms, .pending_bytes = 100});
  writer.append("x", {1, 0}, false);
  durable.wait();
  BOOST_TEST(writer.durable_results() == 1U);
}

BOOST_AUTO_TEST_CASE(an_urgent_record_takes_those_before_it_along_at_once) {
  const test::TempDir dir;
  std::latch durable(1);
  GroupWriter writer(
      new_file(dir.path("f")), "f", [&] { durable.count_down(); }, kNeverByTime);
  writer.append("a", {1, 0}, false);
  writer.append("b", {1, 9}, true);
  durable.wait();
  BOOST_TEST(writer.durable_results() == 1U);
  BOOST_TEST(writer.durable_leased() == 9U);
  BOOST_TEST(test::slurp(dir.path("f")) == "ab");
}

BOOST_AUTO_TEST_CASE(records_stand_in_the_order_of_the_calls) {
  const test::TempDir dir;
  std::string expected;
  {
    GroupWriter writer(new_file(dir.path("f")), "f", [] {},
                       {.records = 3, .delay = 1us, .pending_bytes = 50});
    for (std::uint64_t i = 1; i <= 2000; ++i) {
      const std::string record = std::to_string(i) + "\n";
      expected += record;
      writer.append(record, {i, 0}, i % 7 == 0);
    }
    BOOST_TEST(writer.drain());
    BOOST_TEST(writer.durable_results() == 2000U);
    BOOST_TEST(test::slurp(dir.path("f")) == expected);
  }
}

BOOST_AUTO_TEST_CASE(the_destructor_writes_what_is_pending) {
  const test::TempDir dir;
  {
    GroupWriter(
        new_file(dir.path("f")), "f", [] {}, kNeverByTime)
        .append("late", {1, 0}, false);
  }
  BOOST_TEST(test::slurp(dir.path("f")) == "late");
}

BOOST_AUTO_TEST_CASE(a_drain_without_records_returns) {
  const test::TempDir dir;
  GroupWriter writer(
      new_file(dir.path("f")), "f", [] {}, kNeverByTime);
  BOOST_TEST(writer.drain());
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_final) {
  std::latch changed(1);
  std::atomic<int> calls{0};
  GroupWriter writer(
      Fd(::open("/dev/full", O_WRONLY)), "the/journal",
      [&] {
        if (++calls == 1) changed.count_down();
      },
      kNeverByTime);
  writer.append("x", {1, 1}, true);
  changed.wait();
  BOOST_TEST(writer.failed().value() ==
             "cannot write to the/journal: No space left on device; nothing was recorded after that");
  writer.append("y", {2, 2}, true);
  BOOST_TEST(!writer.drain());
  BOOST_TEST(writer.durable_results() == 0U);
  BOOST_TEST(writer.durable_leased() == 0U);
  BOOST_TEST(calls == 1);
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

BOOST_AUTO_TEST_CASE(a_failed_sync_is_final_and_nothing_is_written_after_it) {
  Pipe pipe;
  {
    GroupWriter writer(
        std::move(pipe.in), "the/journal", [] {}, kNeverByTime);
    writer.append("first", {1, 0}, true);
    BOOST_TEST(!writer.drain());
    BOOST_TEST(writer.failed().value() ==
               "cannot make the/journal durable: Invalid argument; what was written last may be lost");
    writer.append("second", {2, 0}, true);
    BOOST_TEST(writer.durable_results() == 0U);
  }
  std::array<char, 100> bytes{};
  const auto got = ::read(pipe.out.get(), bytes.data(), bytes.size());
  BOOST_TEST(std::string_view(bytes.data(), static_cast<std::size_t>(got)) == "first");
  BOOST_TEST(::read(pipe.out.get(), bytes.data(), bytes.size()) == 0);
}

BOOST_AUTO_TEST_CASE(a_caller_faster_than_the_disk_waits_instead_of_filling_the_memory) {
  Pipe pipe;
  GroupWriter writer(std::move(pipe.in), "p", [] {}, {.records = 64, .delay = 1h, .pending_bytes = 1000});
  writer.append(std::string(1 << 20, 'a'), {1, 0}, true);  // more than a pipe holds: the writer is stuck
  writer.append(std::string(1001, 'b'), {2, 0}, true);
  auto third = std::async(std::launch::async, [&] { writer.append("c", {3, 0}, true); });
  const bool waited = third.wait_for(50ms) == std::future_status::timeout;
  std::array<char, 1 << 16> bytes{};
  for (std::size_t left = 1 << 20; left > 0;) {
    const auto got = ::read(pipe.out.get(), bytes.data(), bytes.size());
    BOOST_TEST_REQUIRE(got > 0);
    left -= std::min(left, static_cast<std::size_t>(got));
  }
  third.get();
  BOOST_TEST(waited);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop::record
