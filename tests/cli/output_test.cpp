// What leaves the program: the record and who may read it, and lines for people.
#include <csignal>
#include <deque>
#include <filesystem>
#include <utility>

#include "cli/dropping.hpp"
#include "cli/listening_port.hpp"
#include <unistd.h>

namespace bulkdrop::test {

namespace {

// What only a shell can do to a program: close its descriptors, limit it, leave its output unread.
Command in_shell(const TempDir& directory, const std::string& line) {
  Command shell;
  shell.program = "/bin/sh";
  shell.directory = directory.path();
  shell.arguments = {"-c", line};
  return shell;
}

// A file that a shell makes is there before what is written into it is.
std::string line_in(const std::string& path) {
  std::string text;
  for (int i = 0; i < 400 && !text.ends_with('\n'); ++i) {
    if (std::filesystem::exists(path)) text = slurp(path);
    ::usleep(50'000);
  }
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(output)

BOOST_AUTO_TEST_CASE(a_run_directory_that_holds_anything_is_refused_before_anything_is_sent) {
  const ListeningPort server;
  const TempDir here;
  put(here, "ids.txt", made_up_id(1) + "\n");
  put(here, "file", "mine");
  std::filesystem::create_directory(here.path("used"));
  put(here, "used/notes", "mine");
  for (const char* out : {"used", "file"}) {
    const Finished finished = run(drop(here, {"--url", server.url(), "--token-file", here.file("token", "t"),
                                              "--yes", "--out", out, "ids.txt"}));
    BOOST_TEST(finished.exit_code == 2, finished.err);
    BOOST_TEST(has(finished.err, out), finished.err);
  }
  BOOST_TEST(!server.was_called());
  BOOST_TEST(slurp(here.path("used/notes")) == "mine");
  BOOST_TEST(slurp(here.path("file")) == "mine");
}

BOOST_AUTO_TEST_CASE(an_empty_run_directory_is_taken_and_closed_to_others) {
  const Sandbox sandbox(1);
  const TempDir here;
  std::filesystem::create_directory(here.path("empty"));
  std::filesystem::permissions(here.path("empty"), std::filesystem::perms(0755));
  const Finished finished =
      run(drop(here, at(sandbox) + Words{"--yes", "--out", "empty", sandbox.export_file()}));
  BOOST_TEST(finished.exit_code == 0, finished.err);
  BOOST_TEST(mode_of(here.path("empty")) == 0700U);
}

BOOST_AUTO_TEST_CASE(progress_is_shown_when_asked_for_and_not_otherwise) {
  const std::vector<std::pair<Words, bool>> all = {{{"--progress", "always"}, true},
                                                   {{"--progress", "never"}, false},
                                                   {{"-q"}, false},
                                                   {{"-q", "--progress", "always"}, true}};
  std::deque<Sandbox> sandboxes;  // they mostly wait: all at once
  std::deque<Process> processes;
  const TempDir here;
  for (const auto& [words, shown] : all) {
    sandboxes.emplace_back(12, Words{"--latency", "250ms", "--workers", "2"});
    processes.emplace_back(
        drop(here, at(sandboxes.back()) + Words{"--yes", sandboxes.back().export_file()} + words));
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Finished finished = processes[i].wait();
    BOOST_TEST(finished.exit_code == 0, finished.err);
    BOOST_TEST(!has(finished.err, "\x1b"));
    BOOST_TEST(has(undated(finished.err), "/12") == all[i].second, finished.err);
  }
}

BOOST_AUTO_TEST_CASE(a_terminal_has_one_live_line_that_is_gone_at_the_end) {
  const TempDir here;
  const Sandbox sandbox(12, {"--latency", "250ms", "--workers", "2"});
  Command command = drop(here, at(sandbox) + Words{"--yes", sandbox.export_file()});
  command.on_terminal = true;
  const Finished finished = run(command);
  BOOST_TEST(finished.exit_code == 0, finished.err);
  BOOST_TEST(has(finished.err, "/12"));
  BOOST_TEST(has(finished.err, "\r"));
  // Between the last answer and the end, it is not what it was when that answer came.
  BOOST_TEST(has(finished.err, "12/12"), finished.err);
  BOOST_TEST(has(finished.err, "listening"), finished.err);
  BOOST_TEST(finished.err.ends_with("\x1b[K"), finished.err);
  BOOST_TEST(!has(finished.out, "\x1b"));
}

BOOST_AUTO_TEST_CASE(an_output_that_is_the_purpose_and_cannot_be_written_is_7) {
  const Sandbox sandbox(3);
  const TempDir here;
  BOOST_TEST_REQUIRE(
      run(drop(here, at(sandbox) + Words{"--yes", "--out", "run", sandbox.export_file()})).exit_code == 0);
  const std::string dry_run = " drop --dry-run " + sandbox.export_file();
  for (const std::string& line :
       {std::string(" report run"), std::string(" report run --json"), dry_run, dry_run + " --json",
        std::string(" resume run --dry-run"), std::string(" --version"), std::string(" drop --help")})
    for (const char* output : {" > /dev/full", " >&-"}) {
      const Finished finished = run(in_shell(here, "exec " + std::string(BULKDROP_BINARY) + line + output));
      BOOST_TEST(finished.exit_code == 7, line + output + finished.err);
      BOOST_TEST(has(finished.err, "error: standard output can't be written: "),
                 line + output + finished.err);
    }
}

BOOST_AUTO_TEST_CASE(work_that_is_done_keeps_its_code_and_says_where_its_summary_is) {
  for (const char* output : {" > /dev/full", " >&-"}) {
    const Sandbox sandbox(3);
    const TempDir here;
    std::string line = std::string(BULKDROP_BINARY) + " drop --json -q --yes --out run";
    for (const std::string& word : at(sandbox) + Words{sandbox.export_file()}) line += " '" + word + "'";
    const Finished finished = run(in_shell(here, "exec " + line + output));
    BOOST_TEST(finished.exit_code == 0, finished.err);
    BOOST_TEST(has(finished.err, "warning: standard output can't be written: "), finished.err);
    BOOST_TEST(has(finished.err, "its summary is in run/summary.json\n"), finished.err);
    BOOST_TEST(RunDirectory(here.path("run")).count("dropped") == 3U);
  }
}

BOOST_AUTO_TEST_CASE(a_terminal_without_a_kind_gets_plain_lines) {
  const TempDir here;
  const Sandbox sandbox(12, {"--latency", "250ms", "--workers", "2"});
  Command command = drop(here, at(sandbox) + Words{"--yes", sandbox.export_file()});
  command.on_terminal = true;
  command.environment["TERM"] = "";
  const Finished finished = run(command);
  BOOST_TEST(finished.exit_code == 0, finished.err);
  BOOST_TEST(!has(finished.err, "\x1b"), finished.err);
}

BOOST_AUTO_TEST_CASE(who_has_the_time_already_gets_lines_without_it) {
  const TempDir here;
  Command command = drop(here, {"--yse"});
  command.on_terminal = true;
  BOOST_TEST(run(command).err.starts_with("bulkdrop: error: "));
  // As systemd connects a service with its journal.
  Command shell;
  shell.program = "/bin/sh";
  shell.directory = here.path();
  const std::string yse = std::string(BULKDROP_BINARY) + " drop --yse";
  shell.arguments = {"-c", "JOURNAL_STREAM=$(stat -Lc %d:%i /proc/self/fd/2) exec " + yse};
  const Finished in_journal = run(shell);
  BOOST_TEST(in_journal.err.starts_with("bulkdrop: error: "), in_journal.err);
  // What came from there and goes elsewhere now.
  shell.arguments = {"-c", "JOURNAL_STREAM=1:2 exec " + yse};
  BOOST_TEST(undated(run(shell).err).starts_with("bulkdrop: error: "));
}

BOOST_AUTO_TEST_CASE(verbose_tells_of_every_failed_attempt_and_quiet_of_none) {
  const TempDir here;
  const auto told = [&](const Words& words) {
    const Sandbox sandbox(3, {"--faults", "drop_error=each:1"});
    const Finished finished = run(drop(here, at(sandbox) + Words{"--yes", sandbox.export_file()} + words));
    BOOST_TEST(finished.exit_code == 0, finished.err);
    std::size_t lines = 0;
    for (std::size_t at = finished.err.find("drop_error"); at != std::string::npos;
         at = finished.err.find("drop_error", at + 1))
      ++lines;
    return lines;
  };
  BOOST_TEST(told({"-v"}) == 3U);
  BOOST_TEST(told({}) == 0U);
  BOOST_TEST(told({"-q"}) == 0U);
}

BOOST_AUTO_TEST_CASE(closed_standard_descriptors_do_not_let_output_into_the_record) {
  const Sandbox sandbox(3);
  const TempDir here;
  const Command shell =
      in_shell(here, "exec " + std::string(BULKDROP_BINARY) + " drop --url " + sandbox.url() +
                         " --token-file " + sandbox.token_file() + " --yes -v --progress always --out run " +
                         sandbox.export_file() + " <&- >&- 2>&-");
  const Finished finished = run(shell);
  BOOST_TEST(finished.exit_code == 0);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  for (const auto& entry : std::filesystem::directory_iterator(run.path())) {
    const std::string text = slurp(entry.path().string());
    if (entry.path().extension() == ".html") {  // which says so itself
      BOOST_TEST(text.starts_with("<!doctype html>"));
      BOOST_TEST(text.ends_with("</html>\n"));
    } else {
      BOOST_TEST(!has(text, "sessions are gone"), entry.path().string());
    }
  }
}

BOOST_AUTO_TEST_CASE(an_error_that_nobody_can_be_told_still_has_its_exit_code) {
  const TempDir here;
  for (const char* where : {"2>/dev/full", "2>&-"}) {
    const Command shell =
        in_shell(here, "exec " + std::string(BULKDROP_BINARY) + " drop --dry-run missing.csv " + where);
    BOOST_TEST(run(shell).exit_code == 3, where);
  }
  // A standard input that is closed is not one that is empty.
  const Finished closed = run(in_shell(here, "exec " + std::string(BULKDROP_BINARY) + " drop --dry-run <&-"));
  BOOST_TEST(closed.exit_code == 3, closed.err);
}

BOOST_AUTO_TEST_CASE(a_summary_that_finds_no_room_is_missed) {
  const TempDir here;
  put(here, "ids.txt", made_up_id(1) + "\n");
  const Command shell =
      in_shell(here, "exec " + std::string(BULKDROP_BINARY) + " drop --dry-run ids.txt >/dev/full");
  BOOST_TEST(has(run(shell).err, "standard output can't be written: "));
}

BOOST_AUTO_TEST_CASE(a_reader_that_leaves_is_no_error_of_the_run) {
  const Sandbox sandbox(3);
  const TempDir here;
  const Command shell = in_shell(here, "{ " + std::string(BULKDROP_BINARY) + " drop --url " + sandbox.url() +
                                           " --token-file " + sandbox.token_file() + " --yes --out run " +
                                           sandbox.export_file() + "; echo $? >code; } | exec true");
  run(shell);
  BOOST_TEST(line_in(here.path("code")) == "0\n");
}

// As somebody scrolling back in a pager does.
BOOST_AUTO_TEST_CASE(a_reader_that_stops_reading_stops_no_run) {
  const Sandbox sandbox(3000, {"--faults", "drop_error=1"});
  const TempDir here;
  const Command shell =
      in_shell(here, "{ " + std::string(BULKDROP_BINARY) + " drop --url " + sandbox.url() + " --token-file " +
                         sandbox.token_file() + " --yes -v --out run " + sandbox.export_file() +
                         "; echo $? >code; } 2>&1 >/dev/null | sleep 60");
  Process process(shell);
  BOOST_TEST(line_in(here.path("code")) == "1\n");
  process.signal(SIGTERM);
}

BOOST_AUTO_TEST_CASE(a_server_that_needs_more_open_files_than_there_are_is_not_asked) {
  const Sandbox sandbox(3);
  const TempDir here;
  const Command shell = in_shell(here, "ulimit -n 60; exec " + std::string(BULKDROP_BINARY) + " drop --url " +
                                           sandbox.url() + " --token-file " + sandbox.token_file() +
                                           " --yes --out run " + sandbox.export_file());
  const Finished finished = run(shell);
  BOOST_TEST(finished.exit_code == 2);
  BOOST_TEST(has(finished.err, "--concurrency"), finished.err);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
