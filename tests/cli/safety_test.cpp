// What stands between a slip of the hand and twelve thousand ended sessions.
#include <csignal>
#include <filesystem>
#include <regex>

#include "cli/dropping.hpp"
#include "cli/listening_port.hpp"
#include "cli/stopped_run.hpp"

namespace bulkdrop::test {
namespace {

std::string ids(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += made_up_id(i) + "\n";
  return text;
}

bool left_something_behind(const TempDir& here) {
  for (const auto& entry : std::filesystem::directory_iterator(here.path()))
    if (entry.is_directory()) return true;
  return false;
}

// Nothing was sent, and nothing was left behind.
void check_refused(const Finished& finished, int exit_code, const ListeningPort& server,
                   const TempDir& here) {
  BOOST_TEST(!finished.timed_out);
  BOOST_TEST(finished.exit_code == exit_code, finished.err);
  BOOST_TEST(!server.was_called());
  BOOST_TEST(!left_something_behind(here));
  BOOST_TEST(finished.out == "");
}

Words token(const TempDir& here) {
  return {"--token-file", here.file("token", "t")};
}

// A drop of so many sessions at a terminal, that has just asked for their number.
struct Asking {
  explicit Asking(std::size_t count) : process(command(here, server, count)) {
    BOOST_TEST_REQUIRE(process.shows("to leave:"), process.err());
  }
  static Command command(const TempDir& here, const ListeningPort& server, std::size_t count) {
    put(here, "ids.txt", ids(count));
    Command command = drop(here, Words{"--url", server.url(), "ids.txt"} + token(here));
    command.on_terminal = true;
    return command;
  }
  TempDir here;
  ListeningPort server;
  Process process;
};

// The text without its line breaks, wherever they are.
std::string in_one_line(const std::string& text) {
  static const std::regex kSpace("\\s+");
  return std::regex_replace(text, kSpace, " ");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(safety)

BOOST_AUTO_TEST_CASE(a_dry_run_connects_to_nobody_needs_no_login_and_leaves_nothing) {
  const ListeningPort server;
  const TempDir here;
  put(here, "ids.txt", ids(5) + ids(1) + "nonsense\n");
  for (const Words& more :
       {Words{"--url", server.url()}, Words{"--url", server.url(), "--client-id", "x"}, Words{}}) {
    const Finished finished = run(drop(here, Words{"--dry-run", "ids.txt"} + more));
    BOOST_TEST(finished.exit_code == 0, finished.err);
    BOOST_TEST(finished.err == "");
    BOOST_TEST(has(finished.out, "nothing was sent"), finished.out);
    BOOST_TEST(has(finished.out, "5 sessions"), finished.out);
    BOOST_TEST(has(finished.out, "ids.txt:7"), finished.out);
    BOOST_TEST(has(finished.out, server.url()) == !more.empty());
    BOOST_TEST(!server.was_called());
    BOOST_TEST(!left_something_behind(here));
  }
}

BOOST_AUTO_TEST_CASE(a_dry_run_refuses_the_run_directory_that_the_run_would_refuse) {
  const TempDir here;
  put(here, "ids.txt", ids(5));
  const auto with = [&](const std::string& out) {
    return run(drop(here, {"--dry-run", "--out", out, "ids.txt"})).exit_code;
  };
  BOOST_TEST(with(here.path()) == 2);
  BOOST_TEST(with("ids.txt") == 2);
  BOOST_TEST(with("a/b") == 7);
  BOOST_TEST(with("run") == 0);
  BOOST_TEST(run(drop(here, {"--dry-run", "--stream", "--rotate", "1h", "--out", "ids.txt"})).exit_code == 2);
  BOOST_TEST(!left_something_behind(here));
}

BOOST_AUTO_TEST_CASE(a_current_directory_that_is_gone_is_told_as_such) {
  const Sandbox sandbox(2);
  const TempDir here;
  const std::string words = std::string(BULKDROP_BINARY) + " drop --yes --url " + sandbox.url() +
                            " --token-file " + sandbox.token_file() + " " + sandbox.export_file();
  const auto without_directory = [&](const std::string& command) {
    Command shell;
    shell.program = "/bin/sh";
    shell.arguments = {"-c", "mkdir g && cd g && rmdir ../g && " + command};
    shell.directory = here.path();
    return run(shell);
  };
  const Finished refused = without_directory(words);
  BOOST_TEST(refused.exit_code == 2, refused.err);
  BOOST_TEST(has(refused.err, "the current directory does not exist any more"), refused.err);
  const Finished elsewhere = without_directory(words + " --out " + here.path("run"));
  BOOST_TEST(elsewhere.exit_code == 0, elsewhere.err);
  check_accounts(RunDirectory(here.path("run")), elsewhere);
  BOOST_TEST(without_directory(words + " --dry-run").exit_code == 0);
  const Finished again = without_directory(std::string(BULKDROP_BINARY) + " report " + here.path("run"));
  BOOST_TEST(again.exit_code == 0, again.err);
}

BOOST_AUTO_TEST_CASE(a_dry_run_is_held_to_the_limits_as_the_run_would_be) {
  const TempDir here;
  put(here, "ids.txt", ids(5));
  BOOST_TEST(run(drop(here, {"--dry-run", "--max-sessions", "4", "ids.txt"})).exit_code == 5);
  BOOST_TEST(run(drop(here, {"--dry-run", "--max-sessions", "5", "ids.txt"})).exit_code == 0);
  BOOST_TEST(run(drop(here, {"--dry-run", "--confirm", "4", "ids.txt"})).exit_code == 2);
}

BOOST_AUTO_TEST_CASE(the_wrong_count_to_confirm_stops_it) {
  const ListeningPort server;
  const TempDir here;
  put(here, "ids.txt", ids(5) + ids(2));
  const Words words = Words{"--url", server.url(), "ids.txt"} + token(here);
  for (const char* count : {"4", "6", "7", "0"}) {
    const Finished finished = run(drop(here, words + Words{"--confirm", count}));
    check_refused(finished, 2, server, here);
    BOOST_TEST(has(finished.err, "5 sessions"), finished.err);
  }
  // Not even together with --yes.
  check_refused(run(drop(here, words + Words{"--yes", "--confirm", "4"})), 2, server, here);
}

BOOST_AUTO_TEST_CASE(the_right_count_to_confirm_starts_it) {
  const Sandbox sandbox(5);
  const TempDir here;
  const Finished finished = run(drop(here, at(sandbox) + Words{"--confirm", "5", sandbox.export_file()}));
  BOOST_TEST(finished.exit_code == 0, finished.err);
  BOOST_TEST(sandbox.requests() == 5U);
}

BOOST_AUTO_TEST_CASE(more_sessions_than_the_limit_and_none_is_dropped) {
  const ListeningPort server;
  const TempDir here;
  put(here, "ids.txt", ids(5));
  for (const char* most : {"4", "0"}) {
    const Finished finished = run(
        drop(here, Words{"--url", server.url(), "--yes", "--max-sessions", most, "ids.txt"} + token(here)));
    check_refused(finished, 5, server, here);
    BOOST_TEST(has(finished.err, "--max-sessions"), finished.err);
  }
  const Sandbox sandbox(5);
  BOOST_TEST(
      run(drop(here, at(sandbox) + Words{"--yes", "--max-sessions", "5", sandbox.export_file()})).exit_code ==
      0);
}

BOOST_AUTO_TEST_CASE(without_a_terminal_and_without_yes_nothing_happens_and_at_once) {
  const ListeningPort server;
  const TempDir here;
  put(here, "ids.txt", ids(3));
  const Finished finished = run(drop(here, Words{"--url", server.url(), "ids.txt"} + token(here)));
  check_refused(finished, 2, server, here);
  BOOST_TEST(has(finished.err, "--yes"), finished.err);
  BOOST_TEST(finished.took < Milliseconds(5000));
  // Not even for input that never comes.
  Command waiting = drop(here, Words{"--url", server.url()} + token(here));
  waiting.keep_input_open = true;
  check_refused(run(waiting, Milliseconds(10'000)), 2, server, here);
}

BOOST_AUTO_TEST_CASE(at_a_terminal_it_shows_server_input_and_count_and_starts_when_the_count_is_typed) {
  const Sandbox sandbox(12);
  const TempDir here;
  Command command = drop(here, at(sandbox) + Words{"--out", "run", sandbox.export_file()});
  command.on_terminal = true;
  Process process(command);
  BOOST_TEST_REQUIRE(process.shows("to drop them"), process.err());
  BOOST_TEST(has(process.err(), sandbox.url()));
  // On a small screen, the first lines are gone by then.
  BOOST_TEST(has(process.err(), "to drop them at " + sandbox.url() + ", "), process.err());
  BOOST_TEST(has(process.err(), sandbox.export_file()));
  BOOST_TEST(has(process.err(), "12 sessions"));
  BOOST_TEST(sandbox.requests() == 0U);
  process.type("12\n");
  const Finished finished = process.wait();
  BOOST_TEST(finished.exit_code == 0, finished.err);
  BOOST_TEST(has(finished.out, "All 12 sessions are gone."));
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  check_against_ledger(run, sandbox);
}

BOOST_AUTO_TEST_CASE(anything_else_that_is_typed_stops_it) {
  for (const char* typed :
       {"11\n", "y\n", "yes\n", "\n", "\x04", "-12\n", "12 sessions\n", "0x12\n", "1 2\n"}) {
    Asking asking(12);
    asking.process.type(typed);
    check_refused(asking.process.wait(), 2, asking.server, asking.here);
  }
}

BOOST_AUTO_TEST_CASE(ctrl_c_at_the_question_leaves_it) {
  Asking asking(12);
  asking.process.type("\x03");
  check_refused(asking.process.wait(), 130, asking.server, asking.here);
}

BOOST_AUTO_TEST_CASE(the_question_is_asked_at_the_terminal_while_the_ids_come_through_a_pipe) {
  const Sandbox sandbox(3);
  const TempDir here;
  Command command = drop(here, at(sandbox) + Words{"--out", "run"});
  command.on_terminal = true;
  command.input = slurp(sandbox.export_file());
  Process process(command);
  BOOST_TEST_REQUIRE(process.shows("to drop them"), process.err());
  BOOST_TEST(has(process.err(), "standard input"));
  BOOST_TEST(sandbox.requests() == 0U);
  process.type("3\n");
  const Finished finished = process.wait();
  BOOST_TEST(finished.exit_code == 0, finished.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  check_against_ledger(run, sandbox);
  BOOST_TEST(slurp(run.file("input")) == *command.input);
}

BOOST_AUTO_TEST_CASE(an_interrupted_question_leaves_its_line) {
  Asking asking(3);
  asking.process.signal(SIGINT);
  const Finished finished = asking.process.wait();
  check_refused(finished, 130, asking.server, asking.here);
  const std::size_t error = finished.err.find("bulkdrop: error: ");
  BOOST_TEST_REQUIRE(error != std::string::npos, finished.err);
  BOOST_TEST(finished.err[error - 1] == '\n', finished.err);
}

BOOST_AUTO_TEST_CASE(large_counts_may_be_typed_as_they_are_shown) {
  for (const char* typed : {"1,200\n", "1200\n"}) {
    Asking asking(1200);
    Process& process = asking.process;
    BOOST_TEST(has(process.err(), "(1,200)"), process.err());
    process.type(typed);
    for (int i = 0; i < 1000 && !asking.server.was_called(); ++i)
      BOOST_TEST(!process.shows("not confirmed", Milliseconds(20)));
    process.signal(SIGTERM);
    process.signal(SIGTERM);
    const Finished finished = process.wait();
    BOOST_TEST(finished.exit_code == 143, finished.err);
  }
}

BOOST_AUTO_TEST_CASE(nothing_to_drop_needs_neither_question_nor_server) {
  const ListeningPort server;
  const TempDir here;
  put(here, "empty.txt", "");
  put(here, "header.csv", "ID,Session ID\r\n");
  put(here, "protected.txt", ids(1));
  for (const Words& words : {Words{"empty.txt"}, Words{"header.csv"},
                             Words{"protected.txt", "--protect", "protected.txt"}, Words{}}) {
    const Finished finished =
        run(drop(here, Words{"--url", server.url(), "--yes"} + words + token(here)), Milliseconds(10'000));
    BOOST_TEST(finished.exit_code == 0, finished.err);
    BOOST_TEST(has(finished.out, "no session to drop"), finished.out);
    BOOST_TEST(!server.was_called());
  }
  // Nor a token, which would have to be asked for.
  const Finished finished = run(drop(here, {"--url", server.url(), "--yes", "empty.txt", "--client-id", "x",
                                            "--client-secret-file", here.path("token")}),
                                Milliseconds(10'000));
  BOOST_TEST(finished.exit_code == 0, finished.err);
  BOOST_TEST(!server.was_called());
}

BOOST_AUTO_TEST_CASE(so_many_failures_stop_the_run) {
  const Sandbox sandbox(5);
  for (const std::string limit : {"4", "0.1%"}) {
    const TempDir here;
    put(here, "ids.txt", ids(3000));  // the server has none of them
    const Finished finished =
        run(drop(here, at(sandbox) + Words{"--yes", "--concurrency", "1", "--max-failures", limit, "--out",
                                           "run", "ids.txt"}));
    BOOST_TEST(finished.exit_code == 5, finished.err);
    BOOST_TEST(has(finished.err, "--max-failures"), finished.err);
    const RunDirectory run(here.path("run"));
    check_accounts(run, finished);
    BOOST_TEST(run.number("/counts/failed") >= 3U);
    BOOST_TEST(run.number("/counts/unsent") > 0U);
    BOOST_TEST(run.text("/stopped_by") == "max_failures");
    BOOST_TEST(has(in_one_line(finished.out), "add a higher --max-failures to"), finished.out);
  }
}

BOOST_AUTO_TEST_CASE(where_the_server_refuses_all_no_more_fail_than_are_allowed_to) {
  const Sandbox sandbox(5);
  const TempDir here;
  put(here, "ids.txt", ids(3000));  // the server has none of them
  const Finished finished =
      run(drop(here, at(sandbox) + Words{"--yes", "--max-failures", "5", "--out", "run", "ids.txt"}));
  BOOST_TEST(finished.exit_code == 5, finished.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  BOOST_TEST(run.number("/counts/failed") == 5U, finished.out);
}

BOOST_AUTO_TEST_CASE(the_deadline_ends_the_run_with_what_is_done) {
  const Sandbox sandbox(5);
  const TempDir here;
  put(here, "ids.txt", ids(50));
  const Finished finished = run(
      drop(here, at(sandbox) + Words{"--yes", "--rate", "5", "--deadline", "1s", "--out", "run", "ids.txt"}));
  BOOST_TEST(finished.exit_code == 6, finished.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  BOOST_TEST(run.text("/stopped_by") == "deadline");
  BOOST_TEST(run.number("/counts/unsent") > 30U);
}

BOOST_AUTO_TEST_CASE(a_limit_that_is_none_is_refused) {
  const TempDir here;
  put(here, "ids.txt", ids(5));
  for (const Words& wrong :
       {Words{"--max-failures", "0"}, Words{"--max-failures", "0%"}, Words{"--max-failures", "101%"},
        Words{"--max-failures", "5 %"}, Words{"--max-failures", "-1"}, Words{"--deadline", "0s"}}) {
    const Finished finished = run(
        drop(here, Words{"--url", "https://pam.example"} + token(here) + wrong + Words{"--yes", "ids.txt"}));
    BOOST_TEST(finished.exit_code == 2, finished.err);
    BOOST_TEST(has(finished.err, wrong[0]), finished.err);
    BOOST_TEST(!left_something_behind(here));
  }
}

// By whoever got hold of it through an answer.
BOOST_AUTO_TEST_CASE(before_it_talks_to_the_server_it_gives_up_the_right_to_write_elsewhere) {
  const Sandbox sandbox(3);
  const TempDir here;
  const auto traced = [&](Command command) {
    command.arguments.insert(command.arguments.begin(), {"-f", "-qq", "-o", here.path("trace"), "-e",
                                                         "trace=connect,/landlock_.*", command.program});
    command.program = "/usr/bin/strace";
    command.environment["ASAN_OPTIONS"] = "detect_leaks=0";  // which a traced process can't do
    const Finished finished = run(command);
    BOOST_TEST(finished.exit_code == 0, finished.err);
    const std::string trace = slurp(here.path("trace"));
    if (has(trace, "ENOSYS") || has(trace, "EOPNOTSUPP") || has(trace, "EPERM")) {
      BOOST_TEST_MESSAGE("this kernel has no Landlock");
      return;
    }
    const std::size_t confined = trace.find("landlock_restrict_self(");
    BOOST_TEST_REQUIRE(confined != std::string::npos);
    BOOST_TEST(has(trace.substr(confined, trace.find('\n', confined) - confined), " = 0"), trace);
    BOOST_TEST(trace.find("connect(") > confined, trace);
    BOOST_TEST(trace.find("connect(") != std::string::npos, trace);
  };
  const Words login = {"--token-file", sandbox.token_file()};
  traced(drop(here, at(sandbox) +
                        Words{"--yes", "--out", "run", "--metrics", "metrics.prom", sandbox.export_file()}));
  traced(bulkdrop(here, Words{"verify", "run"} + login));
  const StoppedRun stopped;
  traced(resume(stopped.here(), stopped.sandbox(), kQuickly));
  traced(bulkdrop(here, Words{"list", "--url", sandbox.url()} + login));
  traced(bulkdrop(here, Words{"check", "--url", sandbox.url()} + login));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
