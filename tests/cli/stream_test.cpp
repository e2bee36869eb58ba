// `--stream`: a line comes in, its session goes.
#include <algorithm>
#include <chrono>
#include <csignal>

#include "cli/stopped_run.hpp"
#include <unistd.h>

namespace bulkdrop::test {
namespace {

using Steady = std::chrono::steady_clock;

Command stream(const TempDir& here, const Sandbox& sandbox, const Words& words = {},
               const std::string& out = "run") {
  Command command = drop(here, at(sandbox) + Words{"--stream", "--yes", "--out", out} + words);
  command.keep_input_open = true;
  return command;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(stream_mode)

BOOST_AUTO_TEST_CASE(the_request_leaves_within_milliseconds_of_its_line) {
  const Sandbox sandbox(0);
  const TempDir here;
  Process process(stream(here, sandbox, {"--attempts", "1"}));
  std::vector<Milliseconds> took;
  for (std::size_t i = 0; i < 50; ++i) {
    const auto begin = Steady::now();
    process.write(made_up_id(i) + "\n");
    BOOST_TEST_REQUIRE(asked(sandbox, i + 1), process.err());
    took.push_back(std::chrono::ceil<Milliseconds>(Steady::now() - begin));
  }
  process.close_input();
  const Finished finished = process.wait();
  BOOST_TEST(finished.exit_code == 1, finished.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  check_against_ledger(run, sandbox);
  std::sort(took.begin() + 1, took.end());  // the first one waits for the program to start
  BOOST_TEST_MESSAGE("line to server: median " << took[25].count() << " ms, slowest " << took.back().count()
                                               << " ms");
  if (!kSanitized) BOOST_TEST(took[25] <= Milliseconds(10));
  BOOST_TEST(took.back() <= Milliseconds(2000));
}

BOOST_AUTO_TEST_CASE(lines_in_csv_and_json_are_not_held_back_either) {
  const TempDir here;
  for (const bool csv : {true, false}) {
    const Sandbox sandbox(0);
    const std::string format = csv ? "csv" : "jsonl";
    Process process(stream(here, sandbox, {"--attempts", "1", "--format", format}, format));
    if (csv) process.write("ID,Session ID\r\n");
    for (std::size_t i = 0; i < 3; ++i) {
      process.write(csv ? "7," + made_up_id(i) + "\r\n" : "{\"session_id\":\"" + made_up_id(i) + "\"}\n");
      BOOST_TEST_REQUIRE(asked(sandbox, i + 1), process.err());
    }
    process.close_input();
    BOOST_TEST(process.wait().exit_code == 1);
  }
}

BOOST_AUTO_TEST_CASE(the_format_of_a_stream_is_found_without_waiting_for_more) {
  const TempDir here;
  std::size_t number = 0;
  for (const char* before : {"", "ID;Session ID\n", "{\"session_id\":\""}) {
    const Sandbox sandbox(0);
    Process process(stream(here, sandbox, {"--attempts", "1"}, "run" + std::to_string(++number)));
    process.write(std::string(before) + (has(before, ";") ? "1;" : "") + made_up_id(1) +
                  (has(before, "{") ? "\"}\n" : "\n"));
    BOOST_TEST(asked(sandbox, 1, Milliseconds(10'000)), std::string(before) + process.err());
    process.close_input();
    process.wait();
  }
}

BOOST_AUTO_TEST_CASE(a_last_line_without_its_end_is_taken_when_the_stream_ends) {
  const Sandbox sandbox(0);
  const TempDir here;
  Process process(stream(here, sandbox, {"--attempts", "1"}));
  process.write(made_up_id(1) + "\n" + made_up_id(2));
  BOOST_TEST_REQUIRE(asked(sandbox, 1));
  ::usleep(50'000);
  BOOST_TEST(sandbox.requests() == 1U);
  process.close_input();
  process.wait();
  BOOST_TEST(sandbox.requests() == 2U);
}

BOOST_AUTO_TEST_CASE(a_session_that_comes_twice_is_asked_for_once) {
  const Sandbox sandbox(2);
  const TempDir here;
  Process process(stream(here, sandbox));
  const std::string export_csv = slurp(sandbox.export_file());
  process.write(export_csv);
  BOOST_TEST_REQUIRE(asked(sandbox, 2));
  process.write(export_csv.substr(export_csv.find('\n') + 1));
  process.close_input();
  const Finished finished = process.wait();
  BOOST_TEST(finished.exit_code == 0, finished.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  check_against_ledger(run, sandbox);
  BOOST_TEST(run.count("dropped") == 2U);
  BOOST_TEST(run.count("duplicate") == 2U);
  BOOST_TEST(slurp(run.file("input")).size() > export_csv.size());
}

BOOST_AUTO_TEST_CASE(a_limit_stops_before_the_session_after_it) {
  const Sandbox sandbox(10);
  const TempDir here;
  Process process(stream(here, sandbox, {"--max-sessions", "4"}));
  process.write(slurp(sandbox.export_file()));  // and stays open: it must stop by itself
  const Finished finished = process.wait(Milliseconds(20'000));
  BOOST_TEST(finished.exit_code == 5, finished.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  check_against_ledger(run, sandbox);
  BOOST_TEST(run.text("/stopped_by") == "max_sessions");
  BOOST_TEST(run.count("dropped") == 4U);
  BOOST_TEST(sandbox.requests() == 4U);
}

BOOST_AUTO_TEST_CASE(a_limit_that_is_met_exactly_stops_nothing) {
  const Sandbox sandbox(4);
  const TempDir here;
  Process process(stream(here, sandbox, {"--max-sessions", "4"}));
  process.write(slurp(sandbox.export_file()));
  process.close_input();
  BOOST_TEST(process.wait().exit_code == 0);
}

BOOST_AUTO_TEST_CASE(a_signal_ends_a_stream_that_waits_for_its_next_line) {
  const TempDir here;
  for (const int number : {SIGINT, SIGTERM}) {
    const Sandbox sandbox(3);
    const std::string name = "run" + std::to_string(number);
    Process process(stream(here, sandbox, {}, name));
    process.write(slurp(sandbox.export_file()));
    BOOST_TEST_REQUIRE(asked(sandbox, 3));
    const Finished finished = ended_by(number, process, Milliseconds(20'000));
    const RunDirectory run(here.path(name));
    check_accounts(run, finished);
    check_against_ledger(run, sandbox);
    BOOST_TEST(run.count("dropped") == 3U);
  }
}

BOOST_AUTO_TEST_CASE(bad_lines_in_a_stream_are_recorded_and_passed_over) {
  const Sandbox sandbox(0);
  const TempDir here;
  Process process(stream(here, sandbox, {"--attempts", "1"}));
  process.write(made_up_id(1) + "\nnonsense\n" + made_up_id(2) + "\n");
  BOOST_TEST_REQUIRE(asked(sandbox, 2), process.err());
  process.close_input();
  const Finished finished = process.wait();
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  BOOST_TEST(run.count("invalid") == 1U);
  BOOST_TEST(run.rows()[1].line == 2U);
}

BOOST_AUTO_TEST_CASE(a_row_that_ends_badly_is_told_at_once) {
  const Sandbox sandbox(0);
  const TempDir here;
  Process process(stream(here, sandbox, {"--attempts", "1"}));
  process.write(made_up_id(1) + "\nnonsense\n");
  const std::string failed = "bulkdrop: error: standard input:1, " + made_up_id(1) + ": failed, drop_error: ";
  const std::string invalid = "bulkdrop: error: standard input:2: invalid, bad_id: not an ID: nonsense (";
  BOOST_TEST(process.shows(failed), process.err());
  BOOST_TEST(process.shows(invalid), process.err());
  process.close_input();
  const std::string log = undated(process.wait().err);
  for (const std::string& line : {failed, invalid})
    BOOST_TEST((log.starts_with(line) || has(log, "\n" + line)), log);
}

BOOST_AUTO_TEST_CASE(a_row_that_ends_badly_is_told_to_programs_with_its_parts) {
  const Sandbox sandbox(0);
  const TempDir here;
  Process process(stream(here, sandbox, {"--attempts", "1", "--log-format", "json", "--progress", "never"}));
  process.write(made_up_id(1) + "\n");
  process.close_input();
  const Finished finished = process.wait();
  BOOST_TEST(has(finished.err, R"("source":"standard input","line":1,"session_id":")" + made_up_id(1) +
                                   R"(","status":"failed","reason":"drop_error","http_status":)"),
             finished.err);
}

BOOST_AUTO_TEST_CASE(in_a_stream_that_is_cut_the_place_is_that_of_the_run) {
  const Sandbox sandbox(0);
  const TempDir here;
  Process process(stream(here, sandbox, {"--attempts", "1", "--rotate", "1h"}, "runs"));
  process.write(made_up_id(1) + "\n");
  process.close_input();
  const Finished finished = process.wait();
  BOOST_TEST(has(finished.err, "error: runs/bulkdrop-"), finished.err);
  BOOST_TEST(has(finished.err, "/input:1, " + made_up_id(1) + ": failed"), finished.err);
}

BOOST_AUTO_TEST_CASE(a_flood_of_bad_lines_is_counted_and_not_told_line_by_line) {
  const Sandbox sandbox(0);
  const TempDir here;
  Process process(stream(here, sandbox, {"--progress", "never"}));
  std::string garbage;
  for (int i = 0; i < 500; ++i) garbage += "garbage\n";
  process.write(garbage);
  process.close_input();
  const Finished finished = process.wait();
  BOOST_TEST(std::count(finished.err.begin(), finished.err.end(), '\n') == 21, finished.err);
  BOOST_TEST(has(finished.err, "and 480 more in the last 10 s (480 invalid)"), finished.err);
}

BOOST_AUTO_TEST_CASE(a_log_has_no_line_that_says_what_the_one_before_it_said) {
  const Sandbox sandbox(1);
  const TempDir here;
  Process process(stream(here, sandbox, {"--progress", "always"}));  // a line a second
  process.write(slurp(sandbox.export_file()));
  BOOST_TEST_REQUIRE(asked(sandbox, 1), process.err());
  BOOST_TEST_REQUIRE(process.shows("dropped 1"), process.err());
  static_cast<void>(process.shows("not to be seen", Milliseconds(2000)));  // the rate may still fall
  const std::string before = process.err();
  static_cast<void>(process.shows("not to be seen", Milliseconds(3000)));
  BOOST_TEST(process.err() == before);
  process.close_input();
  process.wait();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
