// Somebody who wants it to stop, or to know how far it is.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>

#include "cli/stopped_run.hpp"
#include "support/trouble.hpp"
#include <unistd.h>

namespace bulkdrop::test {
namespace {

Command slow_run(const TempDir& here, const Sandbox& sandbox, const Words& words = {}) {
  return drop(here, at(sandbox) +
                        Words{"--yes", "--concurrency", "8", "--out", "run", sandbox.export_file()} + words);
}

// Until its main thread waits for something (proc_pid_stat(5): the state stands behind the name).
bool sleeps(const Process& process) {
  for (int i = 0; i < 4000; ++i) {
    if (has(slurp("/proc/" + std::to_string(process.pid()) + "/stat"), ") S ")) return true;
    ::usleep(1'000);
  }
  return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(signals)

BOOST_AUTO_TEST_CASE(the_first_signal_lets_requests_in_flight_finish_and_writes_everything) {
  for (const int number : {SIGINT, SIGTERM}) {
    const Sandbox sandbox(400, {"--latency", "50ms", "--workers", "4"});
    const TempDir here;
    Process process(slow_run(here, sandbox, {"--canary", "0", "--fixed-concurrency"}));
    BOOST_TEST_REQUIRE(asked(sandbox, 8), process.err());
    sandbox.freeze();  // what is in flight stays there, however long the signal takes
    BOOST_TEST_REQUIRE(tells(process, "window 8/8"), process.err());
    process.signal(number);
    BOOST_TEST(process.shows("Waiting for 8 requests in flight"), process.err());
    sandbox.thaw();
    const Finished finished = process.wait();
    BOOST_TEST(finished.exit_code == 128 + number, finished.err);
    const RunDirectory run(here.path("run"));
    check_accounts(run, finished);
    check_against_ledger(run, sandbox);
    BOOST_TEST(run.text("/stopped_by") == "signal");
    BOOST_TEST(run.count("unknown") == 0U);
    BOOST_TEST(run.count("failed") == 0U);
    BOOST_TEST(run.count("dropped") >= 8U);
    BOOST_TEST(run.count("unsent") > 0U);
    BOOST_TEST(run.count("dropped") == sandbox.requests());
    for (const char* name : {"sessions.csv", "sessions.jsonl", "failed.csv", "report.html", "summary.json"})
      BOOST_TEST(std::filesystem::exists(run.file(name)), name);
  }
}

BOOST_AUTO_TEST_CASE(the_second_signal_cuts_what_is_in_flight_and_calls_it_unknown) {
  const Sandbox sandbox(20, {"--latency", "30s", "--workers", "4"});
  const TempDir here;
  Process process(slow_run(here, sandbox, {"--canary", "0", "--timeout", "60s", "--fixed-concurrency"}));
  BOOST_TEST_REQUIRE(appears(here.path("run/journal.jsonl")));
  BOOST_TEST_REQUIRE(tells(process, "window 8/8"), process.err());
  process.signal(SIGINT);
  BOOST_TEST_REQUIRE(process.shows("in flight"), process.err());
  const Finished finished = ended_by(SIGINT, process, Milliseconds(10'000));
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  BOOST_TEST(has(finished.err, "cutting 8 requests in flight"), finished.err);
  BOOST_TEST(run.text("/stopped_by") == "signal");
  BOOST_TEST(run.count("unknown") == 8U);
  BOOST_TEST(run.count("unsent") == 12U);
}

BOOST_AUTO_TEST_CASE(a_signal_ends_a_long_pause_at_once) {
  const Sandbox sandbox(20, {"--faults", "unavailable=100%"});
  const TempDir here;
  Process process(
      drop(here, at(sandbox) + Words{"--yes", "--canary", "0", "--out", "run", sandbox.export_file()}));
  BOOST_TEST_REQUIRE(process.shows("warning: "), process.err());
  const Finished finished = ended_by(SIGTERM, process, Milliseconds(10'000));
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  check_against_ledger(run, sandbox);
}

BOOST_AUTO_TEST_CASE(usr1_prints_how_far_it_is_even_where_no_progress_is_wanted) {
  const Sandbox sandbox(60, {"--latency", "200ms", "--workers", "4"});
  const TempDir here;
  Process process(slow_run(here, sandbox, {"--progress", "never"}));
  BOOST_TEST_REQUIRE(asked(sandbox, 1));
  sandbox.freeze();
  process.signal(SIGUSR1);
  BOOST_TEST(process.shows("/60"), process.err());
  sandbox.thaw();
  const Finished finished = process.wait();
  BOOST_TEST(finished.exit_code == 0, finished.err);
  BOOST_TEST(std::count(finished.err.begin(), finished.err.end(), '\n') == 1, finished.err);
}

BOOST_AUTO_TEST_CASE(a_signal_before_anything_was_sent_leaves_nothing_behind) {
  const Sandbox sandbox(1);
  const TempDir here;
  Command command = drop(here, at(sandbox) + Words{"--yes", "--out", "run"});
  command.keep_input_open = true;
  Process process(command);
  process.write(made_up_id(1) + "\n");
  BOOST_TEST_REQUIRE(appears(here.path("run")));
  const Finished finished = ended_by(SIGINT, process, Milliseconds(10'000));
  BOOST_TEST(has(finished.err, "before anything was sent"), finished.err);
  BOOST_TEST(sandbox.requests() == 0U);
  BOOST_TEST(!std::filesystem::exists(here.path("run")));
}

BOOST_AUTO_TEST_CASE(a_server_that_says_nothing_holds_the_end_up_for_the_timeout_at_most) {
  const Sandbox sandbox(20, {"--faults", "stall=100%"});
  const TempDir here;
  Process process(slow_run(here, sandbox, {"--canary", "0", "--timeout", "2s"}));
  BOOST_TEST_REQUIRE(asked(sandbox, 4));
  const Finished finished = ended_by(SIGTERM, process, Milliseconds(4'000));
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  check_against_ledger(run, sandbox);
}

BOOST_AUTO_TEST_CASE(a_hang_up_ends_it_as_a_sigterm_does_and_is_called_by_its_name) {
  const Sandbox sandbox(400, {"--latency", "50ms", "--workers", "4"});
  const TempDir here;
  Process process(slow_run(here, sandbox));
  BOOST_TEST_REQUIRE(asked(sandbox, 4), process.err());
  process.signal(SIGHUP);
  const Finished finished = process.wait();
  BOOST_TEST(finished.exit_code == 143, finished.err);
  BOOST_TEST(has(finished.err, "stopped by SIGHUP"), finished.err);
  check_accounts(RunDirectory(here.path("run")), finished);
}

// The kernel and the shell send a SIGHUP each.
BOOST_AUTO_TEST_CASE(a_terminal_that_is_lost_lets_requests_in_flight_finish) {
  const Sandbox sandbox(400, {"--latency", "1s", "--workers", "8"});
  const TempDir here;
  Command shell;
  shell.program = "/bin/bash";
  shell.arguments = {"--norc", "--noprofile", "-i"};
  shell.directory = here.path();
  shell.on_terminal = true;
  Process process(shell);
  process.type(std::string(BULKDROP_BINARY) + " drop --url " + sandbox.url() + " --token-file " +
               sandbox.token_file() + " --yes --canary 0 --concurrency 8 --fixed-concurrency --out run " +
               sandbox.export_file() + "\n");
  BOOST_TEST_REQUIRE(asked(sandbox, 8), process.err());
  process.hang_up();
  BOOST_TEST_REQUIRE(appears(here.path("run/summary.json")));
  const RunDirectory run(here.path("run"));
  BOOST_TEST(run.number("/exit_code") == 143U);
  BOOST_TEST(run.count("unknown") == 0U);
  BOOST_TEST(run.count("dropped") >= 8U);
  BOOST_TEST(run.count("dropped") == sandbox.requests());
}

BOOST_AUTO_TEST_CASE(a_resolver_that_hangs_holds_up_neither_signal) {
  const TempDir here;
  put(here, "ids", made_up_id(1) + "\n");
  put(here, "token", "secret-token-of-a-test");
  for (const int signals : {1, 2}) {
    const std::string timeout = signals == 1 ? "3s" : "20s";
    Command command =
        drop(here, {"--url", "https://pam.example", "--token-file", "token", "--yes", "--timeout", timeout,
                    "--connect-timeout", timeout, "--out", "run" + std::to_string(signals), "ids"});
    Process process(with_hanging_lookup(command, "pam.example"));
    BOOST_TEST_REQUIRE(appears(here.path("run" + std::to_string(signals) + "/journal.jsonl")), process.err());
    ::usleep(300'000);  // into the look-up
    for (int i = 0; i < signals; ++i) {
      process.signal(SIGINT);
      static_cast<void>(process.shows("stopped by SIGINT", Milliseconds(2'000)));
    }
    const auto before = std::chrono::steady_clock::now();
    const Finished finished = process.wait(Milliseconds(20'000));
    BOOST_TEST((std::chrono::steady_clock::now() - before < std::chrono::seconds(10)));
    BOOST_TEST(finished.exit_code == 130, finished.err);
    const RunDirectory run(here.path("run" + std::to_string(signals)));
    check_accounts(run, finished);
    BOOST_TEST(run.count("unsent") == 1U);
  }
}

BOOST_AUTO_TEST_CASE(a_token_request_that_hangs_does_not_hold_the_end_up) {
  const Sandbox sandbox(5, {"--faults", "token.stall=100%"});
  const TempDir here;
  Process process(drop(
      here, {"--url", sandbox.url(), "--client-id", std::string(Sandbox::kClientId), "--client-secret-file",
             sandbox.client_secret_file(), "--yes", "--out", "run", sandbox.export_file()}));
  BOOST_TEST_REQUIRE(appears(here.path("run/journal.jsonl")));
  ::usleep(200'000);
  const Finished finished = ended_by(SIGTERM, process, Milliseconds(10'000));
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  BOOST_TEST(run.count("unsent") == 5U);
}

// Longer than the timeout: the answers came meanwhile, and nobody read them.
BOOST_AUTO_TEST_CASE(a_process_that_was_stopped_and_goes_on_believes_the_answers_that_came_meanwhile) {
  const Sandbox sandbox(120, {"--latency", "300ms", "--workers", "16"});
  const TempDir here;
  Process process(
      drop(here, at(sandbox) + Words{"--yes", "--concurrency", "16", "--fixed-concurrency", "--timeout", "2s",
                                     "--outage", "3s", "--out", "run", sandbox.export_file()}));
  BOOST_TEST_REQUIRE(asked(sandbox, 20));
  for (int i = 0; i < 2; ++i) {
    process.signal(SIGSTOP);
    ::usleep(4'000'000);
    process.signal(SIGCONT);
    ::usleep(500'000);
  }
  const Finished finished = process.wait();
  BOOST_TEST(finished.exit_code == 0, finished.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  check_against_ledger(run, sandbox);
  BOOST_TEST(run.count("dropped") == 120U);
  BOOST_TEST(sandbox.requests() == 120U);
}

BOOST_AUTO_TEST_CASE(a_server_that_is_away_is_not_given_up_for_the_time_in_which_nobody_asked) {
  const Sandbox sandbox(20, {"--faults", "unavailable=1-12"});
  const TempDir here;
  Process process(drop(here, at(sandbox) + Words{"--yes", "--canary", "0", "--outage", "4s", "--out", "run",
                                                 sandbox.export_file()}));
  BOOST_TEST_REQUIRE(asked(sandbox, 8), process.err());
  BOOST_TEST_REQUIRE(sleeps(process));  // it waits to try again, and is not in the middle of deciding
  process.signal(SIGSTOP);
  ::usleep(6'000'000);
  process.signal(SIGCONT);
  const Finished finished = process.wait();
  BOOST_TEST(finished.exit_code == 0, finished.err + finished.out);
  check_accounts(RunDirectory(here.path("run")), finished);
}

BOOST_AUTO_TEST_CASE(nobody_who_reads_is_no_reason_to_stop) {
  const Sandbox sandbox(20, {"--latency", "20ms"});
  const TempDir here;
  Command command;
  command.program = "/bin/sh";
  command.directory = here.path();
  command.arguments = {"-c", std::string(BULKDROP_BINARY) + " drop --url " + sandbox.url() +
                                 " --token-file " + sandbox.token_file() +
                                 " --yes -v --progress always --out run " + sandbox.export_file() +
                                 " 2>&1 | true; exit 0"};
  static_cast<void>(run(command));
  BOOST_TEST_REQUIRE(appears(here.path("run/summary.json")));
  const RunDirectory run(here.path("run"));
  BOOST_TEST(run.number("/exit_code") == 0U);
  BOOST_TEST(run.count("dropped") == 20U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
