#include "bulkdrop/record/journal.hpp"

#include <atomic>
#include <filesystem>
#include <latch>
#include <sstream>

#include "file_size_limit.hpp"
#include "samples.hpp"
#include "support/temp_dir.hpp"
#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/file.hpp"
#include "bulkdrop/record/journal_format.hpp"

namespace bulkdrop::record {
namespace {

std::vector<std::string> lines_of(const std::string& path) {
  std::istringstream text(test::slurp(path));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

bool is_run_directory_error(const Error& error) {
  return error.code() == ExitCode::run_directory;
}

BOOST_AUTO_TEST_SUITE(journal)

BOOST_AUTO_TEST_CASE(the_header_is_there_before_the_constructor_returns) {
  const test::TempDir dir;
  const Journal journal(dir.path("journal.jsonl"), sample_run(3), [] {});
  const auto lines = lines_of(dir.path("journal.jsonl"));
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
  journal.end(std::nullopt, kNow);
  const auto lines = lines_of(dir.path("journal.jsonl"));
  BOOST_TEST_REQUIRE(lines.size() == 6U);
  for (const auto& line : lines) BOOST_TEST(is_intact(line), line);
  BOOST_TEST(lease_range(lines[1]).value().end == 3U);
  BOOST_TEST(result_row(lines[2]).value() == 2U);
  BOOST_TEST(lines[3].starts_with(R"({"k":"event","kind":"token")"));
  BOOST_TEST(result_row(lines[4]).value() == 0U);
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
  BOOST_TEST(lines_of(dir.path("journal.jsonl")).size() == 2U);
}

BOOST_AUTO_TEST_CASE(every_result_is_durable_in_the_end) {
  const test::TempDir dir;
  Journal journal(dir.path("journal.jsonl"), sample_run(1000), [] {});
  for (std::uint64_t row = 0; row < 1000; ++row) {
    if (row % 100 == 0) journal.lease(row, row + 100);
    journal.result(dropped(row), kNow);
  }
  journal.end(Stop{StopKind::signal, ExitCode::interrupted, "interrupted"}, kNow);
  BOOST_TEST(journal.durable_results() == 1000U);
  BOOST_TEST(journal.leased() == 1000U);
  BOOST_TEST(!journal.failed().has_value());
  BOOST_TEST(lines_of(dir.path("journal.jsonl")).size() == 1U + 10U + 1000U + 1U);
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
  std::string after_failure;
  {
    Journal journal(dir.path("journal.jsonl"), sample_run(1000), [&] {
      if (!counted.exchange(true)) changed.count_down();
    });
    {
      const FileSizeLimit full(1000);
      for (std::uint64_t row = 0; row < 64; ++row) journal.result(dropped(row), kNow);
      changed.wait();
    }
    BOOST_TEST_REQUIRE(journal.failed().has_value());
    BOOST_TEST(journal.failed()->find("File too large") != std::string::npos);
    BOOST_TEST(journal.durable_results() == 0U);
    after_failure = test::slurp(dir.path("journal.jsonl"));
    journal.result(dropped(64), kNow);
    journal.lease(0, 100);
    BOOST_CHECK_EXCEPTION(journal.end(std::nullopt, kNow), Error, is_run_directory_error);
    BOOST_TEST(journal.leased() == 0U);
  }
  BOOST_TEST(test::slurp(dir.path("journal.jsonl")) == after_failure);
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
