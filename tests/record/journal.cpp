#include "bulkdrop/record/journal.hpp"

#include <atomic>
#include <csignal>
#include <filesystem>
#include <latch>
#include <thread>

#include "faults.hpp"
#include "file_size_limit.hpp"
#include "lines.hpp"
#include "samples.hpp"
#include "support/temp_dir.hpp"
#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/file.hpp"
#include "bulkdrop/record/journal_lines.hpp"

namespace bulkdrop::record {
namespace {

bool is_run_directory_error(const Error& error) {
  return error.code() == ExitCode::run_directory;
}

BOOST_AUTO_TEST_SUITE(journal)

BOOST_AUTO_TEST_CASE(the_header_is_there_before_the_constructor_returns) {
  const test::TempDir dir;
  const Journal journal(dir.path("journal.jsonl"), sample_run(3), [] {});
  const auto lines = records_of(dir.path("journal.jsonl"));
  BOOST_TEST_REQUIRE(lines.size() == 1U);
  BOOST_TEST(is_intact(lines[0]));
  BOOST_TEST(header_version(lines[0]).value() == 1U);
}

BOOST_AUTO_TEST_CASE(the_file_is_private_whatever_the_umask) {
  const test::TempDir dir;
  for (const mode_t mask : {0U, 022U, 0277U}) {
    const std::string path = dir.path("journal" + std::to_string(mask));
    const mode_t before = ::umask(mask);
    {
      const Journal journal(path, sample_run(1), [] {});
    }
    ::umask(before);
    struct stat status {};
    BOOST_TEST_REQUIRE(::stat(path.c_str(), &status) == 0);
    BOOST_TEST((status.st_mode & 07777) == 0600U, "umask " << mask);
  }
}

BOOST_AUTO_TEST_CASE(records_stand_in_the_order_of_the_calls) {
  const test::TempDir dir;
  Journal journal(dir.path("journal.jsonl"), sample_run(3), [] {});
  journal.lease(0, 3);
  journal.result(dropped(2), kNow);
  journal.event("token", "refreshed", kNow);
  journal.result(dropped(0), kNow);
  journal.end(std::nullopt, 0, kNow);
  const auto lines = records_of(dir.path("journal.jsonl"));
  BOOST_TEST_REQUIRE(lines.size() == 6U);
  for (const auto& line : lines) BOOST_TEST(is_intact(line), line);
  BOOST_TEST(lease_range(lines[1]).value().end == 3U);
  BOOST_TEST(result_mark(lines[2]).value().row == 2U);
  BOOST_TEST(lines[3].starts_with(R"({"k":"event","kind":"token")"));
  BOOST_TEST(result_mark(lines[4]).value().row == 0U);
  BOOST_TEST(lines[5].starts_with(R"({"k":"end",)"));
}

BOOST_AUTO_TEST_CASE(a_lease_becomes_durable_and_says_so) {
  const test::TempDir dir;
  std::latch changed(1);
  std::atomic<int> calls{0};
  Journal journal(dir.path("journal.jsonl"), sample_run(9), [&] {
    if (++calls == 1) changed.count_down();
  });
  BOOST_TEST(journal.leased() == 0U);
  journal.lease(0, 9);
  changed.wait();
  BOOST_TEST(journal.leased() == 9U);
  BOOST_TEST(records_of(dir.path("journal.jsonl")).size() == 2U);
}

BOOST_AUTO_TEST_CASE(every_result_is_durable_in_the_end) {
  const test::TempDir dir;
  Journal journal(dir.path("journal.jsonl"), sample_run(1000), [] {});
  for (std::uint64_t row = 0; row < 1000; ++row) {
    if (row % 100 == 0) journal.lease(row, row + 100);
    journal.result(dropped(row), kNow);
  }
  journal.end(Stop{StopKind::signal, ExitCode::interrupted, "interrupted"}, 130, kNow);
  BOOST_TEST(journal.durable_results() == 1000U);
  BOOST_TEST(journal.leased() == 1000U);
  BOOST_TEST(!journal.failed().has_value());
  BOOST_TEST(records_of(dir.path("journal.jsonl")).size() == 1U + 10U + 1000U + 1U);
}

BOOST_AUTO_TEST_CASE(an_existing_file_is_never_taken) {
  const test::TempDir dir;
  const std::string path = dir.file("journal.jsonl", "somebody else's");
  BOOST_CHECK_EXCEPTION(Journal(path, sample_run(1), [] {}), Error, is_run_directory_error);
  BOOST_TEST(test::slurp(path) == "somebody else's");
}

BOOST_AUTO_TEST_CASE(a_link_is_never_followed) {
  const test::TempDir dir;
  std::filesystem::create_symlink(dir.path("elsewhere"), dir.path("journal.jsonl"));
  BOOST_CHECK_EXCEPTION(Journal(dir.path("journal.jsonl"), sample_run(1), [] {}), Error,
                        is_run_directory_error);
  BOOST_TEST(!std::filesystem::exists(dir.path("elsewhere")));
}

BOOST_AUTO_TEST_CASE(the_file_is_locked_while_the_journal_lives) {
  const test::TempDir dir;
  const std::string path = dir.path("journal.jsonl");
  const auto lockable = [&] {
    const Fd other(::open(path.c_str(), O_RDONLY));
    return ::flock(other.get(), LOCK_EX | LOCK_NB) == 0;
  };
  {
    const Journal journal(path, sample_run(1), [] {});
    BOOST_TEST(!lockable());
  }
  BOOST_TEST(lockable());
}

BOOST_AUTO_TEST_CASE(a_full_disk_ends_the_record_for_good_and_says_so) {
  const test::TempDir dir;
  std::latch changed(1);
  std::atomic<bool> counted{false};
  const std::string path = dir.path("journal.jsonl");
  std::string before;
  {
    Journal journal(path, sample_run(1000), [&] {
      if (!counted.exchange(true)) changed.count_down();
    });
    before = test::slurp(path);
    {
      const FileSizeLimit full(before.size() + 1000);
      for (std::uint64_t row = 0; row < 64; ++row) journal.result(dropped(row), kNow);
      changed.wait();
    }
    BOOST_TEST_REQUIRE(journal.failed().has_value());
    BOOST_TEST(journal.failed()->find("File too large") != std::string::npos);
    BOOST_TEST(journal.durable_results() == 0U);
    BOOST_TEST(journal.unwritten_results() == 64U);
    BOOST_TEST(test::slurp(path) == before);
    journal.result(dropped(64), kNow);
    journal.lease(0, 100);
    BOOST_CHECK_EXCEPTION(journal.end(std::nullopt, 0, kNow), Error, is_run_directory_error);
    BOOST_CHECK_EXCEPTION(journal.part("resume", {}, kNow), Error, is_run_directory_error);
    BOOST_TEST(journal.leased() == 0U);
  }
  BOOST_TEST(test::slurp(path) == before);
}

BOOST_AUTO_TEST_CASE(a_disk_without_room_for_the_results_grants_no_lease) {
  const test::TempDir dir;
  const std::string path = dir.path("journal.jsonl");
  Journal journal(path, sample_run(1000), [] {});
  journal.lease(0, 100);
  journal.sync();
  {
    // Room for the results of 100 rows and what else may come, not for those of 200.
    const FileSizeLimit nearly(test::slurp(path).size() + 512 * 150 + 64 * 1024);
    journal.lease(100, 200);
    journal.sync();
    BOOST_TEST(journal.full().value().find("File too large") != std::string::npos);
    BOOST_TEST(journal.leased() == 100U);
    for (std::uint64_t row = 0; row < 100; ++row) journal.result(dropped(row), kNow);
    journal.lease(200, 300);
    journal.end(Stop{StopKind::io, ExitCode::run_directory, "full"}, 7, kNow);
  }
  BOOST_TEST(!journal.failed().has_value());
  JournalReader reader(path);
  BOOST_TEST(reader.leased() == 100U);
  BOOST_TEST(reader.rows_seen() == 100U);
}

BOOST_AUTO_TEST_CASE(room_is_asked_for_only_for_rows_without_a_result) {
  const test::TempDir dir;
  const std::string path = dir.path("journal.jsonl");
  Journal journal(path, sample_run(1000), [] {});
  for (std::uint64_t row = 0; row < 1000; row += 100) {
    const FileSizeLimit nearly(test::slurp(path).size() + 512 * 110 + 64 * 1024);
    journal.lease(row, row + 100);
    journal.sync();
    BOOST_TEST_REQUIRE(!journal.full().has_value(), *journal.full());
    for (std::uint64_t each = row; each < row + 100; ++each) journal.result(dropped(each), kNow);
    journal.sync();
  }
  // Whoever knows that most rows will never have one can say so.
  const FileSizeLimit nearly(test::slurp(path).size() + 512 * 110 + 64 * 1024);
  journal.lease(1000, 9000, 50);
  journal.sync();
  BOOST_TEST(!journal.full().has_value());
  BOOST_TEST(journal.leased() == 9000U);
  journal.lease(9000, 9061);
  journal.sync();
  BOOST_TEST(journal.full().has_value());
}

BOOST_AUTO_TEST_CASE(room_that_is_not_needed_any_more_is_given_back) {
  const test::TempDir dir;
  const std::string path = dir.path("journal.jsonl");
  const auto allotted = [&] {
    struct stat status {};
    BOOST_TEST_REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_blocks * 512;
  };
  {
    Journal journal(path, sample_run(1000), [] {});
    journal.lease(0, 1000);
    journal.sync();
    BOOST_TEST(allotted() >= 512 * 1000);
    journal.result(dropped(1), kNow);
    journal.release_reserve();
    BOOST_TEST(allotted() < 100'000);
    BOOST_TEST(journal.durable_results() == 1U);
    journal.lease(1000, 2000);
    journal.sync();
    BOOST_TEST(allotted() >= 512 * 1000);
  }
  BOOST_TEST(allotted() < 100'000);
  BOOST_TEST(JournalReader(path).leased() == 2000U);
}

BOOST_AUTO_TEST_CASE(the_end_is_a_group_of_its_own) {
  const test::TempDir dir;
  const std::string path = dir.path("journal.jsonl");
  Faults faults;
  {
    Journal journal(path, sample_run(1), [] {});
    journal.result(dropped(0), kNow);
    journal.end(std::nullopt, 0, kNow);
  }
  const auto lines = lines_of_text(test::slurp(path));
  const std::vector<std::string_view> starts = {kHeaderStart, kCommitStart, kResultStart,
                                                kCommitStart, kEndStart,    kCommitStart};
  BOOST_TEST_REQUIRE(lines.size() == starts.size());
  for (std::size_t i = 0; i < starts.size(); ++i) BOOST_TEST(lines[i].starts_with(starts[i]), lines[i]);
  std::vector<std::string> calls = faults.calls();
  std::erase(calls, "ftruncate journal.jsonl");
  for (std::size_t i = 0; i < 6; ++i)
    BOOST_TEST(calls.at(i) == (i % 2 == 0 ? "write journal.jsonl" : "fdatasync journal.jsonl"));
}

BOOST_AUTO_TEST_CASE(leases_of_a_later_part_begin_anew_anywhere) {
  const test::TempDir dir;
  const std::string path = dir.path("journal.jsonl");
  {
    Journal journal(path, sample_run(1000), [] {});
    journal.lease(0, 500);
    journal.sync();
  }
  Journal journal(lock_journal(path), path, JournalReader(path), [] {});
  BOOST_TEST(journal.leased() == 0U);
  journal.part("resume", {Status::failed}, kNow);
  BOOST_TEST(part_of(records_of(path).back()).has_value());  // durable when it returns
  BOOST_TEST(journal.leased() == 0U);
  journal.lease(300, 400);
  journal.sync();
  BOOST_TEST(journal.leased() == 400U);
  journal.lease(350, 900);
  journal.sync();
  BOOST_TEST(journal.leased() == 900U);
}

BOOST_AUTO_TEST_CASE(what_was_hurried_survives_a_kill_and_nothing_else_is_lost) {
  const test::TempDir dir;
  const std::string path = dir.path("journal.jsonl");
  const pid_t child = ::fork();
  BOOST_TEST_REQUIRE(child >= 0);
  if (child == 0) {
    Journal journal(path, sample_run(1000), [] {});
    journal.part("resume", {}, kNow);
    for (std::uint64_t row = 0; row < 10; ++row) journal.result(dropped(row), kNow);
    journal.hurry();
    while (journal.unwritten_results() > 0) std::this_thread::yield();
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  BOOST_TEST((WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
  JournalReader reader(path);
  BOOST_TEST(reader.rows_seen() == 10U);
  BOOST_TEST(reader.torn_bytes() == 0U);
  for (std::uint64_t row = 0; row < 10; ++row) BOOST_TEST((reader.result(row) == dropped(row)));
}

BOOST_AUTO_TEST_CASE(a_journal_that_changed_since_it_was_read_is_not_gone_on_with) {
  const test::TempDir dir;
  const std::string path = dir.path("journal.jsonl");
  {
    const Journal journal(path, sample_run(1), [] {});
  }
  const JournalReader reader(path);
  BOOST_TEST(std::filesystem::exists(dir.file("journal.jsonl", test::slurp(path) + "x")));
  BOOST_CHECK_EXCEPTION(Journal(lock_journal(path), path, reader, [] {}), Error, is_run_directory_error);
}

BOOST_AUTO_TEST_CASE(a_torn_end_that_cannot_be_cut_is_not_gone_on_with) {
  const test::TempDir dir;
  const std::string path = dir.path("journal.jsonl");
  {
    const Journal journal(path, sample_run(1), [] {});
  }
  const std::string torn = test::slurp(path) + "{\"k\":";
  for (const Call call : {Call::ftruncate, Call::fdatasync}) {
    BOOST_TEST(dir.file("journal.jsonl", torn) == path);
    Faults faults;
    faults.fail(call, EIO);
    BOOST_CHECK_EXCEPTION(Journal(lock_journal(path), path, JournalReader(path), [] {}), Error,
                          is_run_directory_error);
  }
}

BOOST_AUTO_TEST_CASE(a_header_that_cannot_be_written_leaves_no_file) {
  const test::TempDir dir;
  {
    const FileSizeLimit full(10);
    BOOST_CHECK_EXCEPTION(Journal(dir.path("journal.jsonl"), sample_run(1), [] {}), Error,
                          is_run_directory_error);
  }
  BOOST_TEST(!std::filesystem::exists(dir.path("journal.jsonl")));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop::record
