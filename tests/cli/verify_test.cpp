// `drop --verify` and `bulkdrop verify`: the run against the server's own session list.

#include <algorithm>
#include <filesystem>

#include "cli/dropping.hpp"

namespace bulkdrop::test {
namespace {

Finished dropped(const TempDir& here, const Sandbox& sandbox, const Words& more) {
  return run(drop(here, Words{"--yes", "--out", "run"} + at(sandbox) + more));
}

Words server_of(const Sandbox& sandbox) {
  return {"--token-file", sandbox.token_file()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(verify)

BOOST_AUTO_TEST_CASE(all_gone_and_proven) {
  const Sandbox sandbox(50);
  const TempDir here;
  const Finished finished = dropped(here, sandbox, {"--verify", sandbox.export_file()});
  BOOST_TEST(finished.exit_code == 0, finished.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  check_against_ledger(run, sandbox);
  BOOST_TEST(run.number("/verified/listed") == 50U);
  BOOST_TEST(run.number("/verified/ended") == 50U);
  BOOST_TEST(run.number("/verified/still_alive") == 0U);
  BOOST_TEST(run.number("/verified/not_listed") == 0U);
  BOOST_TEST(run.text("/verified/at").size() == 24U);
  BOOST_TEST(has(finished.out, "0 still alive, 0 not listed"), finished.out);
}

BOOST_AUTO_TEST_CASE(without_the_option_nothing_is_verified) {
  const Sandbox sandbox(3);
  const TempDir here;
  const Finished finished = dropped(here, sandbox, {sandbox.export_file()});
  BOOST_TEST(finished.exit_code == 0, finished.err);
  BOOST_TEST(RunDirectory(here.path("run")).text("/verified") == "null");
}

BOOST_AUTO_TEST_CASE(sessions_that_ended_without_a_trustworthy_answer_are_ended) {
  const Sandbox sandbox(60, {"--faults", "reset=20%"});
  const TempDir here;
  const Finished finished = dropped(here, sandbox, {"--verify", "--canary", "0", sandbox.export_file()});
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  BOOST_TEST(finished.exit_code == 0, finished.err + finished.out);
  BOOST_TEST(run.count("dropped") + run.count("ended") == 60U);
  BOOST_TEST(run.count("ended") > 0U);
  for (const SessionRow& row : run.rows()) {
    if (row.status != "ended") continue;
    BOOST_TEST(row.reason == "listed_ended");
    BOOST_TEST(row.message.starts_with("listed as ended at 20"), row.message);
  }
  // All of them are gone: nothing is left to feed in again.
  const std::string failed = slurp(run.file("failed.csv"));
  BOOST_TEST(std::count(failed.begin(), failed.end(), '\n') <= 1);
}

BOOST_AUTO_TEST_CASE(sessions_that_somebody_else_ended_are_ended_and_a_made_up_one_stays_failed) {
  const Sandbox sandbox(10);
  const TempDir here;
  const TempDir before;
  const auto ids = ids_of(sandbox);
  BOOST_REQUIRE(ids.size() == 10U);
  put(before, "some.txt", ids[2] + "\n" + ids[5] + "\n");
  BOOST_REQUIRE(dropped(before, sandbox, {"some.txt"}).exit_code == 0);
  std::string all;
  for (const std::string& id : ids) all += id + "\n";
  put(here, "all.txt", all + made_up_id(1) + "\n");
  const Finished finished = dropped(here, sandbox, {"--verify", "all.txt"});
  BOOST_TEST(finished.exit_code == 1, finished.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  BOOST_TEST(run.count("dropped") == 8U);
  BOOST_TEST(run.count("ended") == 2U);
  BOOST_TEST(run.rows().back().reason == "drop_error");
  BOOST_TEST(run.number("/verified/not_listed") == 1U);
}

BOOST_AUTO_TEST_CASE(a_server_that_says_dropped_and_lets_the_session_live_is_found_out) {
  const Sandbox sandbox(6, {"--faults", "false_success=each:3"});
  const TempDir here;
  const Finished finished = dropped(here, sandbox, {"--verify", "--canary", "0", sandbox.export_file()});
  BOOST_TEST(finished.exit_code == 1, finished.err);
  BOOST_TEST((finished.took >= Milliseconds(10'000)));
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  BOOST_REQUIRE(run.count("failed") > 0U);
  for (const SessionRow& row : run.rows()) {
    if (row.status != "failed") continue;
    BOOST_TEST(row.reason == "still_alive");
    BOOST_TEST(has(row.message, "still listed as active: user "), row.message);
    BOOST_TEST(has(finished.err, row.session_id), finished.err);
    BOOST_TEST(has(finished.out, row.session_id), finished.out);
    BOOST_TEST(has(slurp(run.file("failed.csv")), row.session_id));
  }
  BOOST_TEST(run.number("/verified/still_alive") == run.count("failed"));
}

BOOST_AUTO_TEST_CASE(proof_that_was_asked_for_and_cannot_be_had_is_told_by_the_exit_code) {
  const Sandbox sandbox(5, {"--faults", "list.not_authorized=first:1000"});
  const TempDir here;
  const Finished finished = dropped(here, sandbox, {"--verify", sandbox.export_file()});
  BOOST_TEST(finished.exit_code == 1, finished.err);
  BOOST_TEST(has(finished.err, "error: --verify: there is no session list"), finished.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  BOOST_TEST(run.count("dropped") == 5U);
  BOOST_TEST(run.text("/verified") == "null");
}

BOOST_AUTO_TEST_CASE(how_often_a_list_is_asked_for_is_not_what_attempts_says_and_the_message_says_so) {
  const Sandbox sandbox(2, {"--faults", "list.unavailable=first:1000"});
  const TempDir here;
  const Finished finished = dropped(here, sandbox, {"--verify", "--attempts", "2", sandbox.export_file()});
  BOOST_TEST(finished.exit_code == 1, finished.err);
  BOOST_TEST(has(finished.err, "no list in 5 attempts (--attempts counts those of a drop); the last time"),
             finished.err);
}

BOOST_AUTO_TEST_CASE(proof_that_is_missing_is_told_by_every_report_until_it_is_there) {
  const Sandbox sandbox(10, {"--faults", "list.not_authorized=first:1"});
  const TempDir here;
  const Finished finished = dropped(here, sandbox, {"--verify", "-q", sandbox.export_file()});
  BOOST_TEST(finished.exit_code == 1, finished.err);
  BOOST_TEST(has(finished.err, "--verify: there is no session list"), finished.err);
  const std::string page = slurp(here.path("run/report.html"));
  const std::string totals = slurp(here.path("run/summary.json"));
  const Finished again = run(bulkdrop(here, {"report", "run"}));
  BOOST_TEST(again.exit_code == 1, again.err);
  BOOST_TEST(slurp(here.path("run/report.html")) == page);
  BOOST_TEST(slurp(here.path("run/summary.json")) == totals);
  BOOST_TEST(has(page, "<h1 class=\"bad\">All 10 drops were confirmed, but the proof"), page.substr(0, 500));
  for (const std::string& text : {finished.out, again.out}) {
    BOOST_TEST(has(text, "All 10 drops were confirmed, but the proof that was asked for is missing."), text);
    BOOST_TEST(has(text, "Verified  no: asked for, but no list came"), text);
    BOOST_TEST(has(text, "    bulkdrop verify run --token-file "), text);
  }
  const Finished verified = run(bulkdrop(here, Words{"verify", "run"} + server_of(sandbox)));
  BOOST_TEST(verified.exit_code == 0, verified.err);
  BOOST_TEST(has(verified.out, "All 10 sessions are gone."), verified.out);
  BOOST_TEST(!has(verified.out, "asked for"), verified.out);
}

BOOST_AUTO_TEST_CASE(what_was_dropped_after_the_list_is_not_called_alive) {
  const Sandbox sandbox(8, {"--faults", "reset:dead=first:2"});
  const TempDir here;
  BOOST_TEST(dropped(here, sandbox, {"--canary", "0", "--attempts", "1", sandbox.export_file()}).exit_code ==
             1);
  const Finished found = run(bulkdrop(here, Words{"verify", "run"} + server_of(sandbox)));
  BOOST_TEST(found.exit_code == 1, found.err);
  BOOST_TEST(has(found.out, "2 still alive"), found.out);
  BOOST_TEST(has(found.out, "    2 × still listed as active\n"), found.out);
  BOOST_TEST(has(found.out, "bulkdrop resume run --retry failed,unknown --token-file"), found.out);
  const Finished again =
      run(bulkdrop(here, Words{"resume", "run", "--yes", "--retry", "failed,unknown"} + server_of(sandbox)));
  BOOST_TEST(again.exit_code == 0, again.err);
  BOOST_TEST(!has(again.out, "Still alive"), again.out);
  BOOST_TEST(has(again.out, ", before the last 2 results"), again.out);
  BOOST_TEST(has(again.out, "    bulkdrop verify run --token-file"), again.out);
  BOOST_TEST(RunDirectory(here.path("run")).number("/verified/still_alive") == 0U);
  const Finished verified = run(bulkdrop(here, Words{"verify", "run"} + server_of(sandbox)));
  BOOST_TEST(verified.exit_code == 0, verified.err);
  BOOST_TEST(!has(verified.out, "verify"), verified.out);
}

BOOST_AUTO_TEST_CASE(a_stream_is_verified_at_its_end) {
  const Sandbox sandbox(6, {"--faults", "reset=each:1"});
  const TempDir here;
  Command command =
      drop(here, Words{"--stream", "--verify", "--yes", "--canary", "0", "--out", "run"} + at(sandbox));
  command.input = slurp(sandbox.export_file());
  const Finished finished = run(command);
  BOOST_TEST(finished.exit_code == 0, finished.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  BOOST_TEST(run.count("ended") == 6U);
}

BOOST_AUTO_TEST_CASE(a_stopped_run_is_not_verified_and_says_so) {
  const Sandbox sandbox(5, {"--faults", "not_authorized=first:1000"});
  const TempDir here;
  const Finished finished = dropped(here, sandbox, {"--verify", sandbox.export_file()});
  BOOST_TEST(finished.exit_code == 4, finished.err);
  BOOST_TEST(has(finished.err, "the run was stopped: its outcome is not held against"), finished.err);
  BOOST_TEST(RunDirectory(here.path("run")).text("/verified") == "null");
}

BOOST_AUTO_TEST_CASE(a_dry_run_with_verify_is_a_dry_run) {
  const Sandbox sandbox(5);
  const TempDir here;
  const Finished finished = run(drop(here, {"--dry-run", "--verify", sandbox.export_file()}));
  BOOST_TEST(finished.exit_code == 0, finished.err);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(verify_command)

BOOST_AUTO_TEST_CASE(a_run_that_is_over_is_settled_and_its_reports_are_written_again) {
  const Sandbox sandbox(60, {"--faults", "reset=20%"});
  const TempDir here;
  const Finished first =
      dropped(here, sandbox, {"--reason", "INC-7", "--canary", "0", sandbox.export_file()});
  BOOST_TEST(first.exit_code == 1, first.err);
  std::string before;
  {
    const RunDirectory run(here.path("run"));
    BOOST_REQUIRE(run.count("unknown") > 0U);
    before = run.summary_text();
  }
  const Finished verified = run(bulkdrop(here, Words{"verify", "run"} + server_of(sandbox)));
  BOOST_TEST(verified.exit_code == 0, verified.err);
  BOOST_TEST(has(verified.out, "All 60 sessions are gone."), verified.out);
  const RunDirectory run(here.path("run"));
  check_accounts(run, verified);
  BOOST_TEST(run.count("dropped") + run.count("ended") == 60U);
  BOOST_TEST(run.number("/verified/ended") == 60U);
  BOOST_TEST(run.text("/reason") == "INC-7");
  // All that the list says nothing about is as the run left it.
  for (const char* member :
       {"\"started_at\"", "\"finished_at\"", "\"p90\"", "\"sent\"", "\"last\"", "\"url\""}) {
    const std::size_t at = before.find(member);
    BOOST_REQUIRE(at != std::string::npos);
    const std::string line = before.substr(at, before.find('\n', at) - at);
    BOOST_TEST(has(run.summary_text(), line), line + " in " + run.summary_text());
  }
}

BOOST_AUTO_TEST_CASE(to_verify_twice_gives_the_same_files) {
  const Sandbox sandbox(8, {"--faults", "lie_flag:dead=each:9"});
  const TempDir here;
  const auto ids = ids_of(sandbox);
  put(here, "ids.txt", ids[0] + "\n" + ids[1] + "\nno ID\n" + ids[0] + "\n" + made_up_id(3) + "\n");
  dropped(here, sandbox, {"--attempts", "2", "--canary", "0", "ids.txt"});
  const Words words = Words{"verify", "run", "--json"} + server_of(sandbox);
  const Finished first = run(bulkdrop(here, words));
  BOOST_TEST(first.exit_code == 1, first.err);
  std::vector<std::string> files;
  for (const char* name : {"sessions.csv", "sessions.jsonl", "failed.csv"})
    files.push_back(slurp(here.path("run/" + std::string(name))));
  BOOST_TEST(has(files[0], "still_alive"), files[0]);
  const Finished second = run(bulkdrop(here, words));
  BOOST_TEST(second.exit_code == 1, second.err);
  std::size_t i = 0;
  for (const char* name : {"sessions.csv", "sessions.jsonl", "failed.csv"})
    BOOST_TEST(slurp(here.path("run/" + std::string(name))) == files[i++], name);
  const auto without_time = [](std::string text) { return text.erase(text.find("\"at\""), 32); };
  BOOST_TEST(without_time(second.out) == without_time(first.out));
  check_accounts(RunDirectory(here.path("run")), second);
}

BOOST_AUTO_TEST_CASE(a_run_over_standard_input_is_verified_from_its_copy) {
  for (const bool stream : {false, true}) {
    const Sandbox sandbox(6, {"--faults", "reset=each:1"});
    const TempDir here;
    Command command = drop(here, Words{"--yes", "--canary", "0", "--out", "run"} + at(sandbox) +
                                     (stream ? Words{"--stream"} : Words{}));
    command.input = slurp(sandbox.export_file());
    BOOST_TEST(run(command).exit_code == 1);
    const Finished verified = run(bulkdrop(here, Words{"verify", "run"} + server_of(sandbox)));
    BOOST_TEST(verified.exit_code == 0, verified.err);
    const RunDirectory run(here.path("run"));
    check_accounts(run, verified);
    BOOST_TEST(run.rows().front().source == "-");
    BOOST_TEST(run.count("ended") == 6U);
  }
}

BOOST_AUTO_TEST_CASE(a_stopped_run_keeps_what_stopped_it) {
  const Sandbox sandbox(5, {"--faults", "not_authorized=first:1000"});
  const TempDir here;
  const Finished stopped = dropped(here, sandbox, {sandbox.export_file()});
  BOOST_TEST(stopped.exit_code == 4, stopped.err);
  const std::string sessions = slurp(here.path("run/sessions.csv"));
  for (int i = 0; i < 2; ++i) {
    const Finished verified = run(bulkdrop(here, Words{"verify", "run"} + server_of(sandbox)));
    BOOST_TEST(verified.exit_code == 1, verified.err);
    BOOST_TEST(has(verified.out, "Stopped (auth): "), verified.out);
    const RunDirectory run(here.path("run"));
    check_accounts(run, verified);
    BOOST_TEST(run.text("/stopped_by") == "auth");
    BOOST_TEST(run.count("unsent") == 5U);
    BOOST_TEST(run.number("/verified/still_alive") == 5U);
    BOOST_TEST(slurp(here.path("run/sessions.csv")) == sessions);
  }
}

BOOST_AUTO_TEST_CASE(a_changed_input_is_refused) {
  const Sandbox sandbox(3);
  const TempDir here;
  const auto ids = ids_of(sandbox);
  put(here, "ids.txt", ids[0] + "\n" + ids[1] + "\n");
  BOOST_TEST(dropped(here, sandbox, {"ids.txt"}).exit_code == 0);
  const std::string summary = slurp(here.path("run/summary.json"));
  const std::string journal = slurp(here.path("run/journal.jsonl"));
  const auto refused = [&](std::string_view what) {
    const Finished finished = run(bulkdrop(here, Words{"verify", "run"} + server_of(sandbox)));
    BOOST_TEST(finished.exit_code == 3, finished.err);
    BOOST_TEST(has(finished.err, "ids.txt"), finished.err);
    BOOST_TEST(has(finished.err, what), finished.err);
  };
  put(here, "ids.txt", ids[0] + "\n" + ids[2] + "\n");
  refused("SHA-256");
  put(here, "ids.txt", ids[0] + "\n");
  refused("bytes");
  std::filesystem::remove(here.path("ids.txt"));
  refused("No such file");
  BOOST_TEST(slurp(here.path("run/summary.json")) == summary);
  BOOST_TEST(slurp(here.path("run/journal.jsonl")) == journal);
}

BOOST_AUTO_TEST_CASE(a_run_that_is_still_going_on_is_left_alone) {
  const Sandbox sandbox(3);
  const TempDir here;
  Command command = drop(here, Words{"--stream", "--yes", "--out", "run"} + at(sandbox));
  command.keep_input_open = true;
  Process going(command);
  going.write(ids_of(sandbox).front() + "\n");
  BOOST_TEST_REQUIRE(asked(sandbox, 1), going.err());
  const Finished finished = run(bulkdrop(here, Words{"verify", "run"} + server_of(sandbox)));
  BOOST_TEST(finished.exit_code == 2, finished.err);
  BOOST_TEST(has(finished.err, "still going on"), finished.err);
  going.close_input();
  BOOST_TEST(going.wait(Milliseconds(20'000)).exit_code == 0);
  BOOST_TEST(run(bulkdrop(here, Words{"verify", "run"} + server_of(sandbox))).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(without_a_list_nothing_changes_and_the_exit_code_says_why) {
  const Sandbox sandbox(3, {"--faults", "list.not_authorized=first:1000"});
  const TempDir here;
  BOOST_TEST(dropped(here, sandbox, {sandbox.export_file()}).exit_code == 0);
  const std::string summary = slurp(here.path("run/summary.json"));
  const Finished finished = run(bulkdrop(here, Words{"verify", "run"} + server_of(sandbox)));
  BOOST_TEST(finished.exit_code == 4, finished.err);
  BOOST_TEST(finished.out == "");
  BOOST_TEST(slurp(here.path("run/summary.json")) == summary);
}

BOOST_AUTO_TEST_CASE(a_torn_journal_is_mended_before_it_is_gone_on_with) {
  const Sandbox sandbox(6, {"--faults", "reset=each:1"});
  const TempDir here;
  BOOST_TEST(dropped(here, sandbox, {"--canary", "0", sandbox.export_file()}).exit_code == 1);
  const std::string journal = slurp(here.path("run/journal.jsonl"));
  put(here, "run/journal.jsonl", journal + R"({"k":"result","row":0,"id":"3fc)");
  for (int i = 0; i < 2; ++i) {
    const Finished finished = run(bulkdrop(here, Words{"verify", "run"} + server_of(sandbox)));
    BOOST_TEST(finished.exit_code == 0, finished.err);
  }
  BOOST_TEST(slurp(here.path("run/journal.jsonl")).starts_with(journal));
}

BOOST_AUTO_TEST_CASE(what_is_no_run_and_what_is_another_server_is_refused) {
  const Sandbox sandbox(2);
  const TempDir here;
  BOOST_TEST(dropped(here, sandbox, {sandbox.export_file()}).exit_code == 0);
  std::filesystem::create_directory(here.path("empty"));
  const auto refused = [&](const Words& words, std::string_view what) {
    const Finished finished = run(bulkdrop(here, Words{"verify"} + words + server_of(sandbox)));
    BOOST_TEST(finished.exit_code == 2, finished.err);
    BOOST_TEST(has(finished.err, what), finished.err);
  };
  refused({}, "verify RUN_DIR");
  refused({"run", "other"}, "'other'");
  refused({"nowhere"}, "nowhere");
  refused({"empty"}, "holds no run");
  refused({"run", "--url", "https://other.example"}, sandbox.url());
  const Finished same =
      run(bulkdrop(here, Words{"verify", "run", "--url", sandbox.url() + "/"} + server_of(sandbox)));
  BOOST_TEST(same.exit_code == 0, same.err);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
