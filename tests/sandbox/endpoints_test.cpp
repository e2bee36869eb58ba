// The endpoints over the wire: token, drop, list, record, and who is turned away.
#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "running_sandbox.hpp"
#include "support/json.hpp"
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/sandbox/oauth1.hpp"

using namespace bulkdrop;
using namespace bulkdrop::test;
using End = RawReply::End;

namespace {

constexpr std::string_view kList = "/api/pam/session/remotesessions";

std::string string_at(const std::string& body, std::string_view pointer) {
  if (!is_json(body)) return {};
  const Json document(body);
  return document.is_text(pointer) ? document.text(pointer) : "";
}

std::string bearer(const std::string& token) {
  return "Authorization: Bearer " + token + "\r\n";
}

std::string oauth1(const RunningSandbox& running, const std::string& path, const std::string& nonce,
                   const std::string& secret = "sandbox-consumer-secret") {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  sandbox::Parameters parameters = {
      {"oauth_consumer_key", "sandbox-consumer"},
      {"oauth_token", "sandbox-token"},
      {"oauth_signature_method", "HMAC-SHA1"},
      {"oauth_timestamp", std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now).count())},
      {"oauth_nonce", nonce},
      {"oauth_version", "1.0"}};
  const std::string uri = "http://127.0.0.1:" + std::to_string(running.port()) + path;
  parameters.emplace_back("oauth_signature", sandbox::hmac_sha1_signature(
                                                 sandbox::signature_base_string("DELETE", uri, parameters),
                                                 secret, "sandbox-token-secret"));
  std::string header = "Authorization: OAuth ";
  for (const auto& [name, value] : parameters)
    header += name + "=\"" + sandbox::percent_encode(value) + "\",";
  header.back() = '\r';
  return header + "\n";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sandbox_token)

BOOST_AUTO_TEST_CASE(client_credentials_buy_a_token_that_opens_the_api_on_both_paths) {
  RunningSandbox running(small_options());
  for (const char* const path : {"/api/oauth2/token", "/iso/oauth2/token"}) {
    auto client = running.client();
    const RawReply reply = client.ask("POST", path, kForm, kGrant);
    BOOST_TEST(reply.status == 200);
    BOOST_TEST(reply.has(R"("token_type":"Bearer","expires_in":3600)"));
    BOOST_TEST(reply.field("Cache-Control") == "no-store");
    const std::string token = string_at(reply.body, "/access_token");
    BOOST_TEST(client.ask("GET", kList, bearer(token)).status == 200);
  }
}

BOOST_AUTO_TEST_CASE(the_client_may_stand_in_a_basic_header) {
  RunningSandbox running(small_options());
  auto client = running.client();
  const auto ask = [&](std::string_view encoded) {
    return client.ask("POST", "/iso/oauth2/token",
                      std::string(kForm) + "Authorization: Basic " + std::string(encoded) + "\r\n",
                      "grant_type=client_credentials");
  };
  BOOST_TEST(ask("c2FuZGJveDpzYW5kYm94LXNlY3JldA==").status == 200);  // sandbox:sandbox-secret
  const RawReply wrong = ask("c2FuZGJveDp3cm9uZw==");                 // sandbox:wrong
  BOOST_TEST(wrong.status == 401);
  BOOST_TEST(wrong.field("WWW-Authenticate").starts_with("Basic"));
  BOOST_TEST(ask("!").status == 401);
}

BOOST_AUTO_TEST_CASE(a_wrong_client_is_an_invalid_client_with_error_as_a_string) {
  RunningSandbox running(small_options());
  for (const char* const body :
       {"grant_type=client_credentials&client_id=sandbox&client_secret=wrong",
        "grant_type=client_credentials&client_id=nobody&client_secret=sandbox-secret",
        "grant_type=client_credentials&client_id=sandbox", "grant_type=client_credentials"}) {
    const RawReply reply = running.client().ask("POST", "/api/oauth2/token", kForm, body);
    BOOST_TEST(reply.status == 401);
    BOOST_TEST(string_at(reply.body, "/error") == "invalid_client");
    BOOST_TEST(string_at(reply.body, "/message") == "Client authentication failed");
  }
}

BOOST_AUTO_TEST_CASE(a_token_request_of_another_kind_is_a_bad_request) {
  RunningSandbox running(small_options());
  auto client = running.client();
  BOOST_TEST(client.ask("POST", "/api/oauth2/token", kForm, "grant_type=password").status == 400);
  BOOST_TEST(client.ask("POST", "/api/oauth2/token", "Content-Type: application/json\r\n", "{}").status ==
             400);
  const RawReply reply = client.ask("GET", "/api/oauth2/token");
  BOOST_TEST(reply.status == 405);
  BOOST_TEST(reply.field("Allow") == "POST");
}

BOOST_AUTO_TEST_CASE(where_there_is_a_tenant_the_token_request_must_name_it) {
  auto options = small_options();
  options.credentials.tenant = "north";
  RunningSandbox running(options);
  const auto ask = [&](const std::string& more) {
    return running.client().ask("POST", "/api/oauth2/token", kForm, std::string(kGrant) + more).status;
  };
  BOOST_TEST(ask("") == 401);
  BOOST_TEST(ask("&tenant=south") == 401);
  BOOST_TEST(ask("&tenant=north") == 200);
  BOOST_TEST(string_at(running.drop(0).body, "/tenant") == "north");
}

BOOST_AUTO_TEST_CASE(an_expired_token_is_denied_and_a_new_one_works) {
  auto options = small_options();
  options.token_ttl = std::chrono::milliseconds(800);
  RunningSandbox running(options);
  auto client = running.client();
  const auto fresh = [&] {
    return string_at(client.ask("POST", "/api/oauth2/token", kForm, kGrant).body, "/access_token");
  };
  const std::string token = fresh();
  BOOST_TEST(client.ask("GET", kList, bearer(token)).status == 200);
  RawReply reply;
  for (int i = 0; i < 100 && reply.status != 401; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    reply = client.ask("DELETE", running.drop_path(0), bearer(token));
    if (reply.status != 401) BOOST_TEST(i < 40);
  }
  BOOST_TEST(reply.status == 401);
  BOOST_TEST(string_at(reply.body, "/error") == "access_denied");
  BOOST_TEST(client.ask("GET", kList, bearer(fresh())).status == 200);
  BOOST_TEST(running.answers(running.id(0)).back() == "access_denied");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(sandbox_drop)

BOOST_AUTO_TEST_CASE(a_drop_ends_the_session_in_the_list_and_in_the_ledger) {
  RunningSandbox running(small_options());
  BOOST_TEST(running.listed_ends().at(running.id(3)).empty());
  const RawReply reply = running.drop(3);
  BOOST_TEST(reply.status == 200);
  BOOST_TEST(reply.field("Content-Type") == "application/json; charset=UTF-8");
  BOOST_TEST(!reply.field("Date").empty());
  BOOST_TEST(!reply.field("X-Request-Id").empty());
  BOOST_TEST(
      reply.body ==
      R"({"code":200,"response":{"status":200,"message":"Session successfully interrupted","error":false,)"
      R"("error_code":0,"detail":"","mensagem":"Session successfully interrupted","erro":false,"cod_erro":0}})");
  BOOST_TEST((running.answers(running.id(3)) == std::vector<std::string>{"success"}));
  BOOST_TEST(running.times_ended(running.id(3)) == 1U);
  const auto ends = running.listed_ends();
  BOOST_TEST(!ends.at(running.id(3)).empty());
  BOOST_TEST(ends.at(running.id(4)).empty());
}

BOOST_AUTO_TEST_CASE(a_user_who_lost_a_session_may_open_another_one) {
  sandbox::Options options = small_options();
  options.reconnect = {1, std::chrono::milliseconds(0)};
  const RunningSandbox sandbox(options);
  BOOST_TEST(sandbox.drop(3).status == 200);
  BOOST_TEST(sandbox.drop(3).status == 500);  // the second drop ended nothing: nobody comes back for it
  const auto ends = sandbox.listed_ends();
  BOOST_TEST(ends.size() == small_options().sessions + 1);
  BOOST_TEST(!ends.at(sandbox.id(3)).empty());
  BOOST_TEST(std::count_if(ends.begin(), ends.end(), [](const auto& entry) {
               return entry.second.empty();
             }) == static_cast<std::ptrdiff_t>(small_options().sessions));
  BOOST_TEST(sandbox.ledger().find("\"event\":\"opened\"") != std::string::npos);
  BOOST_TEST(sandbox.ledger().find("\"after\":\"" + sandbox.id(3) + "\"}") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_older_path_answers_without_a_code) {
  RunningSandbox running(small_options());
  const RawReply reply = running.client().ask("DELETE", "/iso/session/drop/" + running.id(0), kBearer);
  BOOST_TEST(reply.status == 200);
  BOOST_TEST(reply.body.starts_with(R"({"response":{"status":200,)"));
  BOOST_TEST(running.times_ended(running.id(0)) == 1U);
}

BOOST_AUTO_TEST_CASE(an_unknown_or_ended_session_gets_the_one_drop_error) {
  RunningSandbox running(small_options());
  auto client = running.client();
  BOOST_TEST(client.ask("DELETE", running.drop_path(0), kBearer).status == 200);
  const RawReply again = client.ask("DELETE", running.drop_path(0), kBearer);
  const RawReply unknown = client.ask("DELETE", "/api/pam/session/drop/feed", kBearer);
  BOOST_TEST(again.status == 500);
  BOOST_TEST(again.body ==
             R"({"response":{"status":500,"message":"An error occurred while droping session","error":true,)"
             R"("error_code":1,"detail":"","mensagem":"An error occurred while droping session","erro":true,)"
             R"("cod_erro":1}})");
  BOOST_TEST(unknown.body == again.body);
  BOOST_TEST((running.answers(running.id(0)) == std::vector<std::string>{"success", "drop_error"}));
  BOOST_TEST(running.times_ended(running.id(0)) == 1U);
  BOOST_TEST((running.answers("feed") == std::vector<std::string>{"drop_error"}));
  client.ask("DELETE", "/api/pam/session/drop/feed", kBearer);
  BOOST_TEST(running.answers("feed").size() == 2U);
  BOOST_TEST(running.times_ended("feed") == 0U);
}

BOOST_AUTO_TEST_CASE(an_escaped_id_is_the_same_id) {
  RunningSandbox running(small_options());
  std::string escaped;
  for (const char c : running.id(0)) escaped += fmt::format("%{:02x}", static_cast<unsigned char>(c));
  BOOST_TEST(running.client().ask("DELETE", "/api/pam/session/drop/" + escaped, kBearer).status == 200);
  BOOST_TEST(running.times_ended(running.id(0)) == 1U);
}

BOOST_AUTO_TEST_CASE(portuguese_changes_the_messages_and_nothing_else) {
  auto options = small_options();
  options.language = sandbox::Language::pt;
  RunningSandbox running(options);
  const RawReply dropped = running.drop(0);
  BOOST_TEST(dropped.status == 200);
  BOOST_TEST(string_at(dropped.body, "/response/message") == "Sessão interrompida com sucesso");
  BOOST_TEST(string_at(dropped.body, "/response/mensagem") == "Sessão interrompida com sucesso");
  const RawReply again = running.drop(0);
  BOOST_TEST(again.status == 500);
  BOOST_TEST(string_at(again.body, "/response/message") == "Ocorreu um erro ao interromper a sessão");
  BOOST_TEST(again.has(R"("error":true,"error_code":1)"));
}

BOOST_AUTO_TEST_CASE(whoever_is_not_let_in_drops_nothing_and_is_in_the_ledger) {
  RunningSandbox running(small_options());
  auto client = running.client();
  const RawReply nobody = client.ask("DELETE", running.drop_path(0));
  BOOST_TEST(nobody.status == 404);
  BOOST_TEST(nobody.body == R"({"message":"no Route matched with those values"})");
  for (const char* const header : {"Bearer wrong", "Bearer ", "Basic eDp5", "nonsense", ""}) {
    const RawReply reply =
        client.ask("DELETE", running.drop_path(0), "Authorization: " + std::string(header) + "\r\n");
    BOOST_TEST(reply.status == 401);
    BOOST_TEST(string_at(reply.body, "/error") == "access_denied");
  }
  BOOST_TEST((running.answers(running.id(0)) == std::vector<std::string>{"no_route", "access_denied",
                                                                         "access_denied", "access_denied",
                                                                         "access_denied", "access_denied"}));
  BOOST_TEST(running.times_ended(running.id(0)) == 0U);
  BOOST_TEST(running.listed_ends().at(running.id(0)).empty());
}

BOOST_AUTO_TEST_CASE(an_oauth_1_signature_opens_the_api_once) {
  RunningSandbox running(small_options());
  auto client = running.client();
  const std::string path = running.drop_path(0);
  const std::string signature = oauth1(running, path, "nonce1");
  BOOST_TEST(client.ask("DELETE", path, signature).status == 200);
  const RawReply replayed = client.ask("DELETE", path, signature);
  BOOST_TEST(replayed.status == 401);
  BOOST_TEST(string_at(replayed.body, "/response/message") == "Invalid signature");
  BOOST_TEST(client.ask("DELETE", path, oauth1(running, path, "nonce2", "wrong")).status == 401);
  std::string stranger = oauth1(running, path, "nonce3");
  stranger.replace(stranger.find("sandbox-consumer"), 16, "another-consumer");
  const RawReply unknown = client.ask("DELETE", path, stranger);
  BOOST_TEST(unknown.status == 401);
  BOOST_TEST(string_at(unknown.body, "/response/message") == "Client authentication failed.");
  BOOST_TEST(
      (running.answers(running.id(0)) ==
       std::vector<std::string>{"success", "invalid_signature", "invalid_signature", "client_auth_failed"}));
}

BOOST_AUTO_TEST_CASE(a_wrong_path_and_a_wrong_method_are_told_apart) {
  RunningSandbox running(small_options());
  auto client = running.client();
  for (const char* const path :
       {"/", "/api/pam/session/drop", "/api/pam/session/drop/", "/api/pam/session/drop/a/b",
        "/pam/session/drop/a", "/api/pam/session/remotesessions/", "*"}) {
    const RawReply reply = client.ask("DELETE", path, kBearer);
    BOOST_TEST_CONTEXT(path) BOOST_TEST(reply.status == 404);
    BOOST_TEST(string_at(reply.body, "/response/message") == "Resource sub not found");
  }
  const RawReply posted = client.ask("POST", running.drop_path(0), kBearer, "x");
  BOOST_TEST(posted.status == 405);
  BOOST_TEST(posted.field("Allow") == "DELETE");
  BOOST_TEST(client.ask("DELETE", kList, kBearer).field("Allow") == "GET");
  BOOST_TEST(client.ask("PUT", std::string(kList) + "/1", kBearer).status == 405);
  client.send(client.request("HEAD", running.drop_path(0), kBearer) + client.request("GET", kList, kBearer));
  BOOST_TEST(!client.receive().field("Content-Length").empty());  // its body is not sent: what follows parses
  BOOST_TEST(running.times_ended(running.id(0)) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(sandbox_list)

BOOST_AUTO_TEST_CASE(the_list_holds_every_session_on_both_paths) {
  auto options = small_options();
  options.sessions = 5000;  // more than one chunk
  RunningSandbox running(options);
  for (const char* const path : {"/api/pam/session/remotesessions", "/api/session/remotesessions"}) {
    const RawReply reply = running.client().ask("GET", path, kBearer);
    BOOST_TEST(reply.status == 200);
    BOOST_TEST((reply.end == End::complete));
    const Json document(reply.body);
    BOOST_TEST(document.number("/code") == 200U);
    BOOST_TEST(!document.flag("/response/error"));
    BOOST_TEST(!document.text("/tenant").empty());
    const std::vector<std::string> listed = document.column("/remote_sessions", "session_id");
    const std::set<std::string> ids(listed.begin(), listed.end());
    BOOST_TEST(ids.size() == 5000U);
    BOOST_TEST(ids.contains(running.id(4999)));
  }
}

BOOST_AUTO_TEST_CASE(an_empty_list_is_a_list) {
  auto options = small_options();
  options.sessions = 0;
  RunningSandbox running(options);
  BOOST_TEST(running.client().ask("GET", kList, kBearer).body.ends_with(R"("remote_sessions":[]})"));
}

BOOST_AUTO_TEST_CASE(http_1_0_gets_the_list_without_chunks) {
  RunningSandbox running(small_options());
  auto client = running.client();
  client.send("GET " + std::string(kList) + " HTTP/1.0\r\n" + std::string(kBearer) + "\r\n");
  const RawReply reply = client.receive();
  BOOST_TEST(reply.field("Transfer-Encoding").empty());
  BOOST_TEST((reply.end == End::closed));
  BOOST_TEST(reply.body.ends_with("]}"));
}

BOOST_AUTO_TEST_CASE(one_record_is_found_by_its_number) {
  RunningSandbox running(small_options());
  auto client = running.client();
  const RawReply found = client.ask("GET", std::string(kList) + "/4", kBearer);
  BOOST_TEST(found.status == 200);
  BOOST_TEST(string_at(found.body, "/remote_session/session_id") == running.id(3));
  for (const char* const id : {"0", "51", "99999999999999999999999"}) {
    const RawReply missing = client.ask("GET", std::string(kList) + "/" + id, kBearer);
    BOOST_TEST(missing.status == 400);
    BOOST_TEST(string_at(missing.body, "/response/message") == "1002: Session not found");
    BOOST_TEST(missing.has(R"("exception":{"code":1002)"));
  }
  for (const std::string& id : {running.id(3) + "x", std::string("-1"), std::string("4a")}) {
    const RawReply wrong = client.ask("GET", "/api/session/remotesessions/" + id, kBearer);
    BOOST_TEST(wrong.status == 400);
    BOOST_TEST(wrong.has(R"("error_code":1003)"));
  }
}

BOOST_AUTO_TEST_SUITE_END()
