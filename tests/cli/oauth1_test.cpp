// OAuth 1.0a: the real program against two servers that check every signature, one of them not ours.
#include <algorithm>
#include <csignal>

#include "cli/dropping.hpp"

namespace bulkdrop::test {
namespace {

// A log-in of OAuth 1.0a; the values are bulkdrop-sandbox's.
struct Signing {
  std::string consumer_key = "sandbox-consumer";
  std::string consumer_secret = "sandbox-consumer-secret";
  std::string token = "sandbox-token";
  std::string token_secret = "sandbox-token-secret";
};

Words login(const TempDir& here, const Signing& signing = {}) {
  return {"--consumer-key",
          signing.consumer_key,
          "--consumer-secret-file",
          here.file("consumer-secret", signing.consumer_secret + "\n"),
          "--oauth-token",
          signing.token,
          "--oauth-token-secret-file",
          here.file("oauth-token-secret", signing.token_secret + "\n")};
}

Words signed_drop(const TempDir& here, const Sandbox& sandbox, const Signing& signing = {}) {
  return Words{"--url", sandbox.url(), "--yes", "--out", "run", sandbox.export_file()} + login(here, signing);
}

std::size_t answered(const Sandbox& sandbox, std::string_view answer) {
  std::size_t count = 0;
  for (const auto& [id, entry] : sandbox.ledger())
    count += static_cast<std::size_t>(std::count(entry.answers.begin(), entry.answers.end(), answer));
  return count;
}

// tests/cli/oauth1_peer.py with these values.
class OauthlibServer {
 public:
  explicit OauthlibServer(const Signing& signing) : process_(command(signing)) {
    if (!process_.shows("\n") || !process_.out().starts_with("port "))
      throw std::runtime_error("oauthlib's server does not start: is python3-oauthlib installed? " +
                               process_.err());
    port_ = process_.out().substr(5, process_.out().find('\n') - 5);
  }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + port_; }
  // Stops it. How many lines of its output begin like this?
  std::size_t stop_and_count(std::string_view begin) {
    if (process_.pid() > 0) {
      process_.signal(SIGTERM);
      output_ = process_.wait(Milliseconds(10'000)).out;
    }
    std::size_t count = 0;
    for (std::size_t at = 0; at < output_.size(); at = output_.find('\n', at) + 1)
      if (output_.compare(at, begin.size(), begin) == 0) ++count;
    return count;
  }

 private:
  static Command command(const Signing& signing) {
    Command command;
    command.program = "/usr/bin/python3";  // Debian's, which sees Debian's packages
    command.arguments = {BULKDROP_OAUTH1_PEER, signing.consumer_key, signing.consumer_secret, signing.token,
                         signing.token_secret};
    return command;
  }

  Process process_;
  std::string port_;
  std::string output_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(oauth1)

BOOST_AUTO_TEST_CASE(signed_requests_are_accepted_each_with_a_nonce_of_its_own) {
  // What is asked for again must be signed anew: its nonce would be a used one.
  const Sandbox sandbox(100, {"--faults", "throttle=50-52,reset:dead=every:9,drop_error=each:1"});
  const TempDir here;
  const Finished finished = run(drop(here, signed_drop(here, sandbox)));
  BOOST_TEST_REQUIRE(finished.exit_code == 0, finished.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  check_against_ledger(run, sandbox);
  BOOST_TEST(run.count("dropped") == 100U);
  BOOST_TEST(sandbox.requests() > 200U);
  BOOST_TEST(answered(sandbox, "invalid_signature") == 0U);
}

BOOST_AUTO_TEST_CASE(another_implementation_verifies_every_signature) {
  const TempDir here;
  std::string ids;
  for (std::uint64_t i = 0; i < 60; ++i) ids += made_up_id(i) + "\n";
  put(here, "ids.txt", ids);
  const std::vector<Signing> all = {
      {},
      {"key+with/odd=signs&\"", "s p a c e %41&=+", "t,o;k?e#n", "~!@#$^*()_{}|:<>?"},
      {std::string(200, 'k'), std::string(4000, 's'), "1", "%"}};
  for (std::size_t i = 0; i < all.size(); ++i) {
    OauthlibServer server(all[i]);
    const std::string out = "run" + std::to_string(i);
    // The last one's ID stands in the query, behind other parameters.
    const Words path =
        i == 2 ? Words{"--drop-path", "Gate%2fway/drop%20it?b=n+1&a=%c3%a9&&empty=&id="} : Words{};
    const Finished finished = run(drop(here, login(here, all[i]) + path +
                                                 Words{"--url", server.url(), "--yes", "--fixed-concurrency",
                                                       "--concurrency", "8", "--out", out, "ids.txt"}));
    BOOST_TEST(finished.exit_code == 0, finished.err);
    const RunDirectory run(here.path(out));
    check_accounts(run, finished);
    BOOST_TEST(run.count("dropped") == 60U);
    BOOST_TEST(server.stop_and_count("ok ") == 60U);
    BOOST_TEST(server.stop_and_count("refused ") == 0U);
  }
}

BOOST_AUTO_TEST_CASE(another_implementation_refuses_a_wrong_secret) {
  const TempDir here;
  put(here, "ids.txt", made_up_id(1) + "\n" + made_up_id(2) + "\n");
  OauthlibServer server({});
  Signing wrong;
  wrong.token_secret += "x";
  const Finished finished =
      run(drop(here, login(here, wrong) + Words{"--url", server.url(), "--yes", "--out", "run", "ids.txt"}));
  BOOST_TEST(finished.exit_code == 4, finished.err);
  BOOST_TEST(server.stop_and_count("ok ") == 0U);
  BOOST_TEST(RunDirectory(here.path("run")).count("unsent") == 2U);
}

BOOST_AUTO_TEST_CASE(a_server_whose_clock_is_wrong_is_asked_again_in_its_own_time) {
  for (const char* offset : {"1h", "-1h", "-400s"}) {
    const Sandbox sandbox(40, {"--clock-offset", offset});
    const TempDir here;
    // Without a canary several are under way before the first refusal teaches the time.
    const Finished finished = run(drop(here, signed_drop(here, sandbox) + Words{"--canary", "0", "-v"}));
    BOOST_TEST(finished.exit_code == 0, finished.err);
    const RunDirectory run(here.path("run"));
    check_accounts(run, finished);
    check_against_ledger(run, sandbox);
    BOOST_TEST(run.count("dropped") == 40U);
    const std::size_t refused = answered(sandbox, "invalid_signature");
    BOOST_TEST(refused >= 1U);
    BOOST_TEST(refused <= 4U);
    BOOST_TEST(has(finished.err, "the server's clock is"), finished.err);
    BOOST_TEST(has(finished.err, offset[0] == '-' ? "behind ours" : "ahead of ours"), finished.err);
  }
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_wrong_costs_one_request_if_the_first_session_goes_alone) {
  const Sandbox sandbox(20, {"--clock-offset", "1h"});
  const TempDir here;
  BOOST_TEST(run(drop(here, signed_drop(here, sandbox))).exit_code == 0);
  BOOST_TEST(answered(sandbox, "invalid_signature") == 1U);
  BOOST_TEST(RunDirectory(here.path("run")).number("/requests/sent") == 21U);
}

BOOST_AUTO_TEST_CASE(a_signature_that_stays_refused_stops_the_run) {
  struct Wrong {
    Signing signing;
    std::string reason;
  };
  std::vector<Wrong> all(4, {{}, "client_auth_failed"});
  all[0].signing.consumer_key += "x";
  all[1].signing.token += "x";
  all[2] = {{.consumer_secret = "wrong"}, "invalid_signature"};
  all[3] = {{.token_secret = "wrong"}, "invalid_signature"};
  // Also where the clock could be to blame: it is, the first time.
  for (const char* offset : {"0", "1h"}) {
    for (const Wrong& wrong : all) {
      const Sandbox sandbox(30, {"--clock-offset", offset});
      const TempDir here;
      const Finished finished = run(drop(here, signed_drop(here, sandbox, wrong.signing)));
      BOOST_TEST(finished.exit_code == 4, finished.err);
      BOOST_TEST(has(finished.err, "--consumer-key"), finished.err);
      const RunDirectory run(here.path("run"));
      check_accounts(run, finished);
      check_against_ledger(run, sandbox);
      BOOST_TEST(run.text("/stopped_by") == "auth");
      BOOST_TEST(run.count("unsent") == 30U);
      BOOST_TEST(run.number("/requests/sent") <= 5U);
      BOOST_TEST(run.rows().front().reason == wrong.reason);
    }
  }
}

BOOST_AUTO_TEST_CASE(refusals_now_and_then_are_survived) {
  const Sandbox sandbox(60, {"--faults", "unauthorized=every:7,invalid_signature=every:11"});
  const TempDir here;
  const Finished finished = run(drop(here, signed_drop(here, sandbox)));
  BOOST_TEST(finished.exit_code == 0, finished.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  check_against_ledger(run, sandbox);
}

BOOST_AUTO_TEST_CASE(the_secrets_come_from_the_environment_from_systemd_and_one_from_standard_input) {
  const Signing signing;
  const Sandbox sandbox(3);
  const TempDir here;
  const Words words = {"--url",         sandbox.url(), "--consumer-key", signing.consumer_key,
                       "--oauth-token", signing.token, "--yes"};
  const auto check = [&](const char* out, Command command) {
    command.arguments.insert(command.arguments.end(), {"--out", out, sandbox.export_file()});
    const Finished finished = run(command);
    BOOST_TEST((finished.exit_code == 0 || finished.exit_code == 1), finished.err);
    BOOST_TEST(RunDirectory(here.path(out)).count("unsent") == 0U);
  };
  Command environment = drop(here, words);
  environment.environment = {{"BULKDROP_CONSUMER_SECRET", signing.consumer_secret},
                             {"BULKDROP_OAUTH_TOKEN_SECRET", signing.token_secret}};
  check("environment", environment);
  Command systemd = drop(here, words);
  put(here, "consumer-secret", signing.consumer_secret);
  put(here, "oauth-token-secret", signing.token_secret);
  systemd.environment = {{"CREDENTIALS_DIRECTORY", here.path()}};
  check("systemd", systemd);
  Command piped = drop(
      here, words + Words{"--consumer-secret-file", "consumer-secret", "--oauth-token-secret-file", "-"});
  piped.input = signing.token_secret + "\n";
  check("piped", piped);
}

BOOST_AUTO_TEST_CASE(half_a_log_in_is_refused_with_what_is_missing) {
  const TempDir here;
  put(here, "ids.txt", made_up_id(1) + "\n");
  put(here, "s", "secret");
  const auto refused = [&](const Words& words, const Words& parts) {
    const Finished finished =
        run(drop(here, Words{"--url", "https://pam.example", "--yes"} + words + Words{"ids.txt"}));
    BOOST_TEST(finished.exit_code == 2);
    for (const std::string& part : parts) BOOST_TEST(has(finished.err, part), finished.err);
  };
  refused({"--consumer-key", "k"}, {"--oauth-token ", "--consumer-secret-file", "--oauth-token-secret-file"});
  refused({"--consumer-key", "k", "--oauth-token", "t"},
          {"BULKDROP_CONSUMER_SECRET", "BULKDROP_OAUTH_TOKEN_SECRET"});
  refused({"--consumer-key", "k", "--oauth-token", "t", "--consumer-secret-file", "s"},
          {"BULKDROP_OAUTH_TOKEN_SECRET"});
  refused({"--oauth-token-secret-file", "s", "--consumer-secret-file", "s"},
          {"--consumer-key", "--oauth-token"});
  refused({"--client-secret-file", "s"}, {"--client-id"});
  refused({"--consumer-key", "k", "--token-file", "s"}, {"--consumer-key", "--token-file", "two ways"});
  refused({"--oauth-token", "k", "--client-id", "s"}, {"--oauth-token", "--client-id", "two ways"});
  refused({"--consumer-key", "k", "--oauth-token", "t", "--consumer-secret-file", "-",
           "--oauth-token-secret-file", "/dev/stdin"},
          {"both secrets"});
  refused({"--consumer-key", "k", "--oauth-token", "t", "--consumer-secret-file", "s",
           "--oauth-token-secret-file", "-", "-"},
          {"both the IDs and the secret"});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
