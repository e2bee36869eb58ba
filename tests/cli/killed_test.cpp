// What a SIGKILL leaves: what is in doubt and what is not, and directories that hold no run yet.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <set>

#include "cli/stopped_run.hpp"
#include <sys/stat.h>
#include <unistd.h>

namespace bulkdrop::test {
namespace {

// IDs that the reports of a run call unknown.
std::set<std::string> in_doubt(const StoppedRun& killed, const std::string& name = "run") {
  BOOST_TEST(report(killed.here(), name).exit_code == 1);
  std::set<std::string> ids;
  const RunDirectory run(killed.here().path(name));
  for (const SessionRow& row : run.rows())
    if (row.status == "unknown") ids.insert(row.session_id);
  return ids;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(killed)

BOOST_AUTO_TEST_CASE(only_what_was_asked_for_is_in_doubt) {
  const StoppedRun killed(SIGKILL);
  BOOST_TEST(std::filesystem::exists(killed.here().path("run/begun")));
  const auto doubtful = in_doubt(killed);
  BOOST_TEST(doubtful.size() == 2U);
  const auto ledger = killed.sandbox().ledger();
  const RunDirectory before(killed.here().path("run"));
  for (const SessionRow& row : before.rows())
    if (row.status == "unsent") BOOST_TEST((ledger.find(row.session_id) == ledger.end()), row.session_id);
  const Finished finished = killed.resume();
  BOOST_TEST((finished.exit_code == 0 || finished.exit_code == 1), finished.err);
  const RunDirectory after(killed.here().path("run"));
  for (const SessionRow& row : after.rows())
    BOOST_TEST((row.status == "dropped" || (row.status == "unknown" && doubtful.contains(row.session_id))));
  BOOST_TEST(!std::filesystem::exists(killed.here().path("run/begun")));
}

BOOST_AUTO_TEST_CASE(where_the_mark_is_gone_or_is_a_copy_all_that_may_have_been_asked_for_is_in_doubt) {
  const StoppedRun killed(SIGKILL);
  std::filesystem::copy(killed.here().path("run"), killed.here().path("copy"));
  const auto few = in_doubt(killed);
  const auto many = in_doubt(killed, "copy");
  BOOST_TEST(many.size() > few.size());
  BOOST_TEST((std::includes(many.begin(), many.end(), few.begin(), few.end())));
  std::filesystem::remove(killed.here().path("run/begun"));
  BOOST_TEST((in_doubt(killed) == many));
}

BOOST_AUTO_TEST_CASE(what_is_in_doubt_stays_so_when_a_verification_comes_between) {
  const StoppedRun killed(SIGKILL);
  const auto before = in_doubt(killed);
  static_cast<void>(
      run(bulkdrop(killed.here(), {"verify", "run", "--token-file", killed.sandbox().token_file()})));
  BOOST_TEST(!std::filesystem::exists(killed.here().path("run/begun")));
  const auto after = in_doubt(killed);
  BOOST_TEST((std::includes(before.begin(), before.end(), after.begin(), after.end())));
}

BOOST_AUTO_TEST_CASE(the_reports_say_that_it_was_the_process_and_not_the_network) {
  const StoppedRun killed(SIGKILL);
  const Finished finished = killed.report();
  BOOST_TEST(has(finished.out, "the process ended while a request for this session"), finished.out);
  BOOST_TEST(has(finished.out, "The run was killed, or its machine went down"), finished.out);
  BOOST_TEST(!has(finished.out, "Check the network"), finished.out);
  BOOST_TEST(has(finished.out, ", at least "), finished.out);
  BOOST_TEST(!has(slurp(killed.here().path("run/summary.json")), "Check the network"));
}

BOOST_AUTO_TEST_CASE(a_torn_end_is_told_of_by_whoever_reads_it) {
  const Sandbox sandbox(3);
  const TempDir here;
  BOOST_TEST(run(drop(here, at(sandbox) + Words{"--yes", "--out", "run", sandbox.export_file()})).exit_code ==
             0);
  const std::string journal = slurp(here.path("run/journal.jsonl"));
  put(here, "run/journal.jsonl", journal + "{\"k\":\"res");
  for (const Finished& finished : {report(here), run(resume(here, sandbox))}) {
    BOOST_TEST(finished.exit_code == 0, finished.err);
    BOOST_TEST(has(finished.err, "the last 9 bytes of run/journal.jsonl are torn"), finished.err);
    BOOST_TEST(!has(finished.err, "cut off"), finished.err);
  }
}

BOOST_AUTO_TEST_CASE(a_journal_that_is_no_file_or_was_edited_is_refused_for_what_it_is) {
  const Sandbox sandbox(3);
  const TempDir here;
  BOOST_TEST(run(drop(here, at(sandbox) + Words{"--yes", "--out", "run", sandbox.export_file()})).exit_code ==
             0);
  const std::string path = here.path("run/journal.jsonl");
  const auto refused = [&](std::string_view says) {
    for (const Finished& finished : {report(here), run(resume(here, sandbox))}) {
      BOOST_TEST(!finished.timed_out);
      BOOST_TEST(finished.exit_code == 7, finished.err);
      BOOST_TEST(has(finished.err, says), finished.err);
      BOOST_TEST(!has(finished.err, "nothing was sent"), finished.err);
    }
  };
  std::string edited;
  for (const char c : slurp(path)) edited.append(c == '\n' ? "\r\n" : std::string(1, c));
  put(here, "run/journal.jsonl", edited);
  refused("CR LF");
  put(here, "run/journal.jsonl", std::string(edited.size(), '\0'));
  refused("at byte 0");
  std::filesystem::rename(path, here.path("elsewhere"));
  BOOST_TEST(::symlink(here.path("elsewhere").c_str(), path.c_str()) == 0);
  refused("is a symbolic link");
  ::unlink(path.c_str());
  BOOST_TEST(::mkfifo(path.c_str(), 0600) == 0);
  refused("not a regular file");
}

BOOST_AUTO_TEST_CASE(the_directory_of_a_run_that_never_began_can_be_named_again) {
  const Sandbox sandbox(3);
  const TempDir here;
  BOOST_TEST(run(drop(here, at(sandbox) + Words{"--yes", "--out", "old", sandbox.export_file()})).exit_code ==
             0);
  std::filesystem::create_directory(here.path("run"));
  std::filesystem::copy_file(here.path("old/run.json"), here.path("run/run.json"));
  put(here, "run/run.json.tmp-a1B2c3", "{");
  BOOST_TEST(has(run(resume(here, sandbox)).err, "nothing was sent"));
  const Finished finished =
      run(drop(here, at(sandbox) + Words{"--yes", "--out", "run", sandbox.export_file()}));
  BOOST_TEST(has(finished.err + finished.out, "run"), finished.err);
  BOOST_TEST(RunDirectory(here.path("run")).rows().size() == 3U);
  BOOST_TEST(!std::filesystem::exists(here.path("run/run.json.tmp-a1B2c3")));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
