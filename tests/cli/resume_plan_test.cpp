// What `bulkdrop resume` shows before it asks.
#include <algorithm>
#include <sstream>

#include "cli/stopped_run.hpp"

namespace bulkdrop::test {
namespace {

// The lines of a plan from the one that says whose sessions they are.
std::string whose_in(const std::string& plan) {
  std::string lines;
  std::istringstream in(plan);
  for (std::string line; std::getline(in, line);) {
    std::erase(line, '\r');
    if (line.starts_with("  users") || line.starts_with("  credentials") ||
        line.starts_with("  over already") || line.starts_with("  to drop") ||
        line.starts_with("               "))
      lines += line + "\n";
  }
  return lines;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(resume_plans)

BOOST_AUTO_TEST_CASE(it_is_said_whose_the_sessions_are_that_are_left) {
  const StoppedRun run;
  // What may still be alive is what is left.
  const std::string expected = whose_in(test::run(drop(run.here(), {"--dry-run", "run/failed.csv"})).out);
  for (const char* line : {"  users", "  credentials", "  to drop      " /* as of drop */, ", since "})
    BOOST_TEST_REQUIRE(has(expected, line), expected);
  const std::string dry = test::run(bulkdrop(run.here(), {"resume", "run", "--dry-run"})).out;
  BOOST_TEST(whose_in(dry) == expected);

  Command command = bulkdrop(run.here(), {"resume", "run", "--token-file", run.sandbox().token_file()});
  command.on_terminal = true;
  Process process(command);
  BOOST_TEST_REQUIRE(process.shows("to drop them"), process.err());
  BOOST_TEST(has(process.err(), "  users"), process.err());
  BOOST_TEST(has(process.err(), "  credentials"), process.err());
  process.type(std::to_string(run.left()) + "\n");
  BOOST_TEST(process.wait().exit_code == 0);
  run.check_all_dropped();
}

// Where the input says nothing of that, the session list may have.
BOOST_AUTO_TEST_CASE(what_the_session_list_said_is_shown) {
  const Sandbox sandbox(4, {"--faults", "drop_error=100%"});
  const TempDir here;
  std::string ids;
  for (const std::string& id : ids_of(sandbox)) ids += id + "\n";
  put(here, "ids.txt", ids);
  BOOST_TEST(
      run(drop(here, at(sandbox) + Words{"--yes", "--attempts", "1", "--out", "run", "ids.txt"})).exit_code ==
      1);
  const Words plan = {"resume", "run", "--retry", "failed", "--dry-run"};
  BOOST_TEST(!has(run(bulkdrop(here, plan)).out, "  users"));
  BOOST_TEST(run(bulkdrop(here, {"verify", "run", "--token-file", sandbox.token_file()})).exit_code == 1);
  const std::string told = run(bulkdrop(here, plan)).out;
  BOOST_TEST(has(told, "  users"), told);
  BOOST_TEST(has(told, ", since "), told);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
