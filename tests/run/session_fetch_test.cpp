// A fetch of the list against scripted answers, in virtual time.
#include "bulkdrop/run/session_fetch.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "scripted_pool.hpp"
#include "surroundings.hpp"
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "bulkdrop/core/answer.hpp"
#include "bulkdrop/core/error.hpp"

using namespace bulkdrop;
using namespace bulkdrop::run;
using namespace std::chrono_literals;

namespace {

class Taken final : public SessionTaker {
 public:
  void restart() override { ids.clear(); }
  void take(const pam::ListedSession& session) override {
    if (session.session_id == "poison") throw Error(ExitCode::run_directory, "no space");
    ids.push_back(session.session_id);
  }
  std::vector<std::string> ids;
};

const std::string kList = R"({"remote_sessions":[{"session_id":"a"},{"session_id":"b"}]})";
const std::string kToken = R"({"token_type":"Bearer","expires_in":3600,"access_token":"t0"})";
constexpr std::string_view kV4 = "https://pam.example/api/pam/session/remotesessions";
constexpr std::string_view kV3 = "https://pam.example/api/session/remotesessions";

Said refusal(std::string_view sentence, int status = 500) {
  return {status, fmt::format(R"({{"response":{{"status":{},"message":"{}","error":true,"error_code":1}}}})",
                              status, sentence)};
}
// One fetch; the outcome is an exit code and a message, or what was taken.
struct Fetched {
  explicit Fetched(std::vector<Said> answers, bool client = false, int attempts = 5) {
    script.answers.assign(answers.begin(), answers.end());
    FetchSettings settings;
    settings.list_urls = {std::string(kV4), std::string(kV3)};
    settings.token_url = "https://pam.example/api/oauth2/token";
    settings.idle_timeout = ScriptedPool::kIdleTimeout;
    settings.attempts = attempts;
    const SignalsRestored restored;
    Signals signals;
    pam::Credentials credentials = client ? some_client(10min, 1) : some_bearer();
    const FetchParts parts{script.clock, signals, console, credentials, [this](const net::TransportOptions&) {
                             return std::make_unique<ScriptedPool>(script);
                           }};
    try {
      tally = fetch_sessions(settings, parts, taken);
    } catch (const Error& error) {
      code = static_cast<int>(error.code());
      message = error.what();
    }
  }
  [[nodiscard]] bool says(std::string_view text) const { return message.find(text) != std::string::npos; }

  Script script;
  ConsoleDouble console;
  Taken taken;
  FetchTally tally;
  int code = 0;
  std::string message;
};

const std::vector<std::string> kBoth = {"a", "b"};

}  // namespace

BOOST_AUTO_TEST_SUITE(session_fetch)

BOOST_AUTO_TEST_CASE(a_list_is_one_request_with_the_token) {
  const Fetched fetched({{200, kList}});
  BOOST_TEST(fetched.message == "");
  BOOST_TEST(fetched.taken.ids == kBoth, boost::test_tools::per_element());
  BOOST_TEST(fetched.tally.sessions == 2U);
  BOOST_REQUIRE(fetched.script.asked.size() == 1U);
  BOOST_TEST(fetched.script.asked[0].url == kV4);
  BOOST_TEST(fetched.script.asked[0].lines.back() == "Authorization: Bearer s3");
}

BOOST_AUTO_TEST_CASE(a_client_gets_its_token_first_and_a_new_one_when_that_is_refused) {
  const Fetched fetched({{200, kToken}, {401, R"({"message":"Unauthorized"})"}, {200, kToken}, {200, kList}},
                        true);
  BOOST_TEST(fetched.message == "");
  BOOST_TEST(fetched.taken.ids.size() == 2U);
  BOOST_TEST(fetched.script.asked.size() == 4U);
  BOOST_TEST((fetched.script.asked[2].method == net::Method::post));
}

BOOST_AUTO_TEST_CASE(a_token_that_is_refused_for_good_is_not_allowed) {
  const Fetched bearer(std::vector<Said>(3, {401, R"({"message":"Unauthorized"})"}));
  BOOST_TEST(bearer.code == 4);
  BOOST_TEST(bearer.says("refused the token"), bearer.message);
  const Fetched client(
      {{200, kToken}, {401, R"({"message":"no"})"}, {200, kToken}, {401, R"({"message":"no"})"}}, true);
  BOOST_TEST(client.code == 4);
  const Fetched permission({refusal("You are not authorized to access this resource.")});
  BOOST_TEST(permission.code == 4);
  BOOST_TEST(permission.says("not_authorized"), permission.message);
}

BOOST_AUTO_TEST_CASE(what_breaks_off_is_asked_for_again_from_the_start) {
  const Fetched fetched({failing(TransportError::connect_failed, 0),
                         {200, kList.substr(0, 40)},
                         {200, kList.substr(0, 50), TransportError::connection_lost},
                         {503, R"({"message":"Service unavailable"})"},
                         {200, kList}});
  BOOST_TEST(fetched.message == "");
  BOOST_TEST(fetched.taken.ids == kBoth, boost::test_tools::per_element());
  BOOST_TEST(fetched.script.asked.size() == 5U);
}

BOOST_AUTO_TEST_CASE(after_so_many_attempts_the_server_is_held_to_be_unavailable) {
  for (const Said& said :
       {failing(TransportError::connect_failed, 0), failing(TransportError::timed_out),
        Said{502, R"({"message":"x"})"}, refusal("Unexpected error."), Said{200, kList.substr(0, 40)}}) {
    const Fetched fetched(std::vector<Said>(3, said), false, 3);
    BOOST_TEST(fetched.code == 5);
    BOOST_TEST(fetched.says("no list in 3 attempts"), fetched.message);
    BOOST_TEST(fetched.script.asked.size() == 3U);
  }
}

BOOST_AUTO_TEST_CASE(a_server_that_asks_to_wait_is_obeyed) {
  const Fetched fetched(
      {{429, R"({"message":"API rate limit exceeded"})", TransportError::none, "40"}, {200, kList}});
  BOOST_TEST(fetched.message == "");
  BOOST_REQUIRE(fetched.script.asked.size() == 2U);
  const Duration waited = fetched.script.asked[1].at - fetched.script.asked[0].at;
  BOOST_TEST((waited >= 40s));
  BOOST_TEST((waited <= 45s));
}

BOOST_AUTO_TEST_CASE(where_there_is_no_such_path_the_other_known_one_is_tried_once) {
  for (const Said& missing : {refusal("Resource sub not found", 404), Said{404, "<html>Not found</html>"},
                              Said{404, R"({"message":"no Route matched with those values"})"},
                              Said{404, "<html>a long page", TransportError::too_large}}) {
    const Fetched found({missing, {200, kList}});
    BOOST_TEST(found.message == "");
    BOOST_TEST(found.script.gets() == (std::vector<std::string>{std::string(kV4), std::string(kV3)}),
               boost::test_tools::per_element());
    const auto& log = found.console.logged;
    BOOST_TEST((log.size() == 1U && log[0].first == Level::debug));
    const Fetched lost(
        std::vector<Said>(6, missing));  // "no route" may also mean the token: asked three times
    BOOST_TEST((lost.code == 2 || lost.code == 4));
    BOOST_TEST(lost.says("--list-path"), lost.message);
    BOOST_TEST(lost.says("--api"), lost.message);
    BOOST_TEST(!lost.says(".."), lost.message);
  }
}

BOOST_AUTO_TEST_CASE(a_wrong_server_is_wrong_usage) {
  const Fetched moved({{302, "<html></html>"}});
  BOOST_TEST(moved.code == 2);
  BOOST_TEST(moved.says("--list-path"), moved.message);
  BOOST_TEST(!moved.says("--drop-path"), moved.message);
  const Fetched strange({{400, "{}"}});
  BOOST_TEST(strange.code == 2);
  const Fetched page(std::vector<Said>(2, {200, "<html>Sign in</html>"}), false, 2);
  BOOST_TEST(page.code == 2);
  BOOST_TEST(page.says("--url"), page.message);
  const Fetched certificate({failing(TransportError::tls_untrusted, 0)});
  BOOST_TEST(certificate.code == 2);
  BOOST_TEST(certificate.says("tls_error"), certificate.message);
}

BOOST_AUTO_TEST_CASE(an_error_with_status_200_is_judged_by_its_words) {
  Said said = refusal("You are not authorized to access this resource.");
  said.status = 200;
  BOOST_TEST(Fetched({said}).code == 4);
  said = refusal("Something new");
  said.status = 200;
  const Fetched unknown({said, said}, false, 2);
  BOOST_TEST(unknown.code == 5);
  BOOST_TEST(unknown.says("Something new"), unknown.message);
}

BOOST_AUTO_TEST_CASE(a_token_server_that_is_away_is_an_outage) {
  const Fetched fetched(std::vector<Said>(2, failing(TransportError::connect_failed, 0)), true, 2);
  BOOST_TEST(fetched.code == 5);
  BOOST_TEST(fetched.says("no token"), fetched.message);
  const Fetched refused({{401, R"({"error":"invalid_client"})"}, {401, R"({"error":"invalid_client"})"}},
                        true, 1);
  BOOST_TEST(refused.code == 4);
}

BOOST_AUTO_TEST_CASE(who_waits_for_a_token_hears_after_how_many_attempts_it_is_given_up) {
  const Fetched fetched(std::vector<Said>(3, failing(TransportError::connect_failed, 0)), true, 3);
  BOOST_REQUIRE(fetched.console.logged.size() == 2U);
  for (const auto& [level, said] : fetched.console.logged) {
    BOOST_TEST(said.find("; giving up after 3 attempts") != std::string::npos, said);
    BOOST_TEST(said.find("10 min") == std::string::npos, said);
  }
}

BOOST_AUTO_TEST_CASE(what_the_taker_throws_ends_the_fetch) {
  const Fetched fetched({{200, R"([{"session_id":"poison"},{"session_id":"a"}])"}});
  BOOST_TEST(fetched.code == 7);
  BOOST_TEST(fetched.message == "no space");
}

BOOST_AUTO_TEST_SUITE_END()
