// `--watch`: users who come back after a run are told.

#include <csignal>
#include <filesystem>
#include <set>
#include <thread>

#include "cli/stopped_run.hpp"
#include "support/csv.hpp"

namespace bulkdrop::test {
namespace {

// The first `count` sessions of the export, as a file of its own.
std::string some_of(const Sandbox& sandbox, const TempDir& here, std::size_t count) {
  const std::string all = slurp(sandbox.export_file());
  std::size_t end = 0;
  for (std::size_t line = 0; line <= count; ++line) end = all.find('\n', end) + 1;
  return here.file("some.csv", all.substr(0, end));
}

Finished dropped(const TempDir& here, const Sandbox& sandbox, const Words& more) {
  return run(drop(here, Words{"--yes", "--out", "run"} + at(sandbox) + more));
}

std::set<std::string> opened(const Sandbox& sandbox) {
  std::set<std::string> ids;
  for (const auto& [id, entry] : sandbox.ledger())
    if (entry.opened) ids.insert(id);
  return ids;
}

std::set<std::string> reconnected_ids(const TempDir& here) {
  std::set<std::string> ids;
  const auto rows = parse_csv(slurp(here.path("run/reconnected.csv")));
  for (std::size_t i = 1; i < rows.size(); ++i) ids.insert(rows[i].at(0));
  return ids;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(watch)

BOOST_AUTO_TEST_CASE(who_comes_back_is_told_and_can_be_dropped_again) {
  const Sandbox sandbox(60, {"--reconnect", "50%:500ms"});
  const TempDir here;
  const Finished finished =
      dropped(here, sandbox, {"--watch", "2s", some_of(sandbox, here, 20), "--reason", "INC-7"});
  BOOST_TEST(finished.exit_code == 1, finished.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  check_against_ledger(run, sandbox);
  BOOST_TEST(run.count("dropped") == 20U);
  const auto back = opened(sandbox);
  BOOST_REQUIRE(!back.empty());
  BOOST_TEST(back.size() < 20U);
  BOOST_TEST(reconnected_ids(here) == back, boost::test_tools::per_element());
  BOOST_TEST(run.number("/watched/reconnected") == back.size());
  BOOST_TEST(run.number("/watched/alive") == back.size());
  BOOST_TEST(run.number("/watched/sessions_lost") == 20U);
  BOOST_TEST(run.number("/watched/user_unknown") == 0U);
  BOOST_TEST(run.number("/watched/lists") >= 1U);
  BOOST_TEST(run.flag("/watched/complete"));
  const std::string journal = slurp(run.file("journal.jsonl"));
  for (const std::string& id : back) {
    BOOST_TEST(has(finished.err, "error: session " + id + " was opened by a user who had lost one: user "),
               finished.err);
    BOOST_TEST(has(finished.out, id), finished.out);
    BOOST_TEST(has(journal, R"("kind":"reconnected","text":"session )" + id), journal);
  }
  BOOST_TEST(has(finished.out, "run/reconnected.csv"), finished.out);
  BOOST_TEST(mode_of(run.file("reconnected.csv")) == 0600U);
  BOOST_TEST(run.number("/verified/ended") == 20U);

  const Finished again =
      test::run(drop(here, Words{"--yes", "--out", "again"} + at(sandbox) + Words{"run/reconnected.csv"}));
  BOOST_TEST(again.exit_code == 0, again.err);
  BOOST_TEST(RunDirectory(here.path("again")).count("dropped") == back.size());
}

BOOST_AUTO_TEST_CASE(where_nobody_comes_back_all_is_well) {
  const Sandbox sandbox(20);
  const TempDir here;
  const Finished finished = dropped(here, sandbox, {"--watch", "500ms", "--json", some_of(sandbox, here, 5)});
  BOOST_TEST(finished.exit_code == 0, finished.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  BOOST_TEST(run.number("/watched/reconnected") == 0U);
  BOOST_TEST(has(finished.out, R"("watched":{"from":)"), finished.out);
  BOOST_TEST(reconnected_ids(here).empty());
  // The time of the watch is not the run's.
  BOOST_TEST(run.text("/finished_at") < run.text("/watched/until"));
}

BOOST_AUTO_TEST_CASE(without_the_option_nothing_is_watched) {
  const Sandbox sandbox(3, {"--reconnect", "100%:0.001s"});
  const TempDir here;
  const Finished finished = dropped(here, sandbox, {"--verify", sandbox.export_file()});
  BOOST_TEST(finished.exit_code == 0, finished.err);
  BOOST_TEST(!has(slurp(here.path("run/summary.json")), "watched"));
  BOOST_TEST(!std::filesystem::exists(here.path("run/reconnected.csv")));
}

BOOST_AUTO_TEST_CASE(a_run_that_is_over_is_watched_by_verify_and_keeps_what_was_seen) {
  const Sandbox sandbox(30, {"--reconnect", "100%:200ms"});
  const TempDir here;
  BOOST_TEST(dropped(here, sandbox, {some_of(sandbox, here, 10)}).exit_code == 0);
  const Words verify = Words{"verify", "run", "--token-file", sandbox.token_file()};
  const Finished watched = run(bulkdrop(here, verify + Words{"--watch", "1s", "-q"}));
  BOOST_TEST(watched.exit_code == 1, watched.err);
  {
    const RunDirectory run(here.path("run"));
    check_accounts(run, watched);
    BOOST_TEST(run.number("/watched/reconnected") == 10U);
  }
  BOOST_TEST(reconnected_ids(here) == opened(sandbox), boost::test_tools::per_element());
  for (const std::string& id : opened(sandbox)) BOOST_TEST(has(watched.err, id), watched.err);
  // Without --watch, the list is not asked who came back, and what is known of it stays.
  const Finished verified = run(bulkdrop(here, verify));
  BOOST_TEST(verified.exit_code == 0, verified.err);
  const RunDirectory run(here.path("run"));
  BOOST_TEST(run.number("/watched/reconnected") == 10U);
  BOOST_TEST(has(verified.out, "opened 10 new ones"), verified.out);
}

BOOST_AUTO_TEST_CASE(what_may_be_alive_keeps_its_columns_in_reports_that_are_written_twice) {
  const Sandbox sandbox(20, {"--faults", "drop_error=each:4"});
  const TempDir here;
  dropped(here, sandbox, {sandbox.export_file()});
  const std::string before = slurp(here.path("run/failed.csv"));
  BOOST_TEST_REQUIRE(parse_csv(before).size() > 1U);
  const Words watch = {"verify", "run", "--token-file", sandbox.token_file(), "--watch", "100ms", "-q"};
  const Finished watched = run(bulkdrop(here, watch));
  BOOST_TEST(!has(watched.err, "changed"), watched.err);
  BOOST_TEST(slurp(here.path("run/failed.csv")) == before);
}

BOOST_AUTO_TEST_CASE(a_watch_that_saw_no_list_leaves_what_an_earlier_one_saw) {
  const Sandbox sandbox(30, {"--reconnect", "100%:10ms"});
  const TempDir here;
  BOOST_TEST(dropped(here, sandbox, {"--watch", "300ms", some_of(sandbox, here, 10)}).exit_code == 1);
  Process going(bulkdrop(here, {"verify", "run", "--token-file", sandbox.token_file(), "--watch", "1h"}));
  BOOST_REQUIRE(going.shows("watching for"));
  const Finished finished = ended_by(SIGTERM, going, Milliseconds(20'000));
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  BOOST_TEST(run.number("/watched/reconnected") == 10U);
  BOOST_TEST(reconnected_ids(here).size() == 10U);
}

BOOST_AUTO_TEST_CASE(the_reports_are_there_during_the_watch_and_ctrl_c_ends_only_the_watch) {
  const Sandbox sandbox(30, {"--reconnect", "100%:10ms"});
  const TempDir here;
  Process going(drop(here, Words{"--yes", "--out", "run", "--watch", "1h"} + at(sandbox) +
                               Words{some_of(sandbox, here, 10)}));
  BOOST_REQUIRE(going.shows("watching for 1 h"));
  {
    const RunDirectory run(here.path("run"));
    BOOST_TEST(run.count("dropped") == 10U);
    BOOST_TEST(!has(run.summary_text(), "watched"));
  }
  BOOST_REQUIRE(going.shows("was opened by a user who had lost one"));
  const Finished finished = ended_by(SIGINT, going, Milliseconds(20'000));
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  check_against_ledger(run, sandbox);
  BOOST_TEST(run.text("/stopped_by") == "signal");
  BOOST_TEST(run.number("/watched/reconnected") == 10U);
  BOOST_TEST(!run.flag("/watched/complete"));
  BOOST_TEST(has(finished.out, "All 10 sessions are gone."), finished.out);
  BOOST_TEST(reconnected_ids(here).size() == 10U);
  // The record is whole: it can be worked on.
  const Finished verified =
      test::run(bulkdrop(here, {"verify", "run", "--token-file", sandbox.token_file()}));
  BOOST_TEST(verified.exit_code == 0, verified.err);
}

BOOST_AUTO_TEST_CASE(a_server_that_turns_lists_away_for_a_while_is_asked_again_when_it_wants_it) {
  // Lists 1 and 2 are those of before and of verify.
  const Sandbox sandbox(30, {"--reconnect", "100%:10ms", "--faults", "list.throttle=3-4"});
  const TempDir here;
  const Finished finished = dropped(here, sandbox, {"--watch", "500ms", some_of(sandbox, here, 10)});
  BOOST_TEST(finished.exit_code == 1, finished.err);
  const RunDirectory run(here.path("run"));
  BOOST_TEST(run.flag("/watched/complete"), run.summary_text());
  BOOST_TEST(run.number("/watched/reconnected") == 10U);
  BOOST_TEST(has(finished.err, "throttled"), finished.err);
}

BOOST_AUTO_TEST_CASE(a_token_that_runs_out_is_renewed) {
  const Sandbox sandbox(30, {"--reconnect", "100%:10ms", "--token-ttl", "1s"});
  const TempDir here;
  const Finished finished =
      run(drop(here, Words{"--yes", "--out", "run", "--watch", "3s", "--url", sandbox.url(), "--client-id",
                           std::string(Sandbox::kClientId), "--client-secret-file",
                           sandbox.client_secret_file(), some_of(sandbox, here, 10)}));
  BOOST_TEST(finished.exit_code == 1, finished.err);
  BOOST_TEST(RunDirectory(here.path("run")).number("/watched/reconnected") == 10U);
}

BOOST_AUTO_TEST_CASE(a_stream_is_watched_after_its_end) {
  const Sandbox sandbox(30, {"--reconnect", "100%:10ms"});
  const TempDir here;
  Command command = drop(here, Words{"--stream", "--watch", "1s", "--yes", "--out", "run"} + at(sandbox));
  command.input = slurp(some_of(sandbox, here, 10));
  const Finished finished = run(command);
  BOOST_TEST(finished.exit_code == 1, finished.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  BOOST_TEST(run.number("/watched/reconnected") == 10U);
}

BOOST_AUTO_TEST_CASE(a_client_that_may_not_list_drops_all_the_same_and_is_told) {
  const Sandbox sandbox(5, {"--faults", "list.not_authorized=first:1000"});
  const TempDir here;
  const Finished finished = dropped(here, sandbox, {"--watch", "1s", sandbox.export_file()});
  BOOST_TEST(finished.exit_code == 1, finished.err);
  BOOST_TEST(has(finished.err, "--watch: there is no session list from before the drops"), finished.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  BOOST_TEST(run.count("dropped") == 5U);
  BOOST_TEST((finished.took < Milliseconds(20'000)));
}

BOOST_AUTO_TEST_CASE(a_token_that_the_server_refuses_stops_the_run_before_anything_is_sent) {
  const Sandbox sandbox(5);
  const TempDir here;
  put(here, "bad-token", "not-the-token");
  const Finished finished = run(drop(here, {"--yes", "--out", "run", "--url", sandbox.url(), "--token-file",
                                            "bad-token", "--watch", "1s", sandbox.export_file()}));
  BOOST_TEST(finished.exit_code == 4, finished.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  BOOST_TEST(run.count("unsent") == 5U);
  BOOST_TEST(sandbox.requests() == 0U);
}

BOOST_AUTO_TEST_CASE(ctrl_c_before_the_first_drop_sends_nothing) {
  const Sandbox sandbox(5, {"--faults", "list.stall=first:1000"});
  const TempDir here;
  Process going(drop(
      here, Words{"--yes", "--out", "run", "--watch", "1s"} + at(sandbox) + Words{sandbox.export_file()}));
  BOOST_TEST_REQUIRE(appears(here.path("run/journal.jsonl")), going.err());
  std::this_thread::sleep_for(Milliseconds(200));
  const Finished finished = ended_by(SIGINT, going, Milliseconds(20'000));
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  BOOST_TEST(run.count("unsent") == 5U);
  BOOST_TEST(sandbox.requests() == 0U);
}

BOOST_AUTO_TEST_CASE(a_stopped_run_is_not_watched) {
  const Sandbox sandbox(5, {"--faults", "not_authorized=first:1000"});
  const TempDir here;
  const Finished finished = dropped(here, sandbox, {"--watch", "1h", sandbox.export_file()});
  BOOST_TEST(finished.exit_code == 4, finished.err);
  BOOST_TEST(!has(slurp(here.path("run/summary.json")), "watched"));
}

BOOST_AUTO_TEST_CASE(what_is_no_duration_and_no_zone_is_refused) {
  const Sandbox sandbox(2);
  const TempDir here;
  const auto refused = [&](const Words& words, std::string_view what) {
    const Finished finished = dropped(here, sandbox, words + Words{sandbox.export_file()});
    BOOST_TEST(finished.exit_code == 2, finished.err);
    BOOST_TEST(has(finished.err, what), finished.err);
  };
  refused({"--watch", "soon"}, "--watch: 'soon'");
  refused({"--watch", "0"}, "--watch: '0'");
  refused({"--watch", "1s", "--server-tz", "Nowhere/At_All"}, "'Nowhere/At_All'");
  BOOST_TEST(sandbox.requests() == 0U);
}

BOOST_AUTO_TEST_CASE(the_option_can_come_from_the_environment) {
  const Sandbox sandbox(10);
  const TempDir here;
  Command command = drop(here, Words{"--yes", "--out", "run"} + at(sandbox) + Words{sandbox.export_file()});
  command.environment["BULKDROP_WATCH"] = "500ms";
  command.environment["BULKDROP_SERVER_TZ"] = "America/Sao_Paulo";
  const Finished finished = run(command);
  BOOST_TEST(finished.exit_code == 0, finished.err);
  BOOST_TEST(has(slurp(here.path("run/summary.json")), "\"watched\""));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
