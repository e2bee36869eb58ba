// A disk that is full, broken or gone: before the run and in the middle of it.
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <utility>

#include "cli/dropping.hpp"
#include "support/trouble.hpp"
#include <simdjson.h>
#include <unistd.h>

namespace bulkdrop::test {
namespace {

constexpr std::size_t kSessions = 30;

std::string directory_of_run(const TempDir& here) {
  return here.path("run");
}

Command drop_all(const TempDir& here, const Sandbox& sandbox, const Words& words = {}) {
  return drop(here, at(sandbox) +
                        Words{"--yes", "--json", "--concurrency", "4", "--out", directory_of_run(here)} +
                        words + Words{sandbox.export_file()});
}

Finished go_on(const TempDir& here, const Sandbox& sandbox) {
  return run(
      bulkdrop(here, {"resume", directory_of_run(here), "--yes", "--token-file", sandbox.token_file()}));
}

std::size_t ended(const Sandbox& sandbox) {
  std::size_t count = 0;
  for (const auto& [id, entry] : sandbox.ledger()) count += entry.ended == 1 ? 1 : 0;
  return count;
}

// How many a printed summary says are dropped; nothing if none was printed.
std::optional<std::uint64_t> told_dropped(const Finished& finished) {
  if (finished.out.empty()) return std::nullopt;
  const Json summary(finished.out);
  BOOST_TEST(summary.text("/stopped_by") == "io");
  return summary.number("/counts/dropped");
}

// Once the trouble is over: nothing is lost, and nothing is called dropped that is not.
void check_mended(const TempDir& here, const Sandbox& sandbox, const Finished& first) {
  if (!std::filesystem::exists(here.path("run/journal.jsonl"))) {
    BOOST_TEST(sandbox.requests() == 0U);
    BOOST_TEST(!first.err.empty());
    return;
  }
  const auto told = told_dropped(first);
  if (!told)
    BOOST_TEST((has(first.err, "bulkdrop report ") && has(first.err, "bulkdrop resume ")), first.err);
  if (told) {
    static_cast<void>(run(bulkdrop(here, {"report", directory_of_run(here)})));
    BOOST_TEST(RunDirectory(here.path("run")).count("dropped") >= *told);
    BOOST_TEST(ended(sandbox) >= *told);
  }
  const Finished finished = go_on(here, sandbox);
  BOOST_TEST((finished.exit_code == 0 || finished.exit_code == 1), finished.err);
  const RunDirectory run(here.path("run"));
  BOOST_TEST(run.rows().size() == kSessions);
  BOOST_TEST(run.count("dropped") + run.count("unknown") == kSessions);
  const auto ledger = sandbox.ledger();
  for (const SessionRow& row : run.rows()) {
    const auto entry = ledger.find(row.session_id);
    BOOST_TEST((entry != ledger.end() && entry->second.ended == 1), row.session_id + " " + row.status);
  }
}

// Every call of that kind fails in turn.
void fail_each(Trouble trouble, bool may_be_borne = false) {
  for (trouble.spare = 0; trouble.spare < 200; ++trouble.spare) {
    BOOST_TEST_CONTEXT(trouble.call << " " << trouble.file << " " << trouble.spare) {
      const Sandbox sandbox(kSessions, {"--latency", "3ms", "--workers", "8"});
      const TempDir here;
      const Troubled troubled(directory_of_run(here), trouble);
      const Finished finished = run(troubled(drop_all(here, sandbox)));
      if (!troubled.struck()) {
        BOOST_TEST(finished.exit_code == 0, finished.err);
        BOOST_TEST(trouble.spare > 0);  // it is a call that there is
        return;
      }
      if (may_be_borne && finished.exit_code == 0) continue;
      BOOST_TEST(finished.exit_code == 7, finished.err);
      check_mended(here, sandbox, finished);
    }
  }
  BOOST_TEST(false, "there is no end to these calls");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(disk)

BOOST_AUTO_TEST_CASE(that_is_full_at_any_write_stops_the_run_and_loses_nothing) {
  fail_each({.call = "write", .error = ENOSPC});
}

BOOST_AUTO_TEST_CASE(that_fails_one_write_only_stops_the_run_and_loses_nothing) {
  fail_each({.call = "write", .error = EDQUOT, .times = 1});
}

BOOST_AUTO_TEST_CASE(that_cannot_make_the_record_durable_stops_the_run_and_loses_nothing) {
  fail_each({.call = "fdatasync", .error = EIO, .times = 1});
}

BOOST_AUTO_TEST_CASE(that_is_gone_from_any_sync_on_stops_the_run_and_loses_nothing) {
  fail_each({.call = "fdatasync", .error = EROFS, .all_after = true});
}

BOOST_AUTO_TEST_CASE(that_fails_while_files_are_made_synced_or_renamed_stops_the_run_and_loses_nothing) {
  fail_each({.call = "open", .error = EROFS}, true);
  fail_each({.call = "fsync", .error = EIO, .times = 1});
  fail_each({.call = "rename", .error = EIO, .times = 1});
}

BOOST_AUTO_TEST_CASE(without_room_is_told_before_or_borne) {
  fail_each({.call = "fallocate", .error = ENOSPC}, true);
  fail_each({.call = "fallocate", .error = EIO}, true);
}

BOOST_AUTO_TEST_CASE(that_vanishes_in_the_middle_leaves_what_is_known_on_the_screen) {
  const Sandbox sandbox(kSessions, {"--latency", "100ms", "--workers", "1"});
  const TempDir here;
  Process process(drop_all(here, sandbox));
  BOOST_TEST_REQUIRE(asked(sandbox, 1), process.err());
  std::filesystem::remove_all(directory_of_run(here));
  const Finished finished = process.wait();
  BOOST_TEST(finished.exit_code == 7, finished.err);
  BOOST_TEST(has(finished.err, "vanished while the run went on"), finished.err);
  BOOST_TEST(has(finished.err, " dropped"), finished.err);
  BOOST_TEST(!has(finished.err, "`bulkdrop report"), finished.err);
}

// What is set aside already is sent, and nothing after that.
BOOST_AUTO_TEST_CASE(that_vanishes_ends_the_run_long_before_all_are_sent) {
  for (const bool removed : {true, false}) {
    const Sandbox sandbox(3000, {"--latency", "20ms", "--workers", "8"});
    const TempDir here;
    Process process(drop_all(here, sandbox));
    BOOST_TEST_REQUIRE(asked(sandbox, 20), process.err());
    if (removed)
      std::filesystem::remove_all(directory_of_run(here));
    else
      std::filesystem::rename(directory_of_run(here), here.path("elsewhere"));
    const Finished finished = process.wait();
    BOOST_TEST(finished.exit_code == 7, finished.err);
    BOOST_TEST(sandbox.ledger().size() < 900U);
    if (removed) continue;
    const Finished resumed =
        run(bulkdrop(here, {"resume", "--yes", "elsewhere", "--token-file", sandbox.token_file()}));
    BOOST_TEST((resumed.exit_code == 0 || resumed.exit_code == 1), resumed.err);
  }
}

BOOST_AUTO_TEST_CASE(that_writes_a_few_bytes_at_a_time_is_only_slow) {
  const Sandbox sandbox(kSessions);
  const TempDir here;
  const Finished finished = run(with_short_writes(drop_all(here, sandbox), directory_of_run(here), 7));
  BOOST_TEST(finished.exit_code == 0, finished.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  check_against_ledger(run, sandbox);
}

BOOST_AUTO_TEST_CASE(with_too_little_room_for_the_reports_is_refused_before_the_first_request) {
  const Sandbox sandbox(kSessions);
  const TempDir here;
  const Troubled troubled(directory_of_run(here), {.call = "fallocate", .error = ENOSPC, .file = "#"});
  const Finished finished = run(troubled(drop_all(here, sandbox)));
  BOOST_TEST(finished.exit_code == 7, finished.err);
  BOOST_TEST(has(finished.err, "no room for the record and the reports in"), finished.err);
  BOOST_TEST(has(finished.err, "needs 0.6 MiB, has "), finished.err);
  BOOST_TEST(sandbox.requests() == 0U);
  BOOST_TEST(!std::filesystem::exists(here.path("run")));
}

BOOST_AUTO_TEST_CASE(reports_that_can_still_be_made_are_made) {
  const Sandbox sandbox(kSessions);
  const TempDir here;
  const Troubled troubled(directory_of_run(here), {.call = "rename", .error = EIO, .file = "sessions.csv"});
  const Finished first = run(troubled(drop_all(here, sandbox)));
  BOOST_TEST(first.exit_code == 7, first.err);
  BOOST_TEST(told_dropped(first).value_or(0) == kSessions);
  BOOST_TEST(!std::filesystem::exists(here.path("run/sessions.csv")));
  for (const char* name : {"sessions.jsonl", "failed.csv", "report.html", "summary.json"})
    BOOST_TEST(std::filesystem::exists(here.path(std::string("run/") + name)), name);
  const Finished again = run(bulkdrop(here, {"report", directory_of_run(here), "--json"}));
  BOOST_TEST(again.exit_code == 0, again.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, again);
  check_against_ledger(run, sandbox);
}

BOOST_AUTO_TEST_CASE(that_does_not_take_standard_input_stops_it_before_the_first_request_or_in_a_stream) {
  for (const bool stream : {false, true}) {
    const Sandbox sandbox(kSessions);
    const TempDir here;
    const Troubled troubled(directory_of_run(here), {.call = "write", .error = ENOSPC, .file = "/input"});
    Command command = drop(here, at(sandbox) + Words{"--yes", "--json", "--out", directory_of_run(here)} +
                                     (stream ? Words{"--stream"} : Words{}));
    command.input = slurp(sandbox.export_file());
    const Finished finished = run(troubled(command));
    BOOST_TEST(finished.exit_code == 7, finished.err);
    BOOST_TEST(has(finished.err, "No space left on device"), finished.err);
    BOOST_TEST(has(finished.err, "Nothing was sent") == !stream, finished.err);
    BOOST_TEST(sandbox.requests() == 0U);
    BOOST_TEST(std::filesystem::exists(here.path("run")) == stream);
  }
}

BOOST_AUTO_TEST_CASE(that_does_not_take_the_rows_stops_it_and_says_that_nothing_was_sent) {
  const Sandbox sandbox(kSessions);
  const TempDir here;
  const Troubled troubled(directory_of_run(here), {.call = "write", .error = ENOSPC, .file = "#"});
  const Finished finished = run(troubled(drop_all(here, sandbox)));
  BOOST_TEST_REQUIRE(troubled.struck());
  BOOST_TEST(finished.exit_code == 7, finished.err);
  BOOST_TEST(has(finished.err,
                 "(a copy of the rows there): cannot write: No space left on device. Nothing was "
                 "sent"),
             finished.err);
  BOOST_TEST(sandbox.requests() == 0U);
}

// What is read first is kept in memory; then the rows of a stream go into a file that has no name.
BOOST_AUTO_TEST_CASE(that_does_not_take_the_rows_of_a_stream_stops_it_and_the_record_tells_of_them) {
  for (const char* call : {"write", "read"}) {
    const Sandbox sandbox(kSessions);
    const TempDir here;
    const Troubled troubled(directory_of_run(here), {.call = call, .error = EIO, .file = "#"});
    Command command =
        drop(here, at(sandbox) + Words{"--yes", "--json", "--stream", "--out", directory_of_run(here)});
    command.input = slurp(sandbox.export_file());
    const Finished first = run(troubled(command));
    BOOST_TEST_REQUIRE(troubled.struck());
    BOOST_TEST(first.exit_code == 7, first.err);
    const auto told = told_dropped(first);
    BOOST_TEST_REQUIRE(told.has_value());
    BOOST_TEST(*told == ended(sandbox));
    check_mended(here, sandbox, first);
  }
}

BOOST_AUTO_TEST_CASE(that_nobody_may_write_to_is_refused_before_the_first_request) {
  const Sandbox sandbox(kSessions);
  const TempDir here;
  const Finished finished =
      run(drop(here, at(sandbox) + Words{"--yes", "--out", "/proc/bulkdrop-run", sandbox.export_file()}));
  BOOST_TEST(finished.exit_code == 7, finished.err);
  BOOST_TEST(has(finished.err, "/proc/bulkdrop-run"), finished.err);
  BOOST_TEST(sandbox.requests() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
