// The job that everybody comes for: an export in, sessions gone, a record of it.
#include <algorithm>
#include <filesystem>
#include <set>

#include "cli/dropping.hpp"
#include "support/csv.hpp"

namespace bulkdrop::test {
namespace {

constexpr std::size_t kSessions = 500;

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(main_job)

BOOST_AUTO_TEST_CASE(every_session_of_an_export_is_dropped_with_one_request_each) {
  const Sandbox sandbox(kSessions);
  const TempDir here;
  const Finished finished =
      run(drop(here, {"--url", sandbox.url(), "--client-id", std::string(Sandbox::kClientId),
                      "--client-secret-file", sandbox.client_secret_file(), "--yes", "--out", "run",
                      "--reason", "INC-1", sandbox.export_file()}));
  BOOST_TEST_REQUIRE(finished.exit_code == 0, finished.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  check_against_ledger(run, sandbox);

  const auto ledger = sandbox.ledger();
  BOOST_TEST(ledger.size() == kSessions);
  for (const auto& [id, entry] : ledger) {
    BOOST_TEST(entry.ended == 1);
    BOOST_TEST(entry.answers.size() == 1U);
  }
  BOOST_TEST(run.count("dropped") == kSessions);
  BOOST_TEST(run.number("/requests/sent") == kSessions);
  BOOST_TEST(run.number("/requests/retries") == 0U);
  BOOST_TEST(run.text("/url") == sandbox.url());
  BOOST_TEST(run.text("/reason") == "INC-1");
  BOOST_TEST(run.text("/stopped_by") == "null");

  // In input order, each with all that is known of it.
  const auto exported = parse_csv(slurp(sandbox.export_file()));
  BOOST_TEST_REQUIRE(exported.size() == kSessions + 1);
  for (std::size_t i = 0; i < kSessions; ++i) {
    const SessionRow& row = run.rows()[i];
    BOOST_TEST(exported[i + 1][1] == row.session_id);
    BOOST_TEST(row.source == sandbox.export_file());
    BOOST_TEST(row.status == "dropped");
    BOOST_TEST(row.reason == "ok");
    BOOST_TEST(row.http_status == "200");
    BOOST_TEST(row.error_code == "0");
    BOOST_TEST(row.attempts == 1U);
    BOOST_TEST(row.first_sent_at <= row.finished_at);
    BOOST_TEST(row.finished_at.size() == std::string_view("2026-01-01T00:00:00.000Z").size());
    BOOST_TEST(row.finished_at.back() == 'Z');
    BOOST_TEST(!row.duration_ms.empty());
  }
  BOOST_TEST(run.rows().front().line == 2U);
}

BOOST_AUTO_TEST_CASE(the_summary_has_the_members_of_the_contract_and_those_that_say_where_it_comes_from) {
  const Sandbox sandbox(5);
  const TempDir here;
  const Finished finished =
      run(drop(here, at(sandbox) + Words{"--yes", "--out", "run", sandbox.export_file()}));
  BOOST_TEST_REQUIRE(finished.exit_code == 0, finished.err);
  const RunDirectory run(here.path("run"));
  const auto keys = [&run](std::string_view pointer) {
    std::string all;
    for (const std::string& key : run.summary().keys(pointer)) all += key + " ";
    return all;
  };
  BOOST_TEST(
      keys("") ==
      "schema run_id version url reason run_directory user host account started_at finished_at duration_s "
      "exit_code stopped_by stopped_why rows counts requests latency_ms contained_s errors verified ");
  BOOST_TEST(keys("/counts") == "dropped ended failed unknown unsent invalid duplicate protected ");
  BOOST_TEST(keys("/requests") == "sent retries throttled ");
  BOOST_TEST(keys("/latency_ms") == "p50 p90 p99 max ");
  BOOST_TEST(keys("/contained_s") == "first p50 p90 last ");
  BOOST_TEST(run.number("/schema") == 1U);
  BOOST_TEST(run.text("/started_at") <= run.text("/finished_at"));
}

BOOST_AUTO_TEST_CASE(the_run_directory_is_for_its_owner_alone) {
  const Sandbox sandbox(3);
  const TempDir here;
  Command command = drop(here, at(sandbox) + Words{"--yes"});
  command.input = slurp(sandbox.export_file());
  const Finished finished = run(command);
  BOOST_TEST_REQUIRE(finished.exit_code == 0, finished.err);
  const RunDirectory run = RunDirectory::only_one_in(here.path());
  BOOST_TEST(mode_of(run.path()) == 0700U);
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(run.path())) {
    names.insert(entry.path().filename().string());
    BOOST_TEST(mode_of(entry.path().string()) == 0600U, entry.path().string());
  }
  for (const char* name : {"run.json", "journal.jsonl", "input", "sessions.csv", "sessions.jsonl",
                           "failed.csv", "report.html", "summary.json"})
    BOOST_TEST(names.contains(name), name);
  BOOST_TEST(slurp(run.file("input")) == slurp(sandbox.export_file()));
}

BOOST_AUTO_TEST_CASE(standard_output_has_the_summary_and_nothing_else) {
  const Sandbox sandbox(20);
  const TempDir here;
  const Finished finished = run(drop(
      here, at(sandbox) + Words{"--yes", "--progress", "always", "--out", "run", sandbox.export_file()}));
  BOOST_TEST_REQUIRE(finished.exit_code == 0, finished.err);
  BOOST_TEST(first_line(finished.out) == "All 20 sessions are gone.");
  BOOST_TEST(has(finished.out, "20 requests"));
  BOOST_TEST(has(finished.out, sandbox.url()));
  BOOST_TEST(has(finished.out, "run "));
  BOOST_TEST(!has(finished.out, "\x1b"));
  BOOST_TEST(!has(finished.out, "\r"));
}

BOOST_AUTO_TEST_CASE(json_prints_the_object_of_summary_json_on_one_line) {
  const Sandbox sandbox(20);
  const TempDir here;
  const Finished finished =
      run(drop(here, at(sandbox) + Words{"--yes", "--json", "--out", "run", sandbox.export_file()}));
  BOOST_TEST_REQUIRE(finished.exit_code == 0, finished.err);
  BOOST_TEST(std::count(finished.out.begin(), finished.out.end(), '\n') == 1);
  BOOST_TEST(finished.out.ends_with("}\n"));
  BOOST_TEST(Json(finished.out).minified() == RunDirectory(here.path("run")).summary().minified());
}

BOOST_AUTO_TEST_CASE(an_unattended_run_that_goes_well_is_silent_but_for_its_summary) {
  const Sandbox sandbox(20);
  const TempDir here;
  const Finished finished = run(drop(here, at(sandbox) + Words{"--yes", sandbox.export_file()}));
  BOOST_TEST(finished.exit_code == 0);
  BOOST_TEST(finished.err == "");
}

BOOST_AUTO_TEST_CASE(a_token_is_taken_from_a_file_from_the_environment_from_a_descriptor_and_from_systemd) {
  const std::string token(Sandbox::kToken);
  const Sandbox sandbox(4);
  const TempDir here;
  const std::string ids = slurp(sandbox.export_file());
  const auto with_token = [&](const Words& words, Command how) {
    Command command =
        drop(here, Words{"--url", sandbox.url(), "--yes"} + words + Words{sandbox.export_file()});
    command.environment = how.environment;
    command.input = how.input;
    const Finished finished = run(command);
    // The first one drops them, to the others the server says that they are gone: not that the token is bad.
    BOOST_TEST((finished.exit_code == 0 || finished.exit_code == 1), finished.err);
    return finished.exit_code;
  };
  BOOST_TEST(with_token({"--token-file", here.file("token", token + "\r\n")}, {}) == 0);
  Command environment;
  environment.environment = {{"BULKDROP_TOKEN", token}};
  with_token({}, environment);
  Command piped;
  piped.input = token;
  with_token({"--token-file", "-"}, piped);
  with_token({"--token-file", "/dev/fd/0"}, piped);
  Command systemd;
  systemd.environment = {{"CREDENTIALS_DIRECTORY", here.path()}};
  with_token({}, systemd);
  for (const auto& [id, entry] : sandbox.ledger())
    for (const std::string& answer : entry.answers)
      BOOST_TEST((answer == "success" || answer == "drop_error"), answer);
}

BOOST_AUTO_TEST_CASE(a_client_secret_is_taken_from_the_environment_and_from_systemd) {
  const Sandbox sandbox(2);
  const TempDir here;
  Command command = drop(here, {"--url", sandbox.url(), "--client-id", std::string(Sandbox::kClientId),
                                "--yes", sandbox.export_file()});
  command.environment = {{"BULKDROP_CLIENT_SECRET", std::string(Sandbox::kClientSecret)}};
  BOOST_TEST(run(command).exit_code == 0);
  const Sandbox another(2, {"--seed", "7"});
  command.arguments = {"drop",
                       "--url",
                       another.url(),
                       "--client-id",
                       std::string(Sandbox::kClientId),
                       "--yes",
                       another.export_file()};
  put(here, "client-secret", std::string(Sandbox::kClientSecret) + "\n");
  command.environment = {{"CREDENTIALS_DIRECTORY", here.path()}};
  BOOST_TEST(run(command).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(the_older_api_and_a_tenant_are_served_as_well) {
  const Sandbox sandbox(10, {"--tenant", "north", "--language", "pt"});
  const TempDir here;
  const Words login = {"--url",
                       sandbox.url(),
                       "--client-id",
                       std::string(Sandbox::kClientId),
                       "--client-secret-file",
                       sandbox.client_secret_file()};
  const Finished without = run(drop(here, login + Words{"--yes", "--out", "without", sandbox.export_file()}));
  BOOST_TEST(without.exit_code == 4, without.err);
  const Finished finished = run(drop(here, login + Words{"--api", "v3", "--tenant", "north", "--yes", "--out",
                                                         "run", sandbox.export_file()}));
  BOOST_TEST_REQUIRE(finished.exit_code == 0, finished.err);
  const RunDirectory run(here.path("run"));
  check_against_ledger(run, sandbox);
  BOOST_TEST(run.count("dropped") == 10U);
  BOOST_TEST(has(run.rows().front().message, "Sessão"));
}

BOOST_AUTO_TEST_CASE(an_error_that_the_server_words_in_portuguese_means_the_same) {
  const Sandbox sandbox(4, {"--language", "pt"});
  const TempDir here;
  const Words words = at(sandbox) + Words{"--yes", sandbox.export_file()};
  BOOST_TEST(run(drop(here, words + Words{"--out", "first"})).exit_code == 0);
  const Finished finished = run(drop(here, words + Words{"--out", "second"}));
  BOOST_TEST(finished.exit_code == 1);
  const RunDirectory run(here.path("second"));
  check_accounts(run, finished);
  for (const SessionRow& row : run.rows()) {
    BOOST_TEST(row.status == "failed");
    BOOST_TEST(row.reason == "drop_error");
    BOOST_TEST(row.attempts == 2U);
  }
}

BOOST_AUTO_TEST_CASE(a_token_that_expires_on_the_way_is_renewed_without_loss) {
  const Sandbox sandbox(60, {"--token-ttl", "1s", "--latency", "100ms", "--workers", "2"});
  const TempDir here;
  const Finished finished =
      run(drop(here, {"--url", sandbox.url(), "--client-id", std::string(Sandbox::kClientId),
                      "--client-secret-file", sandbox.client_secret_file(), "--yes", "--out", "run",
                      "--concurrency", "4", sandbox.export_file()}));
  BOOST_TEST_REQUIRE(finished.exit_code == 0, finished.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  check_against_ledger(run, sandbox);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
