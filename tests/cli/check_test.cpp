// `bulkdrop check`: what it finds in good and in bad surroundings, and that it never drops anything.
#include <algorithm>
#include <functional>
#include <map>

#include "cli/dropping.hpp"
#include "cli/listening_port.hpp"
#include "support/nginx.hpp"
#include <simdjson.h>
#include <unistd.h>

#include "bulkdrop/cli/check_command.hpp"

namespace bulkdrop::test {
namespace {

struct Line {
  std::string status;
  std::string text;  // what was found, and what to do
};

struct Checked {
  Finished finished;
  std::map<std::string, Line> lines;
};

Checked check(const TempDir& here, const Words& words) {
  Checked checked{run(bulkdrop(here, Words{"check", "--json"} + words)), {}};
  const Json document(checked.finished.out);
  BOOST_TEST(document.number("/schema") == 1U);
  BOOST_TEST(document.number("/exit_code") == static_cast<std::uint64_t>(checked.finished.exit_code));
  std::string names;
  for (std::size_t i = 0; i < document.size("/checks"); ++i) {
    const auto text = [&document, i](std::string_view member) {
      const std::string pointer = "/checks/" + std::to_string(i) + "/" + std::string(member);
      return document.is_null(pointer) ? std::string() : document.text(pointer);
    };
    names += text("name") + " ";
    checked.lines[text("name")] = {text("status"), text("found") + " " + text("action")};
  }
  BOOST_TEST(names == "dns tcp tls token permission clock ");
  return checked;
}

// The exit code, and the statuses of dns, tcp, tls, token, permission and clock by their first letters.
void check_outcome(const Checked& checked, int exit_code, std::string_view statuses) {
  BOOST_TEST(checked.finished.exit_code == exit_code, checked.finished.out << checked.finished.err);
  std::string letters;
  for (const char* name : {"dns", "tcp", "tls", "token", "permission", "clock"})
    letters += checked.lines.at(name).status.substr(0, 1);
  BOOST_TEST(letters == statuses, checked.finished.out);
}

void check_says(const Checked& checked, const std::string& name, std::string_view part) {
  BOOST_TEST(has(checked.lines.at(name).text, part), checked.finished.out);
}

Words client(const Sandbox& sandbox) {
  return {"--url",
          sandbox.url(),
          "--client-id",
          std::string(Sandbox::kClientId),
          "--client-secret-file",
          sandbox.client_secret_file()};
}

// A TLS gateway in front of a sandbox, reached as pam.example.
struct Gateway {
  explicit Gateway(const TempDir& here, int days = 95, const std::string& name = "pam.example")
      : certificate(self_signed(here, name, days)),
        nginx("location / { proxy_pass " + sandbox.url() + "; }", &certificate),
        words{"--url",        "https://pam.example:" + std::to_string(nginx.port()),
              "--resolve",    "pam.example:" + std::to_string(nginx.port()) + ":127.0.0.1",
              "--token-file", sandbox.token_file()} {}
  Sandbox sandbox{3};
  Certificate certificate;
  Nginx nginx;
  Words words;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(check_command)

BOOST_AUTO_TEST_CASE(all_is_well_with_every_way_to_log_in_and_nothing_is_dropped) {
  for (const std::size_t sessions :
       {std::size_t{0}, std::size_t{3}, std::size_t{3000}}) {  // the list: short, long
    const Sandbox sandbox(sessions, {"--token-ttl", "90m"});
    const TempDir here;
    const Words signing = {"--url",
                           sandbox.url(),
                           "--consumer-key",
                           "sandbox-consumer",
                           "--consumer-secret-file",
                           here.file("cs", "sandbox-consumer-secret"),
                           "--oauth-token",
                           "sandbox-token",
                           "--oauth-token-secret-file",
                           here.file("ts", "sandbox-token-secret")};
    for (const Words& words : {client(sandbox), at(sandbox), signing}) {
      const Checked checked = check(here, words);
      check_outcome(checked, 0, "oooooo");
      check_says(checked, "dns", "127.0.0.1");
      check_says(checked, "tcp", std::to_string(sandbox.port()));
      check_says(checked, "permission", "GET /api/pam/session/remotesessions: HTTP 200");
      if (words == client(sandbox)) check_says(checked, "token", "90m");
      BOOST_TEST(checked.finished.err == "");
    }
    BOOST_TEST(sandbox.requests() == 0U);
  }
}

BOOST_AUTO_TEST_CASE(a_line_each_for_people_and_only_trouble_when_quiet) {
  const Sandbox sandbox(3);
  const TempDir here;
  const Finished finished = run(bulkdrop(here, Words{"check", "-v"} + client(sandbox)));
  BOOST_TEST(finished.exit_code == 0);
  BOOST_TEST(std::count(finished.out.begin(), finished.out.end(), '\n') == 6);
  BOOST_TEST(!has(finished.out, "\x1b"));
  BOOST_TEST(has(finished.out, "permission ok      GET /api/pam/session/remotesessions: HTTP 200"),
             finished.out);
  BOOST_TEST(has(finished.err, "POST " + sandbox.url() + "/api/oauth2/token: HTTP 200"), finished.err);
  BOOST_TEST(!has(finished.err, Sandbox::kClientSecret));
  const Finished quiet = run(bulkdrop(here, Words{"check", "-q"} + client(sandbox)));
  BOOST_TEST(quiet.exit_code == 0);
  BOOST_TEST(quiet.out == "");
  BOOST_TEST(quiet.err == "");
  const Sandbox skewed(3, {"--clock-offset", "1h"});
  const Finished trouble = run(bulkdrop(here, Words{"check", "-q"} + client(skewed)));
  BOOST_TEST(trouble.exit_code == 0);
  BOOST_TEST(trouble.out.starts_with("clock      warning "), trouble.out);
  BOOST_TEST(std::count(trouble.out.begin(), trouble.out.end(), '\n') == 1);
}

BOOST_AUTO_TEST_CASE(a_server_that_is_not_reached_is_5) {
  const TempDir here;
  const Words token = {"--token-file", here.file("token", "t")};
  const Checked nowhere = check(here, token + Words{"--url", "https://no-such-host.invalid"});
  check_outcome(nowhere, 5, "fnnnnn");
  check_says(nowhere, "dns", "no-such-host.invalid");
  check_says(nowhere, "dns", "--url");
  const Checked closed = check(here, token + Words{"--url", url_of_nobody()});
  check_outcome(closed, 5, "ofnnnn");
  check_says(closed, "tcp", "port");
  const Checked silent =
      check(here, token + Words{"--url", "https://192.0.2.1", "--connect-timeout", "300ms"});
  BOOST_TEST(silent.finished.exit_code == 5);
  BOOST_TEST(silent.lines.at("tcp").status == "failed", silent.finished.out);
  const Checked proxy = check(here, token + Words{"--url", "https://pam.example", "--proxy",
                                                  "http://u:hunter2@no-such-proxy.invalid:1"});
  check_outcome(proxy, 5, "fnnnnn");
  check_says(proxy, "dns", "--proxy");
  BOOST_TEST(!has(proxy.finished.out, "hunter2"));
  const Sandbox down(1, {"--faults", "list.unavailable=100%"});
  check_outcome(check(here, at(down)), 5, "oooofo");
}

BOOST_AUTO_TEST_CASE(the_certificate_is_told_and_who_does_not_trust_it_is_told_why) {
  const TempDir here;
  const Gateway good(here);
  const Checked trusted = check(here, good.words + Words{"--cacert", good.certificate.certificate});
  check_outcome(trusted, 0, "oooooo");
  check_says(trusted, "dns", "pam.example is 127.0.0.1");
  check_says(trusted, "tls", "TLSv1.");
  check_says(trusted, "tls", "bulkdrop test");
  check_says(trusted, "tls", "expires in 9");
  const Checked untrusted = check(here, good.words);
  check_outcome(untrusted, 2, "oofnnn");
  check_says(untrusted, "tls", "self-signed");
  check_says(untrusted, "tls", "bulkdrop test");
  check_says(untrusted, "tls", "--cacert");
  Words pinned = good.words + Words{"--cacert", good.certificate.certificate, "--pinned-pubkey",
                                    "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="};
  const Checked other_key = check(here, pinned);
  check_outcome(other_key, 2, "oofnnn");
  check_says(other_key, "tls", "--pinned-pubkey");
  const Finished no_file =
      run(bulkdrop(here, Words{"check"} + good.words + Words{"--cacert", "missing.pem"}));
  BOOST_TEST(no_file.exit_code == 2);
  BOOST_TEST(has(no_file.err, "missing.pem"), no_file.err);
  BOOST_TEST(good.sandbox.requests() == 0U);
}

BOOST_AUTO_TEST_CASE(a_certificate_that_expires_soon_is_a_warning_and_an_expired_one_an_error) {
  const TempDir soon;
  const Gateway old(soon, 12);
  const Checked warned = check(soon, old.words + Words{"--cacert", old.certificate.certificate});
  check_outcome(warned, 0, "oowooo");
  check_says(warned, "tls", "expires in 1");
  check_says(warned, "tls", "renewed");
  const TempDir late;
  const Gateway expired(late, 0);
  ::usleep(1'100'000);  // it counts in seconds
  const Checked refused = check(late, expired.words + Words{"--cacert", expired.certificate.certificate});
  check_outcome(refused, 2, "oofnnn");
  check_says(refused, "tls", "expired");
  check_says(refused, "tls", "renewed");
}

BOOST_AUTO_TEST_CASE(a_certificate_for_another_name_is_an_error) {
  const TempDir here;
  const Gateway other(here, 95, "other.example");
  const Checked checked = check(here, other.words + Words{"--cacert", other.certificate.certificate});
  check_outcome(checked, 2, "oofnnn");
  check_says(checked, "tls", "match");
  check_says(checked, "tls", "--url");
}

BOOST_AUTO_TEST_CASE(tls_where_there_is_none_is_an_error) {
  const Sandbox sandbox(1);
  const TempDir here;
  const Checked checked = check(here, {"--url", "https://127.0.0.1:" + std::to_string(sandbox.port()),
                                       "--token-file", sandbox.token_file(), "--connect-timeout", "2s"});
  check_outcome(checked, 2, "oofnnn");
  check_says(checked, "tls", "TLS");
}

BOOST_AUTO_TEST_CASE(a_token_server_that_is_down_is_5) {
  const TempDir here;
  const Sandbox down(1, {"--faults", "token.token_down=100%"});
  const Checked checked = check(here, client(down));
  check_outcome(checked, 5, "ooofno");
  check_says(checked, "token", "no token could be had");
}

BOOST_AUTO_TEST_CASE(the_words_of_a_refusal_are_told_once) {
  const Sandbox sandbox(1);
  const TempDir here;
  const Checked token = check(here, {"--url", sandbox.url(), "--token-file", here.file("t", "wrong")});
  const std::string& text = token.finished.out;
  const std::string words = "resource owner";
  BOOST_TEST_REQUIRE(has(text, words), text);
  BOOST_TEST(text.find(words) == text.rfind(words), text);
}

BOOST_AUTO_TEST_CASE(a_login_that_is_refused_is_4) {
  const Sandbox sandbox(1);
  const TempDir here;
  const Checked secret = check(here, {"--url", sandbox.url(), "--client-id", "sandbox",
                                      "--client-secret-file", here.file("s", "wrong")});
  check_outcome(secret, 4, "ooofno");
  check_says(secret, "token", "client secret");
  const Checked token = check(here, {"--url", sandbox.url(), "--token-file", here.file("t", "wrong")});
  check_outcome(token, 4, "oooofo");
  check_says(token, "permission", "The server refused the token");
  const Checked signature =
      check(here, {"--url", sandbox.url(), "--consumer-key", "sandbox-consumer", "--consumer-secret-file",
                   here.file("cs", "wrong"), "--oauth-token", "sandbox-token", "--oauth-token-secret-file",
                   here.file("ts", "wrong")});
  check_outcome(signature, 4, "oooofo");
  check_says(signature, "permission", "--consumer-key");
}

BOOST_AUTO_TEST_CASE(a_missing_permission_is_4_and_a_wrong_path_2) {
  const TempDir here;
  const auto with = [&](const std::string& fault, int exit_code) {
    const Sandbox sandbox(5, {"--faults", "list." + fault + "=100%"});
    const Checked checked = check(here, client(sandbox));
    check_outcome(checked, exit_code, "oooofo");
    check_says(checked, "permission", "GET /api/pam/session/remotesessions");
    return checked;
  };
  check_says(with("not_authorized", 4), "permission", "A2A");
  with("not_found", 2);
  check_says(with("no_route", 4), "permission", "check --url and --list-path");
  with("redirect", 2);
  with("html", 2);
  with("unauthorized", 4);
  with("unexpected", 5);
  with("throttle", 5);
  with("reset", 5);
  const Sandbox sandbox(1);
  const Checked wrong = check(here, at(sandbox) + Words{"--list-path", "gw/list"});
  check_outcome(wrong, 2, "oooofo");
  check_says(wrong, "permission", "GET /gw/list");
  const Checked prefix = check(here, {"--url", sandbox.url() + "/foo", "--token-file", sandbox.token_file()});
  check_outcome(prefix, 2, "oooofo");
  check_says(prefix, "permission", "Check --url, --api (v4 or v3) and --list-path.");
  const Checked token = check(here, client(sandbox) + Words{"--token-path", "gw/token"});
  BOOST_TEST(token.lines.at("token").status == "failed");
}

BOOST_AUTO_TEST_CASE(a_list_that_does_not_come_in_time_is_asked_for_by_its_head) {
  const Sandbox sandbox(5, {"--faults", "list.stall=100%"});
  const TempDir here;
  const Checked checked = check(here, at(sandbox) + Words{"--timeout", "1s"});
  BOOST_TEST(checked.finished.exit_code == 0, checked.finished.out);
  BOOST_TEST(checked.lines.at("permission").status == "warning");
  check_says(checked, "permission", "HEAD: HTTP 405");
  BOOST_TEST(sandbox.requests() == 0U);
}

BOOST_AUTO_TEST_CASE(clocks_that_differ_are_a_warning) {
  const TempDir here;
  for (const auto& [offset, part] : {std::pair{"1h", "ahead of ours"}, {"-2m", "behind ours"}}) {
    const Sandbox sandbox(1, {"--clock-offset", offset});
    const Checked checked = check(here, at(sandbox));
    check_outcome(checked, 0, "ooooow");
    check_says(checked, "clock", part);
    // With signatures, they are made in the server's time.
    check_outcome(
        check(here, {"--url", sandbox.url(), "--consumer-key", "sandbox-consumer", "--consumer-secret-file",
                     here.file("cs", "sandbox-consumer-secret"), "--oauth-token", "sandbox-token",
                     "--oauth-token-secret-file", here.file("ts", "sandbox-token-secret")}),
        0, "ooooow");
  }
  const Sandbox near(1, {"--clock-offset", "20s"});
  check_outcome(check(here, at(near)), 0, "oooooo");
}

BOOST_AUTO_TEST_CASE(wrong_usage_is_2) {
  const TempDir here;
  put(here, "token", "t");
  const auto refused = [&](const Words& words, std::string_view part) {
    const Finished finished = run(bulkdrop(here, Words{"check"} + words));
    BOOST_TEST(finished.exit_code == 2);
    BOOST_TEST(has(finished.err, part), finished.err);
    BOOST_TEST(finished.out == "");
  };
  refused({"--token-file", "token"}, "--url");
  refused({"--url", "https://pam.example"}, "--client-id");
  refused({"--url", "https://pam.example", "--token-file", "token", "export.csv"}, "export.csv");
  refused({"--url", "https://pam.example", "--token-file", "token", "--yes"}, "--yes");
  refused({"--url", "http://pam.example", "--token-file", "token"}, "--allow-http");
}

BOOST_AUTO_TEST_CASE(one_config_file_serves_drop_and_check) {
  const Sandbox sandbox(2);
  const TempDir here;
  put(here, "config.toml",
      "url = \"" + sandbox.url() + "\"\ntoken-file = \"" + sandbox.token_file() +
          "\"\nmax-sessions = 5\nlist-path = \"api/pam/session/remotesessions\"\n[drop]\nyes = true\n");
  BOOST_TEST(run(bulkdrop(here, {"check", "--config", "config.toml"})).exit_code == 0);
  const Finished dropped = run(drop(here, {"--config", "config.toml", sandbox.export_file()}));
  BOOST_TEST(dropped.exit_code == 0, dropped.err);
}

BOOST_AUTO_TEST_CASE(on_a_terminal_long_lines_are_broken_beside_their_name) {
  run::CheckReport report;
  report.lines = {
      {"dns", run::CheckState::ok, "pam.example is 192.0.2.1", ""},
      {"tls", run::CheckState::failed, "certificate of São, issued by Paulo, which is a long way from here",
       "Have it renewed by whoever has made it, or go and get another one."},
      {"token", run::CheckState::not_tried, "", ""}};
  const std::string text = cli::check_text(report, {80, false, false});
  BOOST_TEST(text ==
             "dns        ok      pam.example is 192.0.2.1\n"
             "tls        failed  certificate of São, issued by Paulo, which is a long way from\n"
             "                   here. Have it renewed by whoever has made it, or go and get\n"
             "                   another one.\n"
             "token      -       not tried\n");
  const std::string coloured = cli::check_text(report, {80, true, false});
  BOOST_TEST(has(coloured, "\x1b[32mok\x1b[0m      pam.example"));
  BOOST_TEST(std::count(text.begin(), text.end(), '\n') ==
             std::count(coloured.begin(), coloured.end(), '\n'));
  BOOST_TEST(cli::check_text(report, {80, false, true}).starts_with("tls "));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
