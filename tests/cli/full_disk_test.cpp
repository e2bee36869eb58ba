// A disk that is really full, where this user may mount one.
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "cli/dropping.hpp"
#include <sys/mount.h>

namespace bulkdrop::test {
namespace {

constexpr std::size_t kSessions = 30;

// A real one, where this user may mount.
class SmallDisk {
 public:
  SmallDisk(std::string path, const char* options) : path_(std::move(path)) {
    std::filesystem::create_directory(path_);
    mounted_ = ::mount("bulkdrop-test", path_.c_str(), "tmpfs", 0, options) == 0;
    if (!mounted_) BOOST_TEST_MESSAGE("nothing can be mounted here: " << describe_errno(errno));
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
  }
  explicit operator bool() const { return mounted_; }
  // Somebody else takes all that is left.
  void fill() const {
    std::ofstream other(path_ + "/other", std::ios::binary);
    const std::string block(4096, 'x');
    while (other.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
  }

 private:
  std::string path_;
  bool mounted_ = false;
};

// A run over many sessions and one that the server does not know, on a disk that is full then but for `kib`.
class NearlyFull {
 public:
  explicit NearlyFull(std::uint64_t kib) : disk_(here_.path("disk"), "size=16m") {
    if (!disk_) return;
    put(here_, "more.txt", made_up_id(1) + "\n");
    const Finished first = run(
        drop(here_, at(sandbox_) + Words{"--yes", "--out", "disk/run", sandbox_.export_file(), "more.txt"}));
    BOOST_TEST_REQUIRE(first.exit_code == 1, first.err);
    std::ofstream(here_.path("disk/spare"), std::ios::binary) << std::string(kib * 1024, 'x');
    disk_.fill();
    std::filesystem::remove(here_.path("disk/spare"));
  }
  explicit operator bool() const { return static_cast<bool>(disk_); }
  [[nodiscard]] Finished resume(const Words& words = {}) const {
    return run(bulkdrop(here_, Words{"resume", "disk/run", "--yes", "--retry", "failed", "--token-file",
                                     sandbox_.token_file()} +
                                   words));
  }
  [[nodiscard]] const Sandbox& sandbox() const { return sandbox_; }
  [[nodiscard]] RunDirectory record() const { return RunDirectory(here_.path("disk/run")); }

 private:
  const Sandbox sandbox_{4000};
  const TempDir here_;
  const SmallDisk disk_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(full_disk)

BOOST_AUTO_TEST_CASE(with_little_room_is_refused_and_nothing_was_sent) {
  const Sandbox sandbox(kSessions);
  const TempDir here;
  const SmallDisk disk(here.path("disk"), "size=200k");
  if (!disk) return;
  const Finished finished =
      run(drop(here, at(sandbox) + Words{"--yes", "--out", "disk/run", sandbox.export_file()}));
  BOOST_TEST(finished.exit_code == 7, finished.err);
  BOOST_TEST(has(finished.err, "needs 0.6 MiB, has 0.2 MiB free"), finished.err);
  BOOST_TEST(has(finished.err, "Nothing was sent"), finished.err);
  BOOST_TEST(sandbox.requests() == 0U);
}

BOOST_AUTO_TEST_CASE(that_somebody_else_fills_in_the_middle_has_room_for_the_record_and_the_reports) {
  const Sandbox sandbox(200, {"--latency", "20ms", "--workers", "8"});
  const TempDir here;
  const SmallDisk disk(here.path("disk"), "size=4m");
  if (!disk) return;
  Process process(drop(here, at(sandbox) + Words{"--yes", "--out", "disk/run", sandbox.export_file()}));
  BOOST_TEST_REQUIRE(asked(sandbox, 20));
  disk.fill();
  const Finished first = process.wait();
  // Whatever was leased has its room; for the rest there may be none.
  BOOST_TEST((first.exit_code == 0 || first.exit_code == 7), first.err);
  {
    const RunDirectory run(here.path("disk/run"));
    check_accounts(run, first);
    check_against_ledger(run, sandbox);
  }
  std::filesystem::remove(here.path("disk/other"));
  const Finished finished =
      run(bulkdrop(here, {"resume", "disk/run", "--yes", "--token-file", sandbox.token_file()}));
  BOOST_TEST(finished.exit_code == 0, finished.err);
  const RunDirectory run(here.path("disk/run"));
  check_against_ledger(run, sandbox);
  BOOST_TEST(run.count("dropped") == 200U);
}

BOOST_AUTO_TEST_CASE(with_room_for_what_a_resume_adds_is_enough_for_it) {
  const NearlyFull run(1200);
  if (!run) return;
  const std::size_t requests = run.sandbox().requests();
  const Finished finished = run.resume();
  BOOST_TEST(finished.exit_code == 1, finished.err);
  BOOST_TEST(run.sandbox().requests() > requests);
  const RunDirectory record = run.record();
  check_accounts(record, finished);
  check_against_ledger(record, run.sandbox());
  BOOST_TEST(record.count("dropped") == 4000U);
  BOOST_TEST(record.rows().back().attempts > 2U);
}

BOOST_AUTO_TEST_CASE(with_too_little_room_for_a_resume_says_how_much_is_missing_and_leaves_all_as_it_was) {
  const NearlyFull run(400);
  if (!run) return;
  const std::string before = run.record().summary_text();
  const std::size_t requests = run.sandbox().requests();
  for (const Words& words : {Words{}, Words{"--verify"}}) {
    const Finished finished = run.resume(words);
    BOOST_TEST(finished.exit_code == 7, finished.err);
    BOOST_TEST(has(finished.err, "no room for the record and the reports in disk/run: needs "), finished.err);
    BOOST_TEST(has(finished.err, " MiB in the reports that they replace"), finished.err);
    BOOST_TEST(!has(finished.err, "name another directory"), finished.err);
    BOOST_TEST(has(finished.err, "Nothing was sent"), finished.err);
  }
  BOOST_TEST(run.sandbox().requests() == requests);
  BOOST_TEST(run.record().summary_text() == before);
}

// Either it says that there is no room and sends nothing, or there is enough to the end.
BOOST_AUTO_TEST_CASE(a_resume_that_begins_is_not_stopped_for_want_of_room) {
  const Sandbox sandbox(4000);
  const TempDir here;
  const SmallDisk disk(here.path("disk"), "size=16m");
  if (!disk) return;
  const Finished first = run(drop(here, at(sandbox) + Words{"--yes", "--rate", "400", "--deadline", "1s",
                                                            "--out", "disk/run", sandbox.export_file()}));
  BOOST_TEST_REQUIRE(first.exit_code == 6, first.err);
  disk.fill();
  const std::uint64_t whole = std::filesystem::file_size(here.path("disk/other"));
  int refused = 0;
  for (std::uint64_t kib = 0;; kib += 200) {
    std::filesystem::resize_file(here.path("disk/other"), whole - kib * 1024);
    const std::size_t requests = sandbox.requests();
    const Finished finished =
        run(bulkdrop(here, {"resume", "disk/run", "--yes", "--token-file", sandbox.token_file()}));
    if (finished.exit_code == 0) break;
    BOOST_TEST_REQUIRE(finished.exit_code == 7, finished.err);
    BOOST_TEST(has(finished.err, "Nothing was sent"), finished.err);
    BOOST_TEST_REQUIRE(sandbox.requests() == requests, finished.err);
    ++refused;
  }
  BOOST_TEST(refused > 2);
  const RunDirectory record(here.path("disk/run"));
  check_against_ledger(record, sandbox);
  BOOST_TEST(record.count("dropped") == 4000U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
