// Sessions that were confirmed as gone, that one list has as active, and a second list that does not come.

#include <csignal>

#include "cli/dropping.hpp"
#include <unistd.h>

namespace bulkdrop::test {
namespace {

// Says of some sessions that they were dropped, and lets them live; the first list is had, and no other.
const Words kLiesAndGoesAway = {"--faults", "false_success=20%,list.unavailable=2-1000"};

Words server_of(const Sandbox& sandbox) {
  return {"--token-file", sandbox.token_file()};
}

Command verifying(const TempDir& here, const Sandbox& sandbox) {
  return drop(here, Words{"--yes", "--verify", "--canary", "0", "--out", "run"} + at(sandbox) +
                        Words{sandbox.export_file()});
}

std::size_t really_ended(const Sandbox& sandbox) {
  std::size_t count = 0;
  for (const auto& [id, entry] : sandbox.ledger()) count += entry.ended > 0 ? 1U : 0U;
  return count;
}

// No session is called gone that the list had as active: those are `unknown`, and named everywhere.
void check_doubts(const RunDirectory& run, const Sandbox& sandbox) {
  BOOST_TEST_REQUIRE(run.count("unknown") > 0U);
  BOOST_TEST(run.count("dropped") == really_ended(sandbox));
  BOOST_TEST(run.count("dropped") + run.count("unknown") == 60U);
  const std::string failed = slurp(run.file("failed.csv"));
  const std::string page = slurp(run.file("report.html"));
  for (const SessionRow& row : run.rows()) {
    if (row.status != "unknown") continue;
    BOOST_TEST(row.reason == "still_alive");
    BOOST_TEST(
        row.message.starts_with("listed as active once after the drop was confirmed, and not looked at "
                                "again: user "),
        row.message);
    BOOST_TEST(has(failed, row.session_id));
    BOOST_TEST(has(page, row.session_id));
  }
  BOOST_TEST(has(run.text("/unverified"), "one list came, which had " + std::to_string(run.count("unknown")) +
                                              " sessions as active that were confirmed as gone"),
             run.text("/unverified"));
}

void check_named(const RunDirectory& run, const std::string& text) {
  BOOST_TEST(has(text, "Confirmed as gone, and alive by the server's list"), text);
  for (const SessionRow& row : run.rows())
    BOOST_TEST(has(text, row.session_id) == (row.status == "unknown"), text);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(verify_second_look)

BOOST_AUTO_TEST_CASE(what_the_first_list_had_as_active_is_not_called_dropped) {
  const Sandbox sandbox(60, kLiesAndGoesAway);
  const TempDir here;
  const Finished finished = run(verifying(here, sandbox));
  BOOST_TEST(finished.exit_code == 1, finished.err);
  {
    const RunDirectory dir(here.path("run"));
    check_accounts(dir, finished);
    check_doubts(dir, sandbox);
    check_named(dir, finished.out);
  }
  const std::string totals = slurp(here.path("run/summary.json"));
  const Finished again = run(bulkdrop(here, {"report", "run"}));
  BOOST_TEST(again.exit_code == 1, again.err);
  BOOST_TEST(slurp(here.path("run/summary.json")) == totals);
  const Finished resumed = run(bulkdrop(here, Words{"resume", "run", "--yes"} + server_of(sandbox)));
  BOOST_TEST(resumed.exit_code == 1, resumed.err);
  check_doubts(RunDirectory(here.path("run")), sandbox);
}

BOOST_AUTO_TEST_CASE(a_signal_in_the_wait_for_the_second_list_loses_nothing_and_a_later_list_settles_it) {
  for (const int number : {SIGINT, SIGTERM, SIGKILL}) {
    const Sandbox sandbox(60, {"--faults", "false_success=20%"});
    const TempDir here;
    Process process(verifying(here, sandbox));
    BOOST_TEST_REQUIRE(process.shows("looking again in"), process.err());
    ::usleep(300'000);
    process.signal(number);
    const Finished finished = process.wait();
    if (number == SIGKILL) {
      BOOST_TEST(run(bulkdrop(here, {"report", "run"})).exit_code == 1);
    } else {
      BOOST_TEST(finished.exit_code == 128 + number, finished.err);
    }
    {
      const RunDirectory dir(here.path("run"));
      if (number != SIGKILL) check_accounts(dir, finished);
      check_doubts(dir, sandbox);
    }
    const Finished verified = run(bulkdrop(here, Words{"verify", "run"} + server_of(sandbox)));
    BOOST_TEST(verified.exit_code == 1, verified.err);
    const RunDirectory dir(here.path("run"));
    BOOST_TEST(dir.count("unknown") == 0U);
    BOOST_TEST(dir.count("dropped") == really_ended(sandbox));
    for (const SessionRow& row : dir.rows())
      if (row.status != "dropped") BOOST_TEST(row.reason == "still_alive");
    BOOST_TEST(!has(dir.summary_text(), "unverified"), dir.summary_text());
  }
}

BOOST_AUTO_TEST_CASE(the_verify_command_keeps_what_the_first_list_found_as_well) {
  const Sandbox sandbox(60, kLiesAndGoesAway);
  const TempDir here;
  const Finished dropped = run(drop(
      here, Words{"--yes", "--canary", "0", "--out", "run"} + at(sandbox) + Words{sandbox.export_file()}));
  BOOST_TEST(dropped.exit_code == 0, dropped.err);
  const Finished verified = run(bulkdrop(here, Words{"verify", "run"} + server_of(sandbox)));
  BOOST_TEST(verified.exit_code == 1, verified.err);
  const RunDirectory dir(here.path("run"));
  check_accounts(dir, verified);
  check_doubts(dir, sandbox);
  check_named(dir, verified.out);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
