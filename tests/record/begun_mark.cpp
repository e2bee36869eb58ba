#include "bulkdrop/record/begun_mark.hpp"

#include <filesystem>
#include <memory>
#include <set>

#include "file_size_limit.hpp"
#include "lines.hpp"
#include "samples.hpp"
#include "support/temp_dir.hpp"
#include <boost/test/unit_test.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/record/journal.hpp"
#include "bulkdrop/record/journal_format.hpp"

namespace bulkdrop::record {
namespace {

using Rows = std::set<std::uint64_t>;
constexpr std::uint64_t kRows = 20;

struct Marked {
  Marked() : journal(dir.path("journal.jsonl")), path(dir.path("begun")) {}
  [[nodiscard]] std::optional<std::uint64_t> read(std::uint64_t part = 1) const {
    return read_begun(journal, "5e884898", part);
  }
  // The line with something else in it, and a check value that fits.
  void forge(std::string_view what, std::string_view instead) const {
    std::string line = test::slurp(path);
    line.resize(line.rfind(kCheckStart));
    const std::size_t at = line.find(what);
    BOOST_TEST_REQUIRE(at != std::string::npos);
    line.replace(at, what.size(), instead);
    seal_line(line, 0);
    static_cast<void>(dir.file("begun", line));
  }
  test::TempDir dir;
  std::string journal;
  std::string path;
};

// A run that was killed: rows below `begun` were asked for, and rows 0 and 1 have their results.
struct Killed : Marked {
  explicit Killed(std::uint64_t begun) {
    Journal run(journal, sample_run(kRows), [] {});
    run.lease(0, 16);
    run.begin(begun);
    run.result(dropped(0), kNow);
    run.result(dropped(1), kNow);
  }
  [[nodiscard]] Rows in_doubt() const {
    const JournalReader reader(journal);
    Rows rows;
    for (std::uint64_t row = 0; row < kRows; ++row)
      if (reader.in_doubt(row)) rows.insert(row);
    return rows;
  }
  [[nodiscard]] std::unique_ptr<Journal> go_on() const {
    const JournalReader read(journal);
    auto run = std::make_unique<Journal>(lock_journal(journal), journal, read, [] {});
    run->part("resume", {}, kNow);
    return run;
  }
};

Rows all_leased() {
  Rows rows;
  for (std::uint64_t row = 2; row < 16; ++row) rows.insert(row);
  return rows;
}

BOOST_AUTO_TEST_SUITE(begun_mark)

BOOST_AUTO_TEST_CASE(it_says_what_was_said_last_and_never_less) {
  const Marked here;
  BOOST_TEST(!here.read());
  const auto mark = BegunMark::make(here.journal, "5e884898", 1);
  BOOST_TEST_REQUIRE(mark != nullptr);
  BOOST_TEST(here.read().value() == 0U);
  for (const std::uint64_t rows : {1ULL, 9ULL, 10ULL, 99'999ULL, 3ULL, 1ULL << 60U}) {
    BOOST_TEST(mark->raise(rows));
    BOOST_TEST(here.read().value() >= rows);
  }
  BOOST_TEST(here.read().value() == 1ULL << 60U);
  struct stat status {};
  BOOST_TEST(::stat(here.path.c_str(), &status) == 0);
  BOOST_TEST((status.st_mode & 07777U) == 0600U);
}

BOOST_AUTO_TEST_CASE(it_counts_for_its_own_run_and_part_only) {
  const Marked here;
  const auto mark = BegunMark::make(here.journal, "5e884898", 2);
  BOOST_TEST(here.read(2).value() == 0U);
  BOOST_TEST(!here.read(1));
  BOOST_TEST(!here.read(3));
  BOOST_TEST(!read_begun(here.journal, "5e884899", 2));
}

BOOST_AUTO_TEST_CASE(it_does_not_count_after_a_power_cut_or_on_another_machine) {
  const Marked here;
  const auto mark = BegunMark::make(here.journal, "5e884898", 1);
  std::string boot = test::slurp("/proc/sys/kernel/random/boot_id");
  boot.pop_back();
  here.forge(boot, "00000000-0000-4000-8000-000000000000");
  BOOST_TEST(!here.read());
}

BOOST_AUTO_TEST_CASE(a_copy_does_not_count) {
  const Marked here;
  const auto mark = BegunMark::make(here.journal, "5e884898", 1);
  std::filesystem::create_directory(here.dir.path("copy"));
  std::filesystem::copy_file(here.path, here.dir.path("copy/begun"));
  BOOST_TEST(!read_begun(here.dir.path("copy/journal.jsonl"), "5e884898", 1));
  std::filesystem::create_directory(here.dir.path("moved"));
  std::filesystem::rename(here.path, here.dir.path("moved/begun"));
  BOOST_TEST(read_begun(here.dir.path("moved/journal.jsonl"), "5e884898", 1).value() == 0U);
}

BOOST_AUTO_TEST_CASE(what_is_no_whole_line_of_ours_does_not_count) {
  const Marked here;
  {
    const auto mark = BegunMark::make(here.journal, "5e884898", 1);
    BOOST_TEST(mark->raise(335));
  }
  const std::string line = test::slurp(here.path);
  // In place: another file would not count anyway.
  for (std::size_t i = 0; i < line.size(); ++i) {
    std::string other = line;
    other[i] = static_cast<char>(other[i] ^ 1);
    static_cast<void>(here.dir.file("begun", other));
    BOOST_TEST(!here.read(), i);
    static_cast<void>(here.dir.file("begun", line.substr(0, i)));
    BOOST_TEST(!here.read(), i);
  }
  static_cast<void>(here.dir.file("begun", line + line));
  BOOST_TEST(!here.read());
  static_cast<void>(here.dir.file("begun", std::string(5000, '\0')));
  BOOST_TEST(!here.read());
  static_cast<void>(here.dir.file("begun", line));
  BOOST_TEST(here.read().value() == 335U);
  here.forge(R"("v":1)", R"("v":2)");
  BOOST_TEST(!here.read());
}

BOOST_AUTO_TEST_CASE(what_is_no_file_of_ours_does_not_count_and_holds_nobody_up) {
  const Marked here;
  BOOST_TEST(::mkfifo(here.path.c_str(), 0600) == 0);
  BOOST_TEST(!here.read());
  remove_begun(here.journal);
  { const auto mark = BegunMark::make(here.journal, "5e884898", 1); }
  std::filesystem::rename(here.path, here.dir.path("elsewhere"));
  BOOST_TEST(::symlink("elsewhere", here.path.c_str()) == 0);
  BOOST_TEST(!here.read());
}

BOOST_AUTO_TEST_CASE(where_it_cannot_be_kept_there_is_none) {
  const Marked here;
  std::filesystem::create_directory(here.path);  // in its place, and not to be unlinked
  BOOST_TEST(BegunMark::make(here.journal, "5e884898", 1) == nullptr);
  std::filesystem::remove(here.path);
  {
    const FileSizeLimit full(10);
    BOOST_TEST(BegunMark::make(here.journal, "5e884898", 1) == nullptr);
  }
  const auto mark = BegunMark::make(here.journal, "5e884898", 1);
  BOOST_TEST(mark->raise(7));
  {
    const FileSizeLimit full(10);
    BOOST_TEST(!mark->raise(8));
  }
  BOOST_TEST(!here.read());
}

BOOST_AUTO_TEST_CASE(after_a_kill_only_what_was_begun_is_in_doubt) {
  BOOST_TEST((Killed(5).in_doubt() == Rows{2, 3, 4}));
  BOOST_TEST((Killed(2).in_doubt() == Rows{}));
}

BOOST_AUTO_TEST_CASE(without_a_mark_all_that_was_leased_is_in_doubt) {
  const Killed run(5);
  remove_begun(run.journal);
  BOOST_TEST((run.in_doubt() == all_leased()));
  BOOST_TEST(!JournalReader(run.journal).begun());
}

BOOST_AUTO_TEST_CASE(a_mark_that_the_record_contradicts_does_not_count) {
  const Killed run(1);  // though row 1 was dropped
  BOOST_TEST((run.in_doubt() == all_leased()));
}

// Nobody must get fewer rows in doubt by cutting a journal.
BOOST_AUTO_TEST_CASE(what_was_begun_is_in_doubt_although_its_lease_is_torn) {
  const Killed run(5);
  const std::string text = test::slurp(run.journal);
  std::filesystem::resize_file(run.journal, text.find(kLeaseStart) + 5);
  BOOST_TEST((run.in_doubt() == Rows{0, 1, 2, 3, 4}));
}

BOOST_AUTO_TEST_CASE(whoever_goes_on_puts_it_on_record_for_good) {
  const Killed run(5);
  { const auto journal = run.go_on(); }
  BOOST_TEST(!std::filesystem::exists(run.path));
  BOOST_TEST((run.in_doubt() == Rows{2, 3, 4}));
  BOOST_TEST(JournalReader(run.journal).parts()[1].begun_before.value() == 5U);
}

BOOST_AUTO_TEST_CASE(each_part_has_its_own) {
  const Killed run(5);
  {
    const auto journal = run.go_on();
    journal->lease(2, 20);
    BOOST_TEST(run.read(2).value() == 0U);
    journal->begin(3);
    journal->result(with_status(2, Status::unknown, Reason::timeout), kNow);
    journal->begin(8);
    journal->result(dropped(4), kNow);
  }
  BOOST_TEST((run.in_doubt() == Rows{3, 5, 6, 7}));
  {
    const auto journal = run.go_on();
    journal->lease(3, 20);
  }
  BOOST_TEST((run.in_doubt() == Rows{3, 5, 6, 7}));
}

BOOST_AUTO_TEST_CASE(a_part_that_came_to_its_end_needs_none) {
  const Marked here;
  Journal run(here.journal, sample_run(kRows), [] {});
  BOOST_TEST(!std::filesystem::exists(here.path));
  run.lease(0, 16);
  BOOST_TEST(std::filesystem::exists(here.path));
  run.begin(4);
  run.end(std::nullopt, 0, kNow);
  BOOST_TEST(!std::filesystem::exists(here.path));
  run.begin(5);
  BOOST_TEST(!std::filesystem::exists(here.path));
}

// As an older version leaves it, which does not know of marks.
BOOST_AUTO_TEST_CASE(a_part_without_a_word_about_the_one_before_leaves_its_leases_in_doubt) {
  const Killed run(5);
  std::string text = test::slurp(run.journal);
  append_part_line(text, "resume", {}, kNow);
  static_cast<void>(run.dir.file("journal.jsonl", text));
  BOOST_TEST((run.in_doubt() == all_leased()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop::record
