// Inputs that can't be read twice: their copies in the run directory, with which everything goes on.
#include <csignal>
#include <filesystem>

#include "cli/dropping.hpp"

namespace bulkdrop::test {
namespace {

// `bulkdrop drop` with these words and, as files, what a shell makes of `inputs`.
Command drop_of(const TempDir& here, const Words& words, const std::string& inputs) {
  Command command = drop(here, words);
  std::string line = "exec \"$0\" \"$@\" " + inputs;
  command.arguments.insert(command.arguments.begin(), {"-c", std::move(line), command.program});
  command.program = "/bin/bash";
  return command;
}

Finished with_token(const TempDir& here, const Sandbox& sandbox, const Words& words) {
  return run(bulkdrop(here, words + Words{"--token-file", sandbox.token_file()}));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pipes)

BOOST_AUTO_TEST_CASE(a_killed_run_goes_on_with_the_copies_of_its_pipes) {
  const Sandbox sandbox(40, {"--workers", "2", "--latency", "100ms"});
  const TempDir here;
  const std::string text = slurp(sandbox.export_file());
  const std::size_t half = text.find('\n', text.size() / 2) + 1;
  put(here, "first.csv", text.substr(0, half));
  put(here, "second.csv", text.substr(0, text.find('\n') + 1) + text.substr(half));
  Process process(drop_of(here, at(sandbox) + Words{"--yes", "--out", "run"},
                          "<(cat first.csv) second.csv <(cat first.csv)"));
  BOOST_TEST(asked(sandbox, 6));
  process.signal(SIGKILL);
  process.wait();
  BOOST_TEST(slurp(here.path("run/input-1")) == slurp(here.path("first.csv")));
  BOOST_TEST(slurp(here.path("run/input-3")) == slurp(here.path("first.csv")));
  BOOST_TEST(!std::filesystem::exists(here.path("run/input-2")));
  const Finished resumed = with_token(here, sandbox, {"resume", "--yes", "run"});
  BOOST_TEST((resumed.exit_code == 0 || resumed.exit_code == 1), resumed.err);
  const RunDirectory finished(here.path("run"));
  check_accounts(finished, resumed);
  BOOST_TEST(finished.rows().size() == 60U);
  BOOST_TEST(finished.number("/counts/unsent") == 0U);
  BOOST_TEST(with_token(here, sandbox, {"verify", "run"}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(what_a_descriptor_is_called_means_nothing_later) {
  const Sandbox sandbox(5);
  for (const char* const input : {"/dev/stdin < list.csv", "/dev/fd/7 7< list.csv"}) {
    const TempDir here;
    std::filesystem::copy(sandbox.export_file(), here.path("list.csv"));
    const Finished dropped = run(drop_of(here, at(sandbox) + Words{"--yes", "--out", "run"}, input));
    BOOST_TEST((dropped.exit_code == 0 || dropped.exit_code == 1), dropped.err);
    BOOST_TEST(run(bulkdrop(here, {"report", "run"})).exit_code == dropped.exit_code, input);
  }
}

BOOST_AUTO_TEST_CASE(a_copy_outside_of_the_run_is_not_read) {
  const Sandbox sandbox(5);
  const TempDir here;
  const Finished dropped = run(
      drop_of(here, at(sandbox) + Words{"--yes", "--out", "run"}, "<(cat " + sandbox.export_file() + ")"));
  BOOST_TEST(dropped.exit_code == 0, dropped.err);
  std::string record = slurp(here.path("run/run.json"));
  const std::size_t at = record.find("\"input-1\"");
  BOOST_TEST_REQUIRE(at != std::string::npos);
  put(here, "run/run.json", record.replace(at, 9, "\"../list.csv\""));
  const Finished report = run(bulkdrop(here, {"report", "run"}));
  BOOST_TEST(report.exit_code == 7, report.err);
  BOOST_TEST(has(report.err, "the record is damaged"), report.err);
}

BOOST_AUTO_TEST_CASE(a_run_that_was_not_begun_leaves_no_copy) {
  const TempDir here;
  const Finished refused =
      run(drop_of(here, {"--url", "http://127.0.0.1:1", "--yes", "--max-sessions", "1", "--out", "run"},
                  "<(printf 'session_id\\n" + made_up_id(1) + "\\n" + made_up_id(2) + "\\n')"));
  BOOST_TEST(refused.exit_code != 0);
  BOOST_TEST(!std::filesystem::exists(here.path("run")), refused.err);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
