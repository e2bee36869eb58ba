// `--rotate`: every line is in exactly one run, and its session is asked for once.
#include <csignal>
#include <ctime>
#include <set>

#include "cli/rotating.hpp"
#include "support/json.hpp"

namespace bulkdrop::test {
namespace {

// Each session once in the ledger, each line once in a run.
void check_each_once(const std::vector<SessionRow>& rows, const Sandbox& sandbox, std::size_t sessions) {
  std::set<std::string> ids;
  for (const SessionRow& row : rows) {
    BOOST_TEST(ids.insert(row.session_id).second, row.session_id);
    BOOST_TEST(row.status == "dropped", row.session_id + " " + row.status);
  }
  BOOST_TEST(rows.size() == sessions);
  const auto ledger = sandbox.ledger();
  BOOST_TEST(ledger.size() == sessions);
  for (const auto& [id, entry] : ledger) BOOST_TEST(entry.answers.size() == 1U, id);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rotation)

BOOST_AUTO_TEST_CASE(every_line_is_in_one_run_and_its_session_is_asked_for_once) {
  constexpr std::size_t kSessions = 120;
  for (const bool csv : {true, false}) {
    const Sandbox sandbox(kSessions);
    const TempDir here;
    std::string text = csv ? slurp(sandbox.export_file()) : "";
    if (!csv)
      for (const std::string& id : ids_of(sandbox)) text += "{\"alert\":{\"session_id\":\"" + id + "\"}}\r\n";
    Process process(
        rotating(here, at(sandbox), "100ms", csv ? Words{} : Words{"--field", "/alert/session_id"}));
    // Pieces that have nothing to do with lines.
    for (std::size_t at = 0, piece = 1; at < text.size(); at += piece, piece = piece % 97 + 13) {
      process.write(text.substr(at, piece));
      ::usleep(csv ? 4'000 : 6'000);
    }
    BOOST_TEST_REQUIRE(asked(sandbox, kSessions), process.err());
    process.close_input();
    const Finished finished = process.wait();
    BOOST_TEST(finished.exit_code == 0, finished.err);
    const auto runs = runs_in(here.path("runs"));
    BOOST_TEST(runs.size() >= 3U);
    check_each_once(rows_of_all(here, here.path("runs")), sandbox, kSessions);
    BOOST_TEST(has(finished.out, "This was the last of " + std::to_string(runs.size()) + " runs"),
               finished.out);
    BOOST_TEST(has(finished.err, "rotated: " + runs[0].substr(runs[0].find("runs/")) + " is complete with "));
    // The copies are the stream, but for the header that each has for itself.
    std::string copies;
    const std::string header = csv ? text.substr(0, text.find('\n') + 1) : "";
    for (const std::string& path : runs) {
      const std::string copy = slurp(path + "/input");
      BOOST_TEST(copy.starts_with(header));
      copies += copies.empty() ? copy : copy.substr(header.size());
      BOOST_TEST(mode_of(path) == 0700U);
    }
    BOOST_TEST((copies == text));
  }
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_never_quiet_rotates_all_the_same) {
  constexpr std::size_t kSessions = 3000;
  const Sandbox sandbox(kSessions, {"--latency", "20ms", "--workers", "16"});
  const TempDir here;
  Command command = rotating(here, at(sandbox), "200ms", {"--concurrency", "16"});
  command.keep_input_open = false;
  command.input = slurp(sandbox.export_file());
  const Finished finished = run(command);
  BOOST_TEST(finished.exit_code == 0, finished.err);
  BOOST_TEST(runs_in(here.path("runs")).size() >= 3U);
  check_each_once(rows_of_all(here, here.path("runs")), sandbox, kSessions);
}

BOOST_AUTO_TEST_CASE(a_kill_leaves_what_was_complete_and_a_run_to_resume) {
  constexpr std::size_t kSessions = 60;
  const Sandbox sandbox(kSessions);
  const TempDir here;
  const auto ids = ids_of(sandbox);
  Process process(rotating(here, at(sandbox), "100ms"));
  std::size_t written = 0;
  const auto write_some = [&] {
    std::string lines;
    for (std::size_t i = 0; i < 5; ++i) lines += ids[written++] + "\n";
    process.write(lines);
    BOOST_TEST_REQUIRE(asked(sandbox, written), process.err());
  };
  for (std::size_t complete = 1; complete <= 2; ++complete) {
    write_some();
    BOOST_TEST_REQUIRE(has_runs(here.path("runs"), complete), process.err());
  }
  write_some();
  process.signal(SIGKILL);
  BOOST_TEST(process.wait().signal == SIGKILL);
  const auto runs = runs_in(here.path("runs"));
  BOOST_TEST_REQUIRE(runs.size() == 3U);
  for (std::size_t i = 0; i < 2; ++i) BOOST_TEST(RunDirectory(runs[i]).count("dropped") == 5U);
  const Finished finished =
      run(bulkdrop(here, {"resume", runs[2], "--yes", "--token-file", sandbox.token_file()}));
  BOOST_TEST((finished.exit_code == 0 || finished.exit_code == 1), finished.err);
  const RunDirectory last(runs[2]);
  BOOST_TEST(last.rows().size() == 5U);
  for (const SessionRow& row : last.rows()) BOOST_TEST((row.status == "dropped" || row.status == "unknown"));
  BOOST_TEST(rows_of_all(here, here.path("runs")).size() == 15U);

  // A service that is started again goes on beside them.
  Process again(rotating(here, at(sandbox), "100ms"));
  again.write(ids[written] + "\n");
  BOOST_TEST_REQUIRE(asked(sandbox, sandbox.requests() + 1), again.err());
  again.close_input();
  BOOST_TEST(again.wait().exit_code == 0);
  BOOST_TEST(runs_in(here.path("runs")).size() == 4U);
}

BOOST_AUTO_TEST_CASE(limits_are_those_of_the_whole_stream) {
  constexpr std::size_t kSessions = 40;
  const Sandbox sandbox(kSessions);
  const TempDir here;
  const auto ids = ids_of(sandbox);
  Process process(rotating(here, at(sandbox), "50ms", {"--max-sessions", "15", "--metrics", "metrics.prom"}));
  for (std::size_t i = 0; i < 15; ++i) {
    process.write(ids[i] + "\n");
    BOOST_TEST_REQUIRE(asked(sandbox, i + 1), process.err());
    ::usleep(30'000);
  }
  for (std::size_t i = 15; i < kSessions; ++i) process.write(ids[i] + "\n");
  const Finished finished = process.wait(Milliseconds(20'000));  // its input stays open
  BOOST_TEST(finished.exit_code == 5, finished.err);
  const auto runs = runs_in(here.path("runs"));
  BOOST_TEST(runs.size() >= 3U);
  BOOST_TEST(RunDirectory(runs.back()).text("/stopped_by") == "max_sessions");
  for (std::size_t i = 0; i + 1 < runs.size(); ++i)
    BOOST_TEST(RunDirectory(runs[i]).text("/stopped_by") == "null");
  std::size_t dropped = 0;
  for (const SessionRow& row : rows_of_all(here, here.path("runs")))
    dropped += row.status == "dropped" ? 1U : 0U;
  BOOST_TEST(dropped == 15U);
  BOOST_TEST(sandbox.requests() == 15U);
  // Monitoring sees the process, not its last run.
  const std::string metrics = slurp(here.path("metrics.prom"));
  BOOST_TEST(has(metrics, "bulkdrop_run_sessions{status=\"dropped\"} 15\n"), metrics);
  BOOST_TEST(has(metrics, "bulkdrop_run_requests{kind=\"sent\"} 15\n"), metrics);
  BOOST_TEST(has(metrics, "bulkdrop_run_exit_code 5\n"), metrics);
}

BOOST_AUTO_TEST_CASE(the_exit_code_is_the_most_serious_of_all_runs) {
  const Sandbox sandbox(3);
  const TempDir here;
  const auto ids = ids_of(sandbox);
  Process process(rotating(here, at(sandbox), "50ms", {"--attempts", "1", "--json"}));
  process.write(made_up_id(1) + "\n");
  BOOST_TEST_REQUIRE(has_runs(here.path("runs"), 1), process.err());
  process.write(ids[0] + "\n");
  BOOST_TEST_REQUIRE(asked(sandbox, 2), process.err());
  process.close_input();
  const Finished finished = process.wait();
  BOOST_TEST(finished.exit_code == 1, finished.err);
  const auto runs = runs_in(here.path("runs"));
  BOOST_TEST_REQUIRE(runs.size() == 2U);
  BOOST_TEST(RunDirectory(runs[0]).number("/exit_code") == 1U);
  BOOST_TEST(RunDirectory(runs[1]).number("/exit_code") == 0U);
  const Json summary(finished.out);
  BOOST_TEST(summary.number("/counts/dropped") == 1U);
  BOOST_TEST(summary.number("/rows") == 1U);
  BOOST_TEST(summary.number("/exit_code") == 1U);
  BOOST_TEST(summary.number("/stream/runs") == 2U);
  BOOST_TEST(summary.number("/stream/rows") == 2U);
  BOOST_TEST(summary.number("/stream/counts/dropped") == 1U);
  BOOST_TEST(summary.number("/stream/exit_code") == 1U);
  BOOST_TEST(summary.number("/stream/runs_not_well") == 1U);
  BOOST_TEST(runs[0].ends_with(summary.text("/stream/not_well/0/run_directory")));
}

BOOST_AUTO_TEST_CASE(what_is_said_at_the_end_covers_the_whole_stream) {
  const Sandbox sandbox(3);
  const TempDir here;
  const auto ids = ids_of(sandbox);
  Process process(rotating(here, at(sandbox), "50ms", {"--attempts", "1", "--metrics", "metrics.prom"}));
  process.write(made_up_id(1) + "\n" + made_up_id(2) + "\n");
  BOOST_TEST_REQUIRE(has_runs(here.path("runs"), 1), process.err());
  for (const std::string& id : ids) process.write(id + "\n");
  BOOST_TEST_REQUIRE(has_runs(here.path("runs"), 2), process.err());
  ::usleep(1'200'000);
  const auto over = static_cast<double>(std::time(nullptr));
  process.close_input();
  const Finished finished = process.wait();
  BOOST_TEST(finished.exit_code == 1, finished.err);
  const auto runs = runs_in(here.path("runs"));
  BOOST_TEST_REQUIRE(runs.size() == 2U);
  const std::string bad = runs[0].substr(runs[0].find("runs/"));
  BOOST_TEST(finished.out.starts_with("3 of 5 sessions are gone; 2 may still be alive.\n"), finished.out);
  BOOST_TEST(has(finished.out, "Not all is well in 1 of this stream's 2 runs"), finished.out);
  BOOST_TEST(has(finished.out, "  " + bad + "  2 of 2 sessions may still be alive\n"), finished.out);
  BOOST_TEST(has(finished.out, "bulkdrop verify " + bad), finished.out);
  BOOST_TEST(finished.out.find("All 3 sessions are gone.") > finished.out.find("The last run"), finished.out);
  // Monitoring hears when the stream ended, not its last run.
  const std::string metrics = slurp(here.path("metrics.prom"));
  const std::string name = "\nbulkdrop_run_end_time_seconds ";
  const std::size_t at = metrics.find(name);
  BOOST_TEST_REQUIRE(at != std::string::npos, metrics);
  BOOST_TEST(std::stod(metrics.substr(at + name.size())) >= over, metrics);
}

BOOST_AUTO_TEST_CASE(lines_that_begin_a_run_are_taken_as_in_the_middle_of_one) {
  const Sandbox sandbox(4);
  const TempDir here;
  const auto ids = ids_of(sandbox);
  Process process(rotating(here, at(sandbox), "50ms"));
  process.write(ids[0] + "\n");
  std::size_t complete = 0;
  for (const std::string& odd :
       {std::string("PK\x03\x04"), std::string("\xEF\xBB\xBF"), std::string("sep=;"),
        "ID;Session ID;" + ids[1], std::string("{\"remote_sessions\":["), std::string("\"")}) {
    BOOST_TEST_REQUIRE(has_runs(here.path("runs"), ++complete), process.err());
    process.write(odd + "\n");
  }
  process.write(ids[2] + "\n");
  process.close_input();
  const Finished finished = process.wait();
  BOOST_TEST(finished.exit_code == 1, finished.err);
  const auto rows = rows_of_all(here, here.path("runs"));
  BOOST_TEST(rows.size() == 8U);
  for (const SessionRow& row : rows) BOOST_TEST((row.status == "dropped" || row.status == "invalid"));
  BOOST_TEST(sandbox.requests() == 2U);
}

BOOST_AUTO_TEST_CASE(what_can_not_be_cut_is_refused) {
  const Sandbox sandbox(2);
  const TempDir here;
  put(here, "export.csv", slurp(sandbox.export_file()));
  const Words stream = at(sandbox) + Words{"--yes", "--rotate", "1m"};
  const auto refusal = [&](const Words& words) {
    const Finished finished = run(drop(here, stream + words));
    BOOST_TEST(finished.exit_code == 2, finished.err);
    return finished.err;
  };
  BOOST_TEST(
      has(refusal({}), "--rotate begins new run directories while a stream lasts: it goes with --stream"));
  BOOST_TEST(has(refusal({"--stream", "export.csv"}), "--rotate cuts standard input"));
  BOOST_TEST(has(refusal({"--stream", "--format", "json"}), "--rotate: a JSON document"));
  BOOST_TEST(has(refusal({"--stream", "--verify"}), "--rotate does not go with --verify"));
  BOOST_TEST(has(refusal({"--stream", "--watch", "1m"}), "--rotate does not go with --watch"));
  BOOST_TEST(has(refusal({"--stream", "--out", "export.csv"}), "--out export.csv: not a directory"));
  for (const std::string& input : {"[\"" + made_up_id(1) + "\"]", std::string("\xFF\xFE"
                                                                              "a\0\n\0",
                                                                              6)}) {
    Command command = drop(here, stream + Words{"--stream", "--out", "runs"});
    command.input = input;
    const Finished finished = run(command);
    BOOST_TEST(finished.exit_code == 3, finished.err);
    BOOST_TEST(has(finished.err, "which --rotate can"), finished.err);
  }
  BOOST_TEST(sandbox.requests() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
