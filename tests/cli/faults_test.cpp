// Everything that a server, a gateway or the network between can do wrong, one after the other: what the
// program says of a session must never be more than what is true.
#include <deque>
#include <optional>

#include "cli/dropping.hpp"

namespace bulkdrop::test {
namespace {

struct Case {
  std::string kind;
  int exit_code;       // when every answer is like that
  std::string status;  // of every row then; several: any of them
  std::string reason;  // likewise
  // When only the first answer for each session is like that and the second one is true: the status of every
  // row. Empty where the first few answers stop the run.
  std::string then;
};

// A second answer for a session that has ended is the drop error of that kind, hence the `http_error`s.
// What is executed although the answer proves nothing ends in doubt, since the second answer is the drop
// error of a session that has ended; what is not executed is dropped by the second request.
const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {"drop_error", 1, "failed", "drop_error", "dropped"},
      {"unexpected", 1, "unknown", "unexpected_error", "dropped"},
      {"not_authorized", 4, "unsent", "not_authorized not_started", ""},
      {"not_found", 2, "unsent", "resource_not_found not_started", ""},
      {"no_route", 4, "unsent", "no_route not_started", ""},
      {"unauthorized", 4, "unsent", "client_auth_failed not_started", ""},
      {"access_denied", 4, "unsent", "client_auth_failed not_started", ""},
      {"invalid_signature", 4, "unsent", "invalid_signature not_started", ""},
      {"redirect", 2, "unsent", "http_error not_started", ""},
      {"request_timeout", 1, "unknown", "timeout", "dropped"},
      {"throttle", 1, "unsent", "throttled", "dropped"},
      {"bad_gateway", 1, "unknown", "gateway_error", "dropped"},
      {"unavailable", 1, "unknown", "gateway_error", "dropped"},
      {"gateway_timeout", 1, "unknown", "gateway_error", "unknown"},
      {"html", 1, "unknown", "bad_response", "dropped"},
      {"truncate", 1, "unknown", "connection_lost", "unknown"},
      {"truncate_close", 1, "unknown", "bad_response http_error", "unknown"},
      {"reset", 1, "unknown", "connection_lost", "unknown"},
      {"stall", 1, "unknown", "timeout", "unknown"},
      {"slow", 1, "unknown", "timeout", "dropped unknown"},
      {"not_http", 1, "unknown", "bad_response connection_lost", "unknown"},
      {"empty", 1, "unknown", "bad_response", "unknown"},
      {"garbage", 1, "unknown", "bad_response", "unknown"},
      {"no_content", 1, "unknown", "bad_response", "unknown"},
      {"partial", 1, "unknown", "bad_response", "unknown"},
      {"created", 1, "unknown", "bad_response", "unknown"},
      {"compressed", 1, "unknown", "bad_response http_error", "unknown"},
      {"lie_flag", 1, "unknown", "bad_response", "dropped"},
      {"lie_twin", 1, "unknown", "bad_response", "dropped"},
      {"wrong_status", 1, "unknown", "bad_response", "dropped"},
      {"duplicate_key", 1, "unknown", "bad_response", "unknown"},
      {"string_numbers", 1, "unknown", "bad_response", "unknown"},
      {"two_documents", 1, "unknown", "bad_response http_error", "unknown"},
      {"trailing_garbage", 1, "unknown", "bad_response http_error", "unknown"},
      {"missing_brace", 1, "unknown", "bad_response http_error", "unknown"},
      {"oversize", 1, "unknown", "bad_response", "unknown"},
      {"bad_utf8", 1, "unknown", "bad_response", "unknown"},
      {"bom", 1, "unknown", "bad_response http_error", "unknown"},
      {"deep", 1, "unknown", "bad_response", "unknown"},
      // Unusual, and still a complete and valid success; or undetectable from the answer alone.
      {"100continue", 0, "dropped", "ok", "dropped"},
      {"chunked", 0, "dropped", "ok", "dropped"},
      {"false_success", 0, "dropped", "ok", "dropped"},
      {"mislabelled", -1, "dropped unknown", "ok bad_response", "dropped unknown"},
  };
  return all;
}

bool is_one_of(const std::string& word, const std::string& words) {
  return has(" " + words + " ", " " + word + " ");
}

struct Trial {
  Trial(const Case& what, const std::string& when, std::size_t number)
      : expected(what), sandbox(6, {"--faults", what.kind + "=" + when, "--seed", std::to_string(number)}) {
    // Only what never answers needs a short time; on a busy machine it would cut off others.
    const bool silent = what.kind == "stall" || what.kind == "slow";
    process.emplace(drop(
        here,
        at(sandbox) + Words{"--yes", "--attempts", "2", "--canary", "0", "--concurrency", "4", "--timeout",
                            silent ? "500ms" : "20s", "--out", "run", sandbox.export_file()}));
  }
  const Case& expected;
  TempDir here;
  Sandbox sandbox;
  std::optional<Process> process;
};

// Trials mostly wait: a few at a time.
template <typename Check>
void try_all(const std::string& when, Check&& check) {
  constexpr std::size_t kAtOnce = 8;
  std::deque<Trial> trials;
  std::size_t number = 0;
  const auto finish_one = [&] {
    Trial& trial = trials.front();
    BOOST_TEST_CONTEXT(trial.expected.kind << "=" << when) {
      const Finished finished = trial.process->wait();
      trial.sandbox.stop();  // what it still works on is entered in its ledger then
      const RunDirectory run(trial.here.path("run"));
      check_accounts(run, finished);
      check_against_ledger(run, trial.sandbox, trial.expected.kind == "false_success");
      BOOST_TEST(run.rows().size() == 6U);
      check(trial.expected, finished, run);
    }
    trials.pop_front();
  };
  for (const Case& what : cases()) {
    trials.emplace_back(what, when, ++number);
    if (trials.size() == kAtOnce) finish_one();
  }
  while (!trials.empty()) finish_one();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(faults)

BOOST_AUTO_TEST_CASE(a_server_that_always_answers_wrongly_is_never_believed) {
  try_all("100%", [](const Case& expected, const Finished& finished, const RunDirectory& run) {
    if (expected.exit_code >= 0) BOOST_TEST(finished.exit_code == expected.exit_code, finished.err);
    for (const SessionRow& row : run.rows()) {
      BOOST_TEST(is_one_of(row.status, expected.status), row.status + " " + row.reason);
      BOOST_TEST(is_one_of(row.reason, expected.reason), row.status + " " + row.reason + ": " + row.message);
    }
    if (expected.exit_code == 4) BOOST_TEST(run.text("/stopped_by") == "auth");
    if (expected.exit_code == 2) BOOST_TEST(run.text("/stopped_by") == "config");
    if (expected.exit_code == 1) BOOST_TEST(run.text("/stopped_by") == "null");
    if (expected.exit_code == 1)
      for (const SessionRow& row : run.rows()) BOOST_TEST(row.attempts == 2U);
  });
}

BOOST_AUTO_TEST_CASE(one_wrong_answer_for_each_session_leaves_doubt_only_where_it_was_executed) {
  try_all("each:1", [](const Case& expected, const Finished& finished, const RunDirectory& run) {
    if (expected.then.empty()) return;
    for (const SessionRow& row : run.rows())
      BOOST_TEST(is_one_of(row.status, expected.then), row.status + " " + row.reason + ": " + row.message);
    BOOST_TEST(finished.exit_code == (run.count("dropped") == 6 ? 0 : 1), finished.err);
  });
}

BOOST_AUTO_TEST_CASE(connections_that_close_after_each_answer_cost_nothing_but_connections) {
  const Sandbox sandbox(40, {"--faults", "close_idle=100%"});
  const TempDir here;
  const Finished finished =
      run(drop(here, at(sandbox) + Words{"--yes", "--out", "run", sandbox.export_file()}));
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  BOOST_TEST(run.count("failed") == 0U);
  // A request on a connection that is being closed may count as sent although it never arrived.
  auto ledger = sandbox.ledger();
  for (const SessionRow& row : run.rows()) {
    BOOST_TEST(row.attempts >= ledger[row.session_id].answers.size());
    if (row.status == "dropped") BOOST_TEST(ledger[row.session_id].ended == 1);
  }
}

BOOST_AUTO_TEST_CASE(a_mixture_of_faults_is_accounted_for_to_the_last_row) {
  const Sandbox sandbox(
      300,
      {"--faults",
       "reset=3%,truncate=2%,garbage=2%,unexpected=2%,drop_error=2%,html=2%,lie_flag=2%,bad_gateway=1%"});
  const TempDir here;
  const Finished finished =
      run(drop(here, at(sandbox) + Words{"--yes", "--canary", "0", "--out", "run", sandbox.export_file()}));
  BOOST_TEST(finished.exit_code == 1, finished.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  check_against_ledger(run, sandbox);
  BOOST_TEST(run.count("dropped") + run.count("unknown") + run.count("failed") == 300U);
  BOOST_TEST(run.count("dropped") > 250U);
}

BOOST_AUTO_TEST_CASE(a_first_session_without_a_documented_answer_stops_the_run_before_the_others) {
  const Sandbox sandbox(50, {"--faults", "html=100%"});
  const TempDir here;
  const Finished finished =
      run(drop(here, at(sandbox) + Words{"--yes", "--attempts", "2", "--out", "run", sandbox.export_file()}));
  BOOST_TEST(finished.exit_code == 5, finished.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  check_against_ledger(run, sandbox);
  BOOST_TEST(run.text("/stopped_by") == "canary");
  BOOST_TEST(sandbox.requests() == 2U);
  BOOST_TEST(run.count("unsent") == 49U);
  BOOST_TEST(run.rows().front().status == "unknown");
}

BOOST_AUTO_TEST_CASE(a_token_endpoint_that_is_away_for_a_moment_is_waited_for) {
  for (const char* faults : {"token.unavailable=first:2", "token_down=first:1", "token.reset=first:1"}) {
    const Sandbox sandbox(5, {"--faults", faults});
    const TempDir here;
    const Finished finished = run(drop(
        here, {"--url", sandbox.url(), "--client-id", std::string(Sandbox::kClientId), "--client-secret-file",
               sandbox.client_secret_file(), "--yes", "--out", "run", sandbox.export_file()}));
    BOOST_TEST(finished.exit_code == 0, std::string(faults) + "\n" + finished.err);
    check_against_ledger(RunDirectory(here.path("run")), sandbox);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
