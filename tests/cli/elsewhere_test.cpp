// Commands that are printed at a terminal work there as they are pasted, wherever the run was started.
#include <filesystem>
#include <sstream>

#include "cli/stopped_run.hpp"

namespace bulkdrop::test {
namespace {

namespace fs = std::filesystem;

// The commands of a summary.
Words commands_in(const std::string& text) {
  Words commands;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("    bulkdrop ")) commands.push_back(line.substr(4));
  return commands;
}

Finished pasted(const TempDir& directory, const std::string& command) {
  Command shell;
  shell.program = "/bin/sh";
  shell.arguments = {"-c", command};
  shell.directory = directory.path();
  const std::string binary = BULKDROP_BINARY;
  shell.environment["PATH"] = fs::path(binary).parent_path().string() + ":/usr/bin:/bin";
  shell.environment["BULKDROP_CANARY"] = "0";
  return run(shell);
}

// Each of them finds its files, and so says what became of sessions.
void check_commands_work(const TempDir& directory, const std::string& text, std::size_t at_least) {
  const Words commands = commands_in(text);
  BOOST_TEST(commands.size() >= at_least, text);
  for (std::string command : commands) {
    if (command.find(" drop ") != std::string::npos || command.find(" resume ") != std::string::npos)
      command += " --yes";
    const Finished finished = pasted(directory, command);
    BOOST_TEST(finished.exit_code == 1, command + "\n" + finished.err);
  }
}

// A run whose files are all named by where it was started.
class FromHere {
 public:
  explicit FromHere(const Words& faults = {"--faults", "drop_error=100%"}) : sandbox(5, faults) {
    put(here, "my token", slurp(sandbox.token_file()));
    put(here, "keep.txt", made_up_id(1) + "\n");
    put(here, "export.csv", slurp(sandbox.export_file()));
    fs::permissions(here.path("my token"), fs::perms::owner_read);
  }
  [[nodiscard]] Finished start(const Words& words = {}) const {
    return run(drop(here, Words{"--url", sandbox.url(), "--token-file", "my token", "--yes", "--attempts",
                                "1", "--protect", "keep.txt", "--out", "run"} +
                              words + Words{"export.csv"}));
  }
  Sandbox sandbox;
  TempDir here;
  TempDir elsewhere;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(elsewhere)

BOOST_AUTO_TEST_CASE(what_a_report_proposes_works_where_it_is_printed) {
  const FromHere job;
  BOOST_TEST(job.start().exit_code == 1);
  const std::string page = slurp(job.here.path("run/report.html"));
  const Finished told = run(bulkdrop(job.elsewhere, {"report", job.here.path("run")}));
  BOOST_TEST(has(told.out, "--token-file '" + job.here.path("my token") + "'"), told.out);
  // The page's begin with `cd` to where the run was started.
  BOOST_TEST((slurp(job.here.path("run/report.html")) == page));
  BOOST_TEST(has(page, "<span>cd " + job.here.path() + " &amp;&amp; bulkdrop verify run</span>"), page);
  BOOST_TEST(has(page, "<span>--token-file &#39;my token&#39;</span>"), page);
  check_commands_work(job.elsewhere, told.out, 2);
}

BOOST_AUTO_TEST_CASE(what_resume_and_verify_propose_works_where_they_were_typed) {
  for (const char* command : {"resume", "verify"}) {
    const FromHere job;
    BOOST_TEST(job.start().exit_code == 1);
    put(job.elsewhere, "another token", slurp(job.sandbox.token_file()));
    Words words = {command, job.here.path("run"), "--token-file", "another token"};
    if (words.front() == "resume") words = words + Words{"--yes", "--retry", "failed"};
    const Finished finished = run(bulkdrop(job.elsewhere, words));
    BOOST_TEST(finished.exit_code == 1, finished.err);
    BOOST_TEST(!has(finished.out, "my token"), finished.out);
    check_commands_work(job.elsewhere, finished.out, 1);
    // Where the run was started, that token has another name.
    check_commands_work(job.here, run(bulkdrop(job.here, {"report", "run"})).out, 1);
    BOOST_TEST(has(slurp(job.here.path("run/report.html")),
                   "<span>--token-file &#39;" + job.elsewhere.path("another token") + "&#39;</span>"));
    BOOST_TEST(RunDirectory(job.here.path("run")).text("/account") ==
               "the bearer token in " + job.elsewhere.path("another token"));
  }
}

BOOST_AUTO_TEST_CASE(a_login_that_is_named_in_another_way_is_no_other_login) {
  const FromHere job;
  BOOST_TEST(job.start().exit_code == 1);
  const Finished verified = run(
      bulkdrop(job.elsewhere, {"verify", job.here.path("run"), "--token-file", job.here.path("my token")}));
  BOOST_TEST(verified.exit_code == 1, verified.err);
  BOOST_TEST(has(slurp(job.here.path("run/report.html")),
                 "<dt>Account</dt><dd>the bearer token in " + job.here.path("my token") + "</dd>"));
}

BOOST_AUTO_TEST_CASE(an_input_that_is_to_be_looked_at_again_is_found) {
  const FromHere job;
  put(job.here, "wrong.txt", "nothing\nuseful\n");
  const Finished wrong = run(drop(job.here, {"--url", job.sandbox.url(), "--token-file", "my token", "--yes",
                                             "--out", "wrong", "wrong.txt"}));
  BOOST_TEST(wrong.exit_code == 1, wrong.err);
  const Finished told = run(bulkdrop(job.elsewhere, {"report", job.here.path("wrong")}));
  const Words commands = commands_in(told.out);
  BOOST_TEST_REQUIRE(commands.size() == 1U, told.out);
  const Finished finished = pasted(job.elsewhere, commands.front());
  BOOST_TEST(finished.exit_code == 0, commands.front() + "\n" + finished.err);
  BOOST_TEST(has(finished.out, "Dry run"), finished.out);
}

// Each on its own machine, as it were: with its own directory and its own file with the token.
BOOST_AUTO_TEST_CASE(a_merged_report_goes_on_with_each_shard_by_its_own_login) {
  const Sandbox sandbox(40, {"--faults", "drop_error=100%"});
  const TempDir shared;
  put(shared, "export.csv", slurp(sandbox.export_file()));
  const TempDir machine[2];
  const TempDir elsewhere;
  for (std::size_t i = 0; i < 2; ++i) {
    const std::string number = std::to_string(i + 1);
    put(machine[i], "token-" + number, slurp(sandbox.token_file()));
    fs::permissions(machine[i].path("token-" + number), fs::perms::owner_read);
    const Finished stopped =
        run(drop(machine[i], {"--url", sandbox.url(), "--token-file", "token-" + number, "--yes",
                              "--attempts", "1", "--shard", number + "/2", "--out", "run", "--max-failures",
                              "2", "--concurrency", "1", shared.path("export.csv")}));
    BOOST_TEST(stopped.exit_code == 5, stopped.err);
  }
  // One of them has another login since.
  put(machine[1], "new token", slurp(sandbox.token_file()));
  const Finished again = run(bulkdrop(machine[1], {"resume", "run", "--yes", "--token-file", "new token"}));
  BOOST_TEST(again.exit_code == 5, again.err);
  const Finished merged =
      run(bulkdrop(elsewhere, {"report", machine[0].path("run"), machine[1].path("run"), "--out", "merged"}));
  BOOST_TEST(merged.exit_code == 5, merged.err);
  for (const std::string& command :
       {"bulkdrop resume " + machine[0].path("run") + " --token-file " + machine[0].path("token-1"),
        "bulkdrop resume " + machine[1].path("run") + " --token-file '" + machine[1].path("new token") + "'"})
    BOOST_TEST(has(merged.out, command + "\n"), merged.out);
  for (const std::string& command : commands_in(merged.out)) {
    const Finished finished = pasted(elsewhere, command + " --yes");
    const bool goes_on = has(command, " resume ");
    BOOST_TEST(finished.exit_code == (goes_on ? 5 : 1), command + "\n" + finished.err);
  }
  BOOST_TEST(has(slurp(elsewhere.path("merged/report.html")),
                 "<span>cd " + elsewhere.path() + " &amp;&amp; bulkdrop resume " + machine[1].path("run") +
                     "</span> <span>--token-file &#39;" + machine[1].path("new token") + "&#39;</span>"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
