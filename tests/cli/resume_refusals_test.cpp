// What a run that is taken up again must not do: end a session that was to be kept, follow a record that was
// changed, call itself proven or complete when it is not.
#include <csignal>
#include <filesystem>

#include "cli/stopped_run.hpp"
#include <unistd.h>

namespace bulkdrop::test {
BOOST_AUTO_TEST_SUITE(resuming_safely)

BOOST_AUTO_TEST_CASE(a_session_that_was_protected_stays_protected) {
  const Sandbox sandbox(100, kRoomy);
  const TempDir here;
  const auto ids = ids_of(sandbox);
  put(here, "keep.txt", ids[98] + "\n");
  const Words words = {"--yes", "--out", "run", "--protect", "keep.txt", sandbox.export_file()};
  ended_by(SIGKILL, drop(here, at(sandbox) + kSlowly + words), sandbox, 5);
  put(here, "keep.txt", ids[97] + "\n");  // as many as before
  for (const Finished& refused : {run(resume(here, sandbox)), report(here)}) {
    BOOST_TEST(refused.exit_code == 3, refused.err);
    BOOST_TEST(has(refused.err, "keep.txt"), refused.err);
  }
  BOOST_TEST(sandbox.ledger().count(ids[98]) == 0U);
  put(here, "keep.txt", ids[98] + "\n");
  const Finished finished = run(resume(here, sandbox, kQuickly));
  BOOST_TEST(finished.exit_code <= 1, finished.err);
  BOOST_TEST(RunDirectory(here.path("run")).count("protected") == 1U);
}

BOOST_AUTO_TEST_CASE(a_run_that_was_killed_while_it_was_verified_is_not_called_proven) {
  const Sandbox sandbox(20, {"--faults", "false_success=every:4,list.stall=first:1"});
  const TempDir here;
  Process process(
      drop(here, at(sandbox) + Words{"--yes", "--verify", "--out", "run", sandbox.export_file()}));
  BOOST_TEST_REQUIRE(recorded(here.path("run/journal.jsonl"), R"("by":"verify")"), process.err());
  ::usleep(500'000);  // the list that never comes is asked for
  ended_by(SIGKILL, process);
  const Finished reported = report(here);
  BOOST_TEST(reported.exit_code == 1, reported.err);
  BOOST_TEST(has(reported.out, "cut off"), reported.out);
  BOOST_TEST(has(reported.out, "bulkdrop resume run"), reported.out);
  const Finished finished = run(resume(here, sandbox));
  BOOST_TEST(finished.exit_code == 1, finished.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  BOOST_TEST(run.number("/verified/still_alive") == 5U);
  BOOST_TEST(sandbox.requests() == 20U);
}

BOOST_AUTO_TEST_CASE(the_server_of_the_journal_counts_and_no_other) {
  const StoppedRun stopped(SIGKILL);
  const Sandbox other(StoppedRun::kSessions);
  const std::string url = stopped.sandbox().url();
  std::string text = slurp(stopped.file("run.json"));
  text.replace(text.find(url), url.size(), other.url());
  put(stopped.here(), "run/run.json", text);
  const Finished refused = stopped.resume();
  BOOST_TEST(refused.exit_code == 7, refused.err);
  BOOST_TEST(has(refused.err, url), refused.err);
  BOOST_TEST(other.requests() == 0U);
}

BOOST_AUTO_TEST_CASE(without_its_input_a_run_names_the_way_out) {
  const Sandbox sandbox(5);
  const TempDir here;
  put(here, "ids.txt", made_up_id(1) + "\n");
  run(drop(here, at(sandbox) + Words{"--yes", "--out", "run", "ids.txt"}));
  const auto refused = [&](std::string_view words) {
    for (const Finished& finished : {run(resume(here, sandbox, {"--retry", "failed"})), report(here)}) {
      BOOST_TEST(finished.exit_code == 3, finished.err);
      BOOST_TEST(has(finished.err, words), finished.err);
    }
  };
  put(here, "ids.txt", made_up_id(2) + "\n");
  refused("it stands in run/failed.csv");
  std::filesystem::remove(here.path("ids.txt"));
  refused("it stands in run/failed.csv");
  std::filesystem::remove(here.path("run/failed.csv"));
  refused("bulkdrop list --active");
}

BOOST_AUTO_TEST_CASE(a_dry_run_tells_what_is_left_and_sends_nothing) {
  const StoppedRun stopped;
  const std::size_t before = stopped.sandbox().requests();
  const Finished dry = run(bulkdrop(stopped.here(), {"resume", "run", "--dry-run"}));
  BOOST_TEST(dry.exit_code == 0, dry.err);
  BOOST_TEST(has(dry.out, std::to_string(StoppedRun::kSessions - before) + " sessions"), dry.out);
  Command by_variable = resume(stopped.here(), stopped.sandbox());
  by_variable.environment = {{"BULKDROP_DRY_RUN", "true"}};
  BOOST_TEST(has(run(by_variable).out, "nothing was sent"));
  BOOST_TEST(stopped.sandbox().requests() == before);
  BOOST_TEST(stopped.resume().exit_code == 0);
}

// The signal came with the last answer: all is done, and yet it was stopped.
BOOST_AUTO_TEST_CASE(a_run_that_was_stopped_when_nothing_was_left_can_be_finished) {
  const Sandbox sandbox(3, {"--latency", "1s"});
  const TempDir here;
  Process process(
      drop(here, at(sandbox) + Words{"--yes", "--canary", "3", "--out", "run", sandbox.export_file()}));
  BOOST_TEST_REQUIRE(recorded(here.path("run/journal.jsonl"), R"("row":1,)"), process.err());
  sandbox.freeze();
  BOOST_TEST_REQUIRE(tells(process, "window 1/"), process.err());  // the last one is under way
  process.signal(SIGTERM);
  BOOST_TEST(process.shows("Waiting for 1 request in flight"), process.err());
  sandbox.thaw();
  BOOST_TEST(process.wait().exit_code == 143);
  BOOST_TEST_REQUIRE(RunDirectory(here.path("run")).count("dropped") == 3U);
  const Finished finished = run(resume(here, sandbox));
  BOOST_TEST(finished.exit_code == 0, finished.err);
  BOOST_TEST(RunDirectory(here.path("run")).text("/stopped_by") == "null");
  BOOST_TEST(sandbox.requests() == 3U);
}

BOOST_AUTO_TEST_CASE(a_finished_run_needs_no_login_and_nobody_to_ask) {
  const Sandbox sandbox(4);
  const TempDir here;
  BOOST_TEST(run(drop(here, at(sandbox) + Words{"--yes", "--out", "run", sandbox.export_file()})).exit_code ==
             0);
  const Finished again = run(bulkdrop(here, {"resume", "run"}));
  BOOST_TEST(again.exit_code == 0, again.err);
  BOOST_TEST(has(again.err, "nothing is left"), again.err);
  BOOST_TEST(sandbox.requests() == 4U);
}

BOOST_AUTO_TEST_CASE(a_finished_run_can_still_be_verified_when_that_is_asked_for) {
  const Sandbox sandbox(8, {"--faults", "false_success=every:4"});
  const TempDir here;
  BOOST_TEST(run(drop(here, at(sandbox) + Words{"--yes", "--out", "run", sandbox.export_file()})).exit_code ==
             0);
  const Finished verified = run(resume(here, sandbox, {"--verify"}));
  BOOST_TEST(verified.exit_code == 1, verified.err);
  BOOST_TEST(RunDirectory(here.path("run")).number("/verified/still_alive") == 2U);
  BOOST_TEST(sandbox.requests() == 8U);
}

BOOST_AUTO_TEST_CASE(what_a_killed_run_left_in_its_pipe_is_not_forgotten) {
  const Sandbox sandbox(10);
  const TempDir here;
  Command command = drop(here, at(sandbox) + Words{"--yes", "--stream", "--out", "run"});
  command.keep_input_open = true;
  Process process(command);
  process.write(slurp(sandbox.export_file()));
  BOOST_TEST_REQUIRE(asked(sandbox, 10), process.err());
  BOOST_TEST_REQUIRE(recorded(here.path("run/journal.jsonl"), R"("row":9,)"), process.err());
  ended_by(SIGKILL, process);
  for (int i = 0; i < 2; ++i) {
    const Finished finished = run(resume(here, sandbox));
    BOOST_TEST(finished.exit_code == 1, finished.err);
    BOOST_TEST(has(finished.out, "a pipe that had not ended"), finished.out);
  }
  BOOST_TEST(RunDirectory(here.path("run")).count("dropped") == 10U);
  BOOST_TEST(sandbox.requests() == 10U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
