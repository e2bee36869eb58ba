#include "bulkdrop/record/run_directory.hpp"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "samples.hpp"
#include "support/temp_dir.hpp"
#include <boost/test/unit_test.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "bulkdrop/core/error.hpp"

namespace bulkdrop::record {
namespace {

unsigned mode_of(const std::string& path) {
  struct stat status {};
  BOOST_TEST_REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

bool is_usage(const Error& error) {
  return error.code() == ExitCode::usage;
}
bool is_io(const Error& error) {
  return error.code() == ExitCode::run_directory;
}

// The working directory, put back afterwards.
class InDirectory {
 public:
  explicit InDirectory(const std::string& path) : before_(std::filesystem::current_path()) {
    std::filesystem::current_path(path);
  }
  InDirectory(const InDirectory&) = delete;
  InDirectory& operator=(const InDirectory&) = delete;
  ~InDirectory() { std::filesystem::current_path(before_); }

 private:
  std::filesystem::path before_;
};

BOOST_AUTO_TEST_SUITE(run_directory)

BOOST_AUTO_TEST_CASE(a_new_directory_is_private_whatever_the_umask) {
  const test::TempDir dir;
  for (const mode_t mask : {0U, 022U, 0777U}) {
    const std::string path = dir.path("run" + std::to_string(mask));
    const mode_t before = ::umask(mask);
    const RunDirectory run(path, kNow, "5e884898");
    ::umask(before);
    BOOST_TEST(run.path() == path);
    BOOST_TEST(mode_of(path) == 0700U, "umask " << mask);
  }
}

BOOST_AUTO_TEST_CASE(an_empty_directory_is_taken_and_made_private) {
  const test::TempDir dir;
  std::filesystem::create_directory(dir.path("empty"));
  ::chmod(dir.path("empty").c_str(), 0755);
  const RunDirectory run(dir.path("empty/"), kNow, "5e884898");
  BOOST_TEST(run.path() == dir.path("empty"));
  BOOST_TEST(run.file("input") == dir.path("empty/input"));
  BOOST_TEST(mode_of(run.path()) == 0700U);
}

BOOST_AUTO_TEST_CASE(the_default_name_says_when_and_which_run) {
  const test::TempDir dir;
  const InDirectory here(dir.path());
  const RunDirectory run("", kNow, "5e884898");
  BOOST_TEST(run.path() == "bulkdrop-20261121T030405Z-5e884898");
  BOOST_TEST(std::filesystem::is_directory(dir.path(run.path())));
}

BOOST_AUTO_TEST_CASE(a_directory_with_anything_in_it_is_refused_and_left_alone) {
  const test::TempDir dir;
  std::filesystem::create_directory(dir.path("full"));
  ::chmod(dir.path("full").c_str(), 0755);
  const std::string file = dir.file("full/.hidden", "x");
  BOOST_CHECK_EXCEPTION(RunDirectory(dir.path("full"), kNow, "5e884898"), Error, is_usage);
  BOOST_TEST(mode_of(dir.path("full")) == 0755U);
  BOOST_TEST(std::filesystem::exists(file));
}

BOOST_AUTO_TEST_CASE(a_file_of_that_name_is_refused) {
  const test::TempDir dir;
  BOOST_CHECK_EXCEPTION(RunDirectory(dir.file("file", "x"), kNow, "5e884898"), Error, is_usage);
}

BOOST_AUTO_TEST_CASE(what_is_in_use_is_refused_beforehand_and_left_alone) {
  const test::TempDir dir;
  const std::string file = dir.file("file", "x");
  BOOST_CHECK_EXCEPTION(RunDirectory::check_usable(dir.path()), Error, is_usage);
  BOOST_CHECK_EXCEPTION(RunDirectory::check_usable(file), Error, is_usage);
  BOOST_CHECK_EXCEPTION(RunDirectory::check_usable(dir.path("a/b")), Error, is_io);
  RunDirectory::check_usable(dir.path("new/"));
  BOOST_TEST(!std::filesystem::exists(dir.path("new")));
  std::filesystem::create_directory(dir.path("empty"));
  const std::string input = dir.file("empty/input", "");
  RunDirectory::check_usable(dir.path("empty"));
  BOOST_TEST(std::filesystem::exists(input));
  const RunDirectory taken(dir.path("empty"), kNow, "5e884898");
}

BOOST_AUTO_TEST_CASE(where_nothing_can_be_made_the_directory_above_is_not_called_missing) {
  const auto says_so = [](const Error& error) {
    const std::string_view what = error.what();
    return is_io(error) && what.find("can't be written: No such file") != std::string_view::npos &&
           what.find("does not exist") == std::string_view::npos;
  };
  BOOST_CHECK_EXCEPTION(RunDirectory("/proc/run", kNow, "5e884898"), Error, says_so);
  const InDirectory here("/proc");
  BOOST_CHECK_EXCEPTION(RunDirectory("", kNow, "5e884898"), Error, says_so);
}

BOOST_AUTO_TEST_CASE(a_directory_above_it_that_is_missing_is_named) {
  const test::TempDir dir;
  BOOST_CHECK_EXCEPTION(RunDirectory(dir.path("a/b"), kNow, "5e884898"), Error, [](const Error& error) {
    return is_io(error) && std::string_view(error.what()).find("the directory above it does not exist") !=
                               std::string_view::npos;
  });
}

BOOST_AUTO_TEST_CASE(two_runs_never_share_a_directory) {
  const test::TempDir dir;
  const RunDirectory first(dir.path("run"), kNow, "5e884898");
  BOOST_CHECK_EXCEPTION(RunDirectory(dir.path("run"), kNow, "12345678"), Error, is_usage);
}

// Only root can make a directory of somebody else.
BOOST_AUTO_TEST_CASE(a_directory_of_another_user_is_refused) {
  if (::geteuid() != 0) {
    BOOST_TEST_MESSAGE("not root: not checked");
    return;
  }
  const test::TempDir dir;
  ::chmod(dir.path().c_str(), 0755);
  std::filesystem::create_directory(dir.path("theirs"));
  ::chmod(dir.path("theirs").c_str(), 0777);
  BOOST_TEST_REQUIRE(::seteuid(65534) == 0);
  std::optional<ExitCode> code;
  try {
    const RunDirectory run(dir.path("theirs"), kNow, "5e884898");
  } catch (const Error& error) {
    code = error.code();
  }
  BOOST_TEST_REQUIRE(::seteuid(0) == 0);
  BOOST_TEST((code == ExitCode::usage));
}

BOOST_AUTO_TEST_CASE(discard_removes_what_is_ours_and_the_directory_that_we_made) {
  const test::TempDir dir;
  RunDirectory run(dir.path("run"), kNow, "5e884898");
  for (const char* name : {"run.json", "input", "sessions.csv", "failed.jsonl"}) {
    BOOST_TEST(std::filesystem::exists(dir.file(std::string("run/") + name, "x")));
  }
  run.discard();
  BOOST_TEST(!std::filesystem::exists(dir.path("run")));
}

BOOST_AUTO_TEST_CASE(discard_leaves_a_directory_that_was_there_before) {
  const test::TempDir dir;
  std::filesystem::create_directory(dir.path("empty"));
  RunDirectory run(dir.path("empty"), kNow, "5e884898");
  BOOST_TEST(std::filesystem::exists(dir.file("empty/input", "x")));
  run.discard();
  BOOST_TEST(std::filesystem::is_empty(dir.path("empty")));
}

BOOST_AUTO_TEST_CASE(discard_never_touches_a_file_that_is_not_ours) {
  const test::TempDir dir;
  RunDirectory run(dir.path("run"), kNow, "5e884898");
  const std::string note = dir.file("run/note.txt", "x");
  run.discard();
  BOOST_TEST(std::filesystem::exists(note));
}

BOOST_AUTO_TEST_CASE(discard_leaves_a_run_that_did_start) {
  const test::TempDir dir;
  RunDirectory run(dir.path("run"), kNow, "5e884898");
  const std::string journal = dir.file("run/journal.jsonl", "x");
  const std::string input = dir.file("run/input", "x");
  run.discard();
  BOOST_TEST(std::filesystem::exists(journal));
  BOOST_TEST(std::filesystem::exists(input));
}

BOOST_AUTO_TEST_CASE(what_is_left_of_a_run_that_never_began_is_taken_over) {
  const test::TempDir dir;
  std::filesystem::create_directory(dir.path("run"));
  for (const char* name : {"run.json.tmp-a1B2c3", ".bulkdrop-a1B2c3", "input"})
    static_cast<void>(dir.file(std::string("run/") + name, ""));
  static_cast<void>(dir.file("run/run.json", run_json(sample_run(3))));
  const RunDirectory run(dir.path("run"), kNow, "5e884898");
  BOOST_TEST(std::filesystem::is_empty(run.path()));
}

BOOST_AUTO_TEST_CASE(what_may_be_of_use_to_somebody_is_not_taken_over_and_nothing_is_removed) {
  const std::string ours = run_json(sample_run(3));
  const std::vector<std::pair<std::string, std::string>> kept = {{"journal.jsonl", ""},
                                                                 {"input", "an ID\n"},
                                                                 {"run.json", "{\"mine\":1}"},
                                                                 {"mine.json.tmp-a1B2c3", ""},
                                                                 {"run.json.tmp-a1B2c34", ""},
                                                                 {"sessions.csv", ""},
                                                                 {"begun", ""},
                                                                 {".bulkdrop-a1B2c3d", ""}};
  for (const auto& [name, content] : kept) {
    const test::TempDir dir;
    std::filesystem::create_directory(dir.path("run"));
    static_cast<void>(dir.file("run/run.json", ours));
    static_cast<void>(dir.file("run/run.json.tmp-a1B2c3", "x"));
    static_cast<void>(dir.file("run/" + name, content));
    BOOST_CHECK_EXCEPTION(RunDirectory(dir.path("run"), kNow, "5e884898"), Error, is_usage);
    BOOST_TEST(test::slurp(dir.path("run/" + name)) == content, name);
    BOOST_TEST(std::filesystem::exists(dir.path("run/run.json.tmp-a1B2c3")));
  }
  const test::TempDir dir;
  std::filesystem::create_directories(dir.path("run/run.json"));
  BOOST_CHECK_EXCEPTION(RunDirectory(dir.path("run"), kNow, "5e884898"), Error, is_usage);
}

BOOST_AUTO_TEST_CASE(what_a_killed_process_was_still_writing_is_removed_and_nothing_else) {
  const test::TempDir dir;
  { const RunDirectory run(dir.path("run"), kNow, "5e884898"); }
  for (const char* name : {"sessions.csv.tmp-a1B2c3", "run.json.tmp-XXXXXX", ".bulkdrop-a1B2c3"})
    static_cast<void>(dir.file(std::string("run/") + name, "x"));
  const std::vector<std::string> kept = {"sessions.csv",         "sessions.csv.tmp-a1B2c34",
                                         "notes.csv.tmp-a1B2c3", "sessions.csv.tmp-a1",
                                         "journal.jsonl",        "input",
                                         "journal.jsonl.tmp-a1", ".bulkdrop-a1B2c3d"};
  for (const std::string& name : kept) static_cast<void>(dir.file("run/" + name, "x"));
  RunDirectory::reopen(dir.path("run")).remove_leftovers();
  for (const std::string& name : kept) BOOST_TEST(std::filesystem::exists(dir.path("run/" + name)), name);
  const std::filesystem::directory_iterator entries(dir.path("run"));
  BOOST_TEST(static_cast<std::size_t>(std::distance(begin(entries), end(entries))) == kept.size());
}

BOOST_AUTO_TEST_CASE(run_ids_are_eight_hex_digits_and_differ) {
  const std::string id = new_run_id();
  BOOST_TEST(id.size() == 8U);
  BOOST_TEST(id.find_first_not_of("0123456789abcdef") == std::string::npos);
  BOOST_TEST(id != new_run_id());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop::record
