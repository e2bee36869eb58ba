// `bulkdrop resume` and `bulkdrop report`: a run that was killed, stopped or is over, taken up again.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>

#include "cli/stopped_run.hpp"
#include <unistd.h>

namespace bulkdrop::test {
namespace {

Command slow_run(const TempDir& here, const Sandbox& sandbox, const Words& words = {}) {
  return drop(here, at(sandbox) + Words{"--yes", "--out", "run"} + words + Words{sandbox.export_file()});
}

// What must hold however often the run was killed: nothing is lost, and nothing is called dropped that did
// not end; what ended is dropped or in doubt.
void check_nothing_lost(const RunDirectory& run, const Sandbox& sandbox, std::size_t sessions) {
  BOOST_TEST(run.rows().size() == sessions);
  const auto ledger = sandbox.ledger();
  for (const SessionRow& row : run.rows()) {
    const auto entry = ledger.find(row.session_id);
    const int ended = entry == ledger.end() ? 0 : entry->second.ended;
    if (row.status == "dropped") BOOST_TEST(ended == 1, row.session_id);
    if (ended == 1)
      BOOST_TEST((row.status == "dropped" || row.status == "unknown"), row.session_id + " " + row.status);
  }
}

std::size_t asked_twice(const Sandbox& sandbox) {
  const auto ledger = sandbox.ledger();
  return static_cast<std::size_t>(std::count_if(
      ledger.begin(), ledger.end(), [](const auto& entry) { return entry.second.answers.size() > 1; }));
}

std::map<std::string, std::string> reports(const TempDir& here) {
  std::map<std::string, std::string> all;
  for (const char* name :
       {"sessions.csv", "sessions.jsonl", "failed.csv", "failed.jsonl", "report.html", "summary.json"})
    if (std::filesystem::exists(here.path(std::string("run/") + name)))
      all[name] = slurp(here.path(std::string("run/") + name));
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(resuming)

BOOST_AUTO_TEST_CASE(a_killed_run_is_finished_and_only_what_was_in_flight_is_asked_for_twice) {
  constexpr std::size_t kSessions = 240;
  const Sandbox sandbox(kSessions, kRoomy);
  const TempDir here;
  ended_by(SIGKILL, slow_run(here, sandbox, {"--concurrency", "8", "--fixed-concurrency"}), sandbox, 24);
  BOOST_TEST(!std::filesystem::exists(here.path("run/summary.json")));
  const Finished finished = run(resume(here, sandbox, kQuickly));
  BOOST_TEST((finished.exit_code == 0 || finished.exit_code == 1), finished.err);
  const RunDirectory run(here.path("run"));
  check_nothing_lost(run, sandbox, kSessions);
  BOOST_TEST(run.count("dropped") + run.count("unknown") == kSessions);
  BOOST_TEST(run.count("unknown") <= 8U);
  BOOST_TEST(asked_twice(sandbox) <= 8U);
  BOOST_TEST(run.text("/stopped_by") == "null");
}

BOOST_AUTO_TEST_CASE(it_may_be_killed_again_and_again) {
  constexpr std::size_t kSessions = 240;
  const Sandbox sandbox(kSessions, kRoomy);
  const TempDir here;
  ended_by(SIGKILL, slow_run(here, sandbox, {"--concurrency", "4", "--fixed-concurrency"}), sandbox, 20);
  for (std::size_t kill = 2; kill <= 6; ++kill)
    ended_by(SIGKILL, resume(here, sandbox), sandbox, sandbox.requests() + 12);
  const Finished finished = run(resume(here, sandbox, kQuickly));
  const RunDirectory run(here.path("run"));
  check_nothing_lost(run, sandbox, kSessions);
  BOOST_TEST(run.count("dropped") + run.count("unknown") == kSessions, finished.err);
  BOOST_TEST(asked_twice(sandbox) <= 6U * 4U);
}

BOOST_AUTO_TEST_CASE(the_reports_of_a_killed_run_say_what_is_known_and_that_it_was_cut_off) {
  const StoppedRun stopped(SIGKILL, {}, 20);
  const Finished finished = stopped.report();
  BOOST_TEST(finished.exit_code == 1, finished.err);
  BOOST_TEST(has(finished.out, "cut off"), finished.out);
  BOOST_TEST(has(finished.out, "bulkdrop resume run"), finished.out);
  const RunDirectory run = stopped.rows();
  check_nothing_lost(run, stopped.sandbox(), StoppedRun::kSessions);
  BOOST_TEST(run.count("dropped") >= 15U);
  BOOST_TEST(run.count("unsent") > 0U);
  BOOST_TEST(stopped.sandbox().requests() < StoppedRun::kSessions);  // nothing more was sent
}

BOOST_AUTO_TEST_CASE(after_ctrl_c_it_goes_on_exactly_where_it_stopped) {
  const StoppedRun stopped;
  BOOST_TEST(stopped.left() > 0U);
  const Finished finished = stopped.resume();
  BOOST_TEST(finished.exit_code == 0, finished.err);
  const RunDirectory run = stopped.rows();
  check_accounts(run, finished);
  check_against_ledger(run, stopped.sandbox());
  stopped.check_all_dropped();
  BOOST_TEST(run.text("/stopped_by") == "null");
}

BOOST_AUTO_TEST_CASE(a_finished_run_says_so_and_exits_as_it_did) {
  const Sandbox sandbox(20);
  const TempDir here;
  put(here, "ids", made_up_id(1) + "\n");
  for (const bool fails : {false, true}) {
    const Finished first =
        run(drop(here, at(sandbox) + Words{"--yes", "--out", "run", fails ? "ids" : sandbox.export_file()}));
    BOOST_TEST(first.exit_code == (fails ? 1 : 0));
    const auto before = reports(here);
    const std::size_t requests = sandbox.requests();
    const Finished finished = run(resume(here, sandbox));
    BOOST_TEST(finished.exit_code == first.exit_code, finished.err);
    BOOST_TEST(has(finished.err + finished.out, "nothing is left"), finished.err);
    BOOST_TEST(has(finished.err, "1 failed: `bulkdrop resume run --retry failed --token-file") == fails,
               finished.err);
    BOOST_TEST(sandbox.requests() == requests);
    BOOST_TEST((reports(here) == before));
    std::filesystem::remove_all(here.path("run"));
  }
}

BOOST_AUTO_TEST_CASE(retry_sends_failed_and_unknown_rows_again) {
  const Sandbox sandbox(30, {"--faults", "drop_error=each:2"});
  const TempDir here;
  const Finished first = run(slow_run(here, sandbox, {"--concurrency", "1", "--canary", "0"}));
  BOOST_TEST(first.exit_code == 1);
  const std::uint64_t failed = RunDirectory(here.path("run")).count("failed");
  BOOST_TEST_REQUIRE(failed > 0U);
  BOOST_TEST(run(resume(here, sandbox)).exit_code == 1);  // not by itself
  const Finished finished = run(resume(here, sandbox, {"--retry", "failed,unknown"}));
  BOOST_TEST(finished.exit_code == 0, finished.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  check_against_ledger(run, sandbox);
  BOOST_TEST(run.count("dropped") == 30U);
}

// Those were waiting for their next attempt when it was stopped: nobody has given them up.
BOOST_AUTO_TEST_CASE(what_a_stop_kept_from_its_next_attempt_is_sent_again) {
  for (const char* fault : {"gateway_timeout:dead=each:1", "drop_error=each:1"}) {
    const Sandbox sandbox(40, {"--faults", fault});
    const TempDir here;
    const Finished stopped =
        run(slow_run(here, sandbox,
                     {"--canary", "0", "--fixed-concurrency", "--concurrency", "32", "--deadline", "30ms"}));
    BOOST_TEST(stopped.exit_code == 6, stopped.err);
    const RunDirectory before(here.path("run"));
    BOOST_TEST(before.count("unknown") + before.count("failed") > 0U, stopped.out);
    const Finished finished = run(resume(here, sandbox, {"--deadline", "10m"}));
    BOOST_TEST(finished.exit_code == 0, finished.out << finished.err);
    const RunDirectory after(here.path("run"));
    check_accounts(after, finished);
    check_against_ledger(after, sandbox);
    BOOST_TEST(after.count("dropped") == 40U);
  }
}

BOOST_AUTO_TEST_CASE(doubt_outlives_the_process_that_had_it) {
  const Sandbox sandbox(6, {"--faults", "reset:done=100%"});
  const TempDir here;
  const Finished first = run(slow_run(here, sandbox, {"--canary", "0", "--attempts", "1"}));
  BOOST_TEST(first.exit_code == 1, first.err);
  BOOST_TEST(RunDirectory(here.path("run")).count("unknown") == 6U);
  // The sessions have ended: a server that answers says drop error, which proves nothing now.
  put(here, "journal", slurp(here.path("run/journal.jsonl")));
  const Finished finished = run(resume(here, sandbox, {"--retry", "unknown", "--attempts", "1"}));
  BOOST_TEST(finished.exit_code == 1);
  const RunDirectory run(here.path("run"));
  BOOST_TEST(run.count("unknown") == 6U);
  for (const SessionRow& row : run.rows()) BOOST_TEST(row.attempts == 2U);
}

BOOST_AUTO_TEST_CASE(what_is_not_the_run_any_more_is_refused_and_nothing_is_sent) {
  const Sandbox sandbox(100, kRoomy);
  const TempDir here;
  put(here, "ids.csv", slurp(sandbox.export_file()));
  ended_by(SIGINT, drop(here, at(sandbox) + kSlowly + Words{"--yes", "--out", "run", "ids.csv"}), sandbox, 6);
  const std::size_t requests = sandbox.requests();
  const auto refused = [&](const Words& words, int code, std::string_view says) {
    const Finished finished = run(resume(here, sandbox, words));
    BOOST_TEST(finished.exit_code == code, finished.err);
    BOOST_TEST(has(finished.err, says), finished.err);
    BOOST_TEST(sandbox.requests() == requests);
  };
  refused({"--url", "http://127.0.0.1:1"}, 2, "on no other server");
  refused({"--retry", "dropped"}, 2, "neither failed nor unknown");
  refused({"--max-sessions", "1"}, 5, "--max-sessions");
  const std::string input = slurp(here.path("ids.csv"));
  std::string other = input;
  other[other.find('\n') + 3] ^= 1;
  put(here, "ids.csv", other);
  refused({}, 3, "ids.csv: has other content");
  std::filesystem::remove(here.path("ids.csv"));
  refused({}, 3, "ids.csv");
  put(here, "ids.csv", input);
  std::string journal = slurp(here.path("run/journal.jsonl"));
  std::string damaged = journal;
  damaged[journal.size() / 2] ^= 1;
  put(here, "run/journal.jsonl", damaged);
  refused({}, 7, "at byte");
  put(here, "run/journal.jsonl", journal);
  const Finished nobody = run(bulkdrop(here, {"resume", "run", "--token-file", sandbox.token_file()}));
  BOOST_TEST(nobody.exit_code == 2, nobody.err);
  const Finished finished = run(resume(here, sandbox, kQuickly));
  BOOST_TEST(finished.exit_code == 0, finished.err);
}

BOOST_AUTO_TEST_CASE(one_process_at_a_time) {
  const Sandbox sandbox(100, kRoomy);
  const TempDir here;
  Process process(slow_run(here, sandbox, kSlowly));
  BOOST_TEST_REQUIRE(asked(sandbox, 3), process.err());
  const Finished second = run(resume(here, sandbox));
  BOOST_TEST(second.exit_code == 2, second.err);
  BOOST_TEST(has(second.err, "still going on"), second.err);
  // The first one has not noticed.
  const Finished first = ended_by(SIGINT, process);
  const RunDirectory run(here.path("run"));
  check_accounts(run, first);
  check_against_ledger(run, sandbox);
}

BOOST_AUTO_TEST_CASE(standard_input_is_taken_up_from_its_copy) {
  constexpr std::size_t kSessions = 100;
  for (const bool stream : {false, true}) {
    const Sandbox fresh(kSessions, kRoomy);
    const TempDir here;
    Command command = drop(
        here, at(fresh) + kSlowly + Words{"--yes", "--out", "run"} + (stream ? Words{"--stream"} : Words{}));
    command.keep_input_open = true;
    Process process(command);
    process.write(slurp(fresh.export_file()));
    process.close_input();
    ended_by(SIGKILL, process, fresh, 10);
    const Finished finished = run(resume(here, fresh, kQuickly));
    const RunDirectory run(here.path("run"));
    check_nothing_lost(run, fresh, kSessions);
    BOOST_TEST(run.count("dropped") + run.count("unknown") == kSessions, finished.err);
  }
}

// A pipe that broke off in the middle of a line: what stands there is no ID that anybody sent.
BOOST_AUTO_TEST_CASE(half_a_line_of_a_stream_that_was_killed_is_no_row) {
  const Sandbox sandbox(3);
  const TempDir here;
  Command command = drop(here, at(sandbox) + Words{"--yes", "--stream", "--out", "run"});
  command.keep_input_open = true;
  Process process(command);
  process.write(made_up_id(1) + "\n" + made_up_id(2).substr(0, 35));
  ended_by(SIGKILL, process, sandbox, 1);
  static_cast<void>(run(resume(here, sandbox)));
  const RunDirectory run(here.path("run"));
  BOOST_TEST(run.rows().size() == 1U);
  const auto ledger = sandbox.ledger();
  BOOST_TEST(ledger.count(made_up_id(2).substr(0, 35)) == 0U);
}

// Nobody knows what else would have come.
BOOST_AUTO_TEST_CASE(a_stream_that_was_killed_is_not_reported_as_if_it_were_over) {
  const Sandbox sandbox(3);
  const TempDir here;
  Command command = drop(here, at(sandbox) + Words{"--yes", "--stream", "--out", "run"});
  command.keep_input_open = true;
  Process process(command);
  const std::string all = slurp(sandbox.export_file());
  process.write(all.substr(0, all.rfind('\n', all.size() - 2) + 1));
  for (const char* row : {R"("row":0,)", R"("row":1,)"})
    BOOST_TEST_REQUIRE(recorded(here.path("run/journal.jsonl"), row), process.err());
  ended_by(SIGKILL, process);
  const Finished reported = report(here);
  BOOST_TEST(reported.exit_code == 1, reported.err);
  BOOST_TEST(has(reported.out, "cut off"), reported.out);
  BOOST_TEST(has(reported.out, "bulkdrop resume run"), reported.out);
  BOOST_TEST(RunDirectory(here.path("run")).count("dropped") == 2U);
  BOOST_TEST(run(resume(here, sandbox)).exit_code == 1);
}

BOOST_AUTO_TEST_CASE(a_run_can_be_taken_up_from_any_directory) {
  const Sandbox sandbox(100, kRoomy);
  const TempDir here;
  const TempDir elsewhere;
  put(here, "ids.csv", slurp(sandbox.export_file()));
  put(here, "keep.txt", made_up_id(1) + "\n");
  ended_by(
      SIGINT,
      drop(here, at(sandbox) + kSlowly + Words{"--yes", "--out", "run", "--protect", "keep.txt", "ids.csv"}),
      sandbox, 6);
  const Finished finished = run(resume(elsewhere, sandbox, kQuickly, here.path("run")));
  BOOST_TEST(finished.exit_code == 0, finished.err);
}

BOOST_AUTO_TEST_CASE(every_report_is_made_again_byte_for_byte) {
  for (const Words& how : {Words{}, Words{"--verify"}, Words{"--max-failures", "3"}, Words{"--stream"}}) {
    const Sandbox fresh(60, {"--faults", "drop_error=every:7,reset=every:23,throttle=30-30"});
    const TempDir here;
    const Finished first = run(slow_run(here, fresh, how));
    const auto before = reports(here);
    BOOST_TEST_REQUIRE(before.size() >= 4U, first.err);
    for (const auto& [name, text] : before) std::filesystem::remove(here.path("run/" + name));
    const Finished again = report(here);
    BOOST_TEST(again.exit_code == first.exit_code, again.err);
    BOOST_TEST(again.out == first.out);
    for (const auto& [name, text] : before)
      BOOST_TEST(slurp(here.path("run/" + name)) == text, name + (how.empty() ? "" : how.front()));
  }
}

BOOST_AUTO_TEST_CASE(the_reports_of_a_run_name_its_place_wherever_they_are_made_again) {
  const Sandbox fresh(6, {"--faults", "drop_error=first:3", "--latency", "1ms"});
  const TempDir here;
  const TempDir elsewhere;
  std::filesystem::create_directories(here.path("deep/er"));
  const Finished first = run(
      drop(here, at(fresh) + Words{"--yes", "--attempts", "1", "--out", "deep/er/run", fresh.export_file()}));
  BOOST_TEST(first.exit_code == 1, first.err);
  const std::string summary = slurp(here.path("deep/er/run/summary.json"));
  const std::string page = slurp(here.path("deep/er/run/report.html"));
  BOOST_TEST(has(summary, "\"run_directory\": \"" + here.path("deep/er/run") + "\""), summary);
  BOOST_TEST(has(page, "<span>cd " + here.path() + " &amp;&amp; bulkdrop verify deep/er/run</span>"));
  BOOST_TEST(has(page, "<span>deep/er/run/failed.csv</span>"));
  std::filesystem::rename(here.path("deep/er/run"), elsewhere.path("moved"));
  for (const char* name : {"summary.json", "report.html"})
    std::filesystem::remove(elsewhere.path("moved/") + name);
  const Finished again = run(bulkdrop(elsewhere, {"report", "moved"}));
  BOOST_TEST(again.exit_code == 1, again.err);
  BOOST_TEST(slurp(elsewhere.path("moved/summary.json")) == summary);
  BOOST_TEST((slurp(elsewhere.path("moved/report.html")) == page));
}

BOOST_AUTO_TEST_CASE(a_directory_without_a_run_is_told_from_one_that_never_began) {
  const Sandbox sandbox(1);
  const TempDir here;
  std::filesystem::create_directory(here.path("run"));
  Finished finished = run(resume(here, sandbox));
  BOOST_TEST(finished.exit_code == 2);
  BOOST_TEST(has(finished.err, "holds no run"), finished.err);
  BOOST_TEST(has(finished.err, "before it began, nothing was sent"), finished.err);
  BOOST_TEST(run(drop(here, at(sandbox) + Words{"--yes", "--out", "old", sandbox.export_file()})).exit_code ==
             0);
  std::filesystem::copy_file(here.path("old/run.json"), here.path("run/run.json"));
  finished = run(resume(here, sandbox));
  BOOST_TEST(finished.exit_code == 2);
  BOOST_TEST(has(finished.err, "before it began: nothing was sent"), finished.err);
  put(here, "run/journal.jsonl", "");
  finished = run(resume(here, sandbox));
  BOOST_TEST(finished.exit_code == 7);
  BOOST_TEST(has(finished.err, "before it began: nothing was sent"), finished.err);
}

// As a kill leaves it that comes while reports are written.
BOOST_AUTO_TEST_CASE(files_that_a_killed_process_left_half_written_are_removed) {
  const Sandbox sandbox(1);
  const TempDir here;
  BOOST_TEST(run(slow_run(here, sandbox)).exit_code == 0);
  for (const char* command : {"resume", "report"}) {
    put(here, "run/sessions.csv.tmp-a1B2c3", "source,line");
    put(here, "run/mine.csv.tmp-a1B2c3", "x");
    BOOST_TEST(
        (command == std::string_view("report") ? report(here) : run(resume(here, sandbox))).exit_code == 0);
    BOOST_TEST(!std::filesystem::exists(here.path("run/sessions.csv.tmp-a1B2c3")));
    BOOST_TEST(std::filesystem::exists(here.path("run/mine.csv.tmp-a1B2c3")));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
