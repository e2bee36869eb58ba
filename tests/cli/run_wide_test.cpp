// What is wrong for every session alike: the run says so, stops after a handful of requests and leaves the
// rows as they were.
#include <algorithm>

#include "cli/dropping.hpp"
#include "cli/listening_port.hpp"
#include "support/csv.hpp"
#include "support/haproxy.hpp"
#include "support/nginx.hpp"

namespace bulkdrop::test {
namespace {

struct Stopped {
  int exit_code;
  std::string stopped_by;
  std::string advice;  // stands in what the person gets to read
};

void check_stopped(const TempDir& here, const Sandbox& sandbox, const Words& words, const Stopped& expected) {
  const Finished finished = run(drop(here, words + Words{"--yes", "--out", "run", sandbox.export_file()}));
  BOOST_TEST(finished.exit_code == expected.exit_code, finished.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  BOOST_TEST(run.text("/stopped_by") == expected.stopped_by);
  BOOST_TEST(run.count("unsent") == run.rows().size());
  BOOST_TEST(run.number("/requests/sent") <= 5U);
  // A request that went elsewhere is in no ledger.
  for (const auto& [id, entry] : sandbox.ledger()) BOOST_TEST(entry.ended == 0);
  BOOST_TEST(has(finished.err, expected.advice), finished.err);
  BOOST_TEST(!has(finished.err, ".."), finished.err);
  // All of it can be sent again.
  BOOST_TEST(parse_csv(slurp(run.file("failed.csv"))).size() == run.rows().size() + 1);
}

Words client(const Sandbox& sandbox, const std::string& secret_file) {
  return {"--url",    sandbox.url(), "--client-id", std::string(Sandbox::kClientId), "--client-secret-file",
          secret_file};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(run_wide)

BOOST_AUTO_TEST_CASE(a_wrong_path_is_a_matter_of_configuration) {
  const Sandbox sandbox(50);
  const TempDir here;
  check_stopped(here, sandbox, at(sandbox) + Words{"--drop-path", "api/wrong/session/drop/"},
                {2, "config", "--drop-path"});
}

BOOST_AUTO_TEST_CASE(a_wrong_prefix_in_the_url_is_a_matter_of_configuration) {
  const Sandbox sandbox(50);
  const TempDir here;
  check_stopped(here, sandbox, {"--url", sandbox.url() + "/pam", "--token-file", sandbox.token_file()},
                {2, "config", "--url"});
}

BOOST_AUTO_TEST_CASE(where_the_gateway_knows_no_route_login_and_path_are_in_question) {
  const Sandbox sandbox(50, {"--faults", "no_route=100%"});
  const TempDir here;
  check_stopped(here, sandbox, at(sandbox), {4, "auth", "Get a new token"});
  const TempDir there;
  check_stopped(there, sandbox, at(sandbox), {4, "auth", "check --url and --drop-path"});
  const TempDir elsewhere;
  check_stopped(elsewhere, sandbox, client(sandbox, sandbox.client_secret_file()),
                {4, "auth", "check --url and --drop-path"});
}

BOOST_AUTO_TEST_CASE(a_missing_permission_is_a_matter_of_the_administrator) {
  const Sandbox sandbox(50, {"--faults", "not_authorized=100%"});
  const TempDir here;
  check_stopped(here, sandbox, at(sandbox), {4, "auth", "A2A"});
}

BOOST_AUTO_TEST_CASE(a_wrong_client_secret_is_refused_before_any_session_is_asked_for) {
  const Sandbox sandbox(50);
  const TempDir here;
  check_stopped(here, sandbox, client(sandbox, here.file("secret", "not the secret")), {4, "auth", "client"});
  BOOST_TEST(sandbox.requests() == 0U);
}

BOOST_AUTO_TEST_CASE(a_wrong_token_is_refused) {
  const Sandbox sandbox(50);
  const TempDir here;
  check_stopped(here, sandbox, {"--url", sandbox.url(), "--token-file", here.file("token", "not-the-token")},
                {4, "auth", "token"});
  BOOST_TEST(sandbox.requests() <= 3U);
}

BOOST_AUTO_TEST_CASE(a_wrong_token_path_is_not_taken_for_an_outage) {
  const Sandbox sandbox(50);
  const TempDir here;
  const Finished finished = run(
      drop(here, client(sandbox, sandbox.client_secret_file()) +
                     Words{"--token-path", "oauth/nothing", "--yes", "--out", "run", sandbox.export_file()}));
  BOOST_TEST((finished.exit_code == 2 || finished.exit_code == 4), finished.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  BOOST_TEST(run.count("unsent") == 50U);
}

BOOST_AUTO_TEST_CASE(a_redirect_is_never_followed) {
  const Sandbox sandbox(50, {"--faults", "redirect=100%"});
  const TempDir here;
  check_stopped(here, sandbox, at(sandbox), {2, "config", "edirect"});
}

BOOST_AUTO_TEST_CASE(a_server_that_is_not_there_ends_the_run_when_patience_does) {
  const TempDir here;
  std::string ids;
  for (std::size_t i = 0; i < 20; ++i) ids += made_up_id(i) + "\n";
  put(here, "ids.txt", ids);
  const Finished finished = run(drop(here, {"--url", url_of_nobody(), "--token-file", here.file("token", "t"),
                                            "--yes", "--outage", "1s", "--out", "run", "ids.txt"}));
  BOOST_TEST(finished.exit_code == 5, finished.err);
  BOOST_TEST(finished.took >= Milliseconds(1000));
  BOOST_TEST(finished.took < Milliseconds(10'000));
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  BOOST_TEST(run.text("/stopped_by") == "outage");
  BOOST_TEST(run.number("/requests/sent") == 0U);
  for (const SessionRow& row : run.rows()) {
    BOOST_TEST(row.status == "unsent");
    BOOST_TEST(row.attempts == 0U);
    BOOST_TEST((row.reason == "connect_failed" || row.reason == "not_started"), row.reason);
  }
  BOOST_TEST(has(finished.err, "unavailable"), finished.err);
}

BOOST_AUTO_TEST_CASE(a_token_server_that_is_not_there_is_an_outage_and_no_refusal) {
  const TempDir here;
  put(here, "ids.txt", made_up_id(1) + "\n");
  const Finished finished =
      run(drop(here, {"--url", url_of_nobody(), "--client-id", "x", "--client-secret-file",
                      here.file("secret", "s"), "--yes", "--outage", "1s", "--out", "run", "ids.txt"}));
  BOOST_TEST(finished.exit_code == 5, finished.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  BOOST_TEST(run.text("/stopped_by") == "outage");
  BOOST_TEST(has(finished.err, "no token"), finished.err);
  BOOST_TEST(run.count("unsent") == 1U);
  BOOST_TEST(!has(finished.out, "mended"), finished.out);
  // A refusal comes from who refuses.
  const Sandbox sandbox(1);
  const Finished refused = test::run(
      drop(here, {"--url", sandbox.url(), "--client-id", "x", "--client-secret-file", here.file("wrong", "s"),
                  "--yes", "--outage", "1s", "--out", "refused", "ids.txt"}));
  BOOST_TEST(refused.exit_code == 4, refused.err);
  BOOST_TEST(has(refused.out, "mended"), refused.out);
}

BOOST_AUTO_TEST_CASE(a_host_name_without_an_address_is_told_as_such) {
  const TempDir here;
  put(here, "ids.txt", made_up_id(1) + "\n");
  const std::string token = here.file("token", "t");
  const std::string secret = here.file("secret", "s");
  for (const Words& login :
       {Words{"--token-file", token}, Words{"--client-id", "x", "--client-secret-file", secret}}) {
    const std::string out = login.front();
    const Finished finished =
        run(drop(here, login + Words{"--url", "https://pam.invalid", "--yes", "--outage", "1s", "--out",
                                     "run" + out, "ids.txt"}));
    BOOST_TEST(finished.exit_code == 5, finished.err);
    const RunDirectory run(here.path("run" + out));
    check_accounts(run, finished);
    BOOST_TEST(run.text("/stopped_by") == "outage");
    BOOST_TEST(run.count("unsent") == 1U);
    BOOST_TEST(has(finished.err, "the host name in --url can't be resolved"), finished.err);
    BOOST_TEST(has(finished.err, "pam.invalid"), finished.err);
    // The same name would not be found again.
    BOOST_TEST(has(finished.out, "drop again with the right --url"), finished.out);
    BOOST_TEST(!has(finished.out, "bulkdrop drop --url"), finished.out);
    // As under "What next".
    BOOST_TEST(!has(finished.out, "Run again with"), finished.out);
  }
}

BOOST_AUTO_TEST_CASE(a_server_that_comes_back_in_time_ends_nothing) {
  const Sandbox sandbox(30, {"--faults", "unavailable=5-9"});
  const TempDir here;
  const Finished finished =
      run(drop(here, at(sandbox) + Words{"--yes", "--out", "run", sandbox.export_file()}));
  BOOST_TEST(finished.exit_code == 0, finished.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  check_against_ledger(run, sandbox);
}

BOOST_AUTO_TEST_CASE(plain_http_leaves_this_machine_only_when_allowed) {
  const TempDir here;
  put(here, "ids.txt", made_up_id(1) + "\n");
  const Words words = {"--url",        "http://pam.example",
                       "--token-file", here.file("token", "t"),
                       "--yes",        "--outage",
                       "1s",           "--connect-timeout",
                       "1s",           "ids.txt",
                       "--resolve",    "pam.example:80:127.0.0.1"};
  const Finished refused = run(drop(here, words));
  BOOST_TEST(refused.exit_code == 2, refused.err);
  BOOST_TEST(has(refused.err, "--allow-http"), refused.err);
  const Sandbox sandbox(1);
  const std::string port = std::to_string(sandbox.port());
  const Finished allowed = run(
      drop(here, {"--url", "http://pam.example:" + port, "--resolve", "pam.example:" + port + ":127.0.0.1",
                  "--allow-http", "--token-file", sandbox.token_file(), "--yes", sandbox.export_file()}));
  BOOST_TEST(allowed.exit_code == 0, allowed.err);
}

BOOST_AUTO_TEST_CASE(over_tls_only_a_certificate_that_somebody_vouches_for_is_trusted) {
  const TempDir here;
  const Sandbox sandbox(20);
  const Certificate certificate = self_signed(here, "pam.example");
  const Nginx gateway("location / { proxy_pass " + sandbox.url() + "; }", &certificate);
  const std::string port = std::to_string(gateway.port());
  const Words words = {
      "--url",        "https://pam.example:" + port, "--resolve", "pam.example:" + port + ":127.0.0.1",
      "--token-file", sandbox.token_file(),          "--yes",     sandbox.export_file()};
  for (const Words& client : {Words{}, Words{"--cacert", certificate.certificate, "--resolve",
                                             "other.example:" + port + ":127.0.0.1", "--out", "name"}}) {
    Command command = drop(here, words + client + (client.empty() ? Words{"--out", "untrusted"} : Words{}));
    if (!client.empty())
      std::replace(command.arguments.begin(), command.arguments.end(), "https://pam.example:" + port,
                   "https://other.example:" + port);
    const Finished finished = run(command);
    BOOST_TEST(finished.exit_code == 2, finished.err);
    const RunDirectory run(here.path(client.empty() ? "untrusted" : "name"));
    check_accounts(run, finished);
    BOOST_TEST(run.text("/stopped_by") == "config");
    BOOST_TEST(run.number("/requests/sent") == 0U);
    BOOST_TEST(run.count("unsent") == 20U);
    BOOST_TEST(run.rows().front().reason == "tls_error");
    BOOST_TEST(has(finished.err, "--cacert"), finished.err);
  }
  BOOST_TEST(sandbox.requests() == 0U);
  const Finished trusted =
      run(drop(here, words + Words{"--out", "trusted", "--cacert", certificate.certificate}));
  BOOST_TEST(trusted.exit_code == 0, trusted.err);
  check_against_ledger(RunDirectory(here.path("trusted")), sandbox);
}

// Every such server says it in its own way: nginx by a page, haproxy by an alert, which with TLS 1.3 comes
// behind the request.
BOOST_AUTO_TEST_CASE(a_client_certificate_that_is_missing_is_a_matter_of_configuration) {
  const TempDir here;
  const Sandbox sandbox(20);
  const Certificate certificate = self_signed(here, "IP:127.0.0.1");
  const Nginx nginx("location / { proxy_pass " + sandbox.url() + "; } ssl_verify_client on; " +
                        "ssl_client_certificate " + certificate.certificate + ";",
                    &certificate);
  const Haproxy haproxy("default_backend pam\nbackend pam\n  server one " + sandbox.url().substr(7),
                        certificate, "ca-file " + certificate.certificate + " verify required");
  for (const std::uint16_t port : {nginx.port(), haproxy.port()}) {
    const std::string out = port == nginx.port() ? "nginx" : "haproxy";
    const Words words = {"--url",        "https://127.0.0.1:" + std::to_string(port),
                         "--cacert",     certificate.certificate,
                         "--token-file", sandbox.token_file(),
                         "--yes",        sandbox.export_file()};
    const Finished finished = run(drop(here, words + Words{"--out", out}));
    BOOST_TEST(finished.exit_code == 2, finished.err);
    BOOST_TEST(has(finished.err, "--cert and --key"), finished.err);
    const RunDirectory stopped(here.path(out));
    check_accounts(stopped, finished);
    BOOST_TEST(stopped.text("/stopped_by") == "config");
    BOOST_TEST(stopped.number("/requests/sent") <= 5U);
    BOOST_TEST(stopped.rows().front().reason == "tls_error");
    BOOST_TEST(stopped.count("unsent") + stopped.count("unknown") == 20U);
    BOOST_TEST(stopped.count("unknown") <= (out == "nginx" ? 0U : 1U));
    // Whoever has to get a token first meets it there.
    const Finished with_login = run(drop(
        here, Words{"--url", "https://127.0.0.1:" + std::to_string(port), "--cacert", certificate.certificate,
                    "--client-id", std::string(Sandbox::kClientId), "--client-secret-file",
                    sandbox.client_secret_file(), "--yes", "--out", out + "-token", sandbox.export_file()}));
    BOOST_TEST(with_login.exit_code == 2, with_login.err);
    BOOST_TEST(has(with_login.err, "--cert and --key"), with_login.err);
  }
  BOOST_TEST(sandbox.requests() == 0U);
}

BOOST_AUTO_TEST_CASE(http_to_a_port_that_speaks_https_is_a_matter_of_configuration) {
  const TempDir here;
  const Sandbox sandbox(20);
  const Certificate certificate = self_signed(here, "IP:127.0.0.1");
  const Nginx nginx("location / { return 200; }", &certificate);
  check_stopped(here, sandbox, {"--url", nginx.url(""), "--token-file", sandbox.token_file()},
                {2, "config", "https://"});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
