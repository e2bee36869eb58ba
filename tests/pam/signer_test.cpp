// Signing as a way to log in: fresh stamps, the server's clock, and when to give up.
#include "bulkdrop/pam/signer.hpp"

#include <chrono>
#include <set>
#include <string>

#include "answers.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/pam/credentials.hpp"

namespace bulkdrop::pam::test {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kWall{std::chrono::milliseconds{1'795'230'245'678}};
constexpr TimePoint kNow{std::chrono::hours(1)};

OAuth1Client client() {
  std::string consumer = "c0nsumer";
  std::string token = "t0ken";
  return {"key", Secret(consumer), "token", Secret(token)};
}

std::string value(const std::string& header, const std::string& name) {
  const std::size_t at = header.find(name + "=\"");
  BOOST_TEST_REQUIRE(at != std::string::npos, header);
  const std::size_t begin = at + name.size() + 2;
  return header.substr(begin, header.find('"', begin) - begin);
}

std::string header_of(const Credentials& credentials) {
  return credentials.authorization("DELETE", "https://pam.example/x", kWall);
}

std::int64_t timestamp_of(const Credentials& credentials) {
  return std::stoll(value(header_of(credentials), "oauth_timestamp"));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(signer)

BOOST_AUTO_TEST_CASE(signing_needs_no_token_and_is_ready_at_once) {
  Credentials c = Credentials::signing(client());
  BOOST_TEST(c.usable());
  BOOST_TEST(c.per_request());
  BOOST_TEST(c.generation() == 1U);
  BOOST_TEST(!c.due(kNow));
  BOOST_TEST((c.wakes_at() == TimePoint::max()));
  BOOST_TEST(header_of(c).starts_with("Authorization: OAuth oauth_consumer_key=\"key\""));
  BOOST_TEST(timestamp_of(c) == 1'795'230'245);
  BOOST_TEST(header_of(c).find("c0nsumer") == std::string::npos);
  BOOST_TEST(header_of(c).find("t0ken") == std::string::npos);
  std::string token = "abc";
  BOOST_TEST(!Credentials::bearer(Secret(token), {}).per_request());
}

BOOST_AUTO_TEST_CASE(no_two_requests_have_the_same_nonce) {
  const Signer one(client());
  const Signer another(client());
  std::set<std::string> nonces;
  for (int i = 0; i < 5000; ++i)
    for (const Signer* s : {&one, &another}) {
      const std::string nonce = value(s->header("DELETE", "https://pam.example/x", kWall), "oauth_nonce");
      BOOST_TEST_REQUIRE(nonce.size() == 32U);  // 128 bits
      BOOST_TEST_REQUIRE(nonces.insert(nonce).second);
    }
}

BOOST_AUTO_TEST_CASE(method_and_url_are_part_of_the_signature) {
  // Nonces differ, so signatures always do; that they are right is for oauth1_test and for other programs to
  // say.
  const Signer s(client());
  BOOST_TEST(value(s.header("GET", "https://pam.example/x", kWall), "oauth_signature") !=
             value(s.header("DELETE", "https://pam.example/x", kWall), "oauth_signature"));
}

BOOST_AUTO_TEST_CASE(a_server_in_another_time_is_followed) {
  for (const std::chrono::seconds ahead : {3600s, -3600s, 31s, -31s, 86400s * 400}) {
    Credentials c = Credentials::signing(client());
    BOOST_TEST(!c.refused(1, kNow, "Invalid signature", ahead).has_value());
    BOOST_TEST(c.generation() == 2U);
    BOOST_TEST(c.usable());
    BOOST_TEST(timestamp_of(c) == 1'795'230'245 + ahead.count());
    BOOST_TEST(c.waiting_for().find("clock") != std::string::npos);
    BOOST_TEST((c.waiting_for().find("behind") != std::string::npos) == (ahead < 0s));
    c.accepted(2);
    BOOST_TEST(c.waiting_for().empty());
  }
}

BOOST_AUTO_TEST_CASE(what_was_signed_in_the_old_time_and_refused_just_goes_again) {
  Credentials c = Credentials::signing(client());
  BOOST_TEST(!c.refused(1, kNow, "401", 3600s).has_value());
  for (int i = 0; i < 100; ++i) BOOST_TEST(!c.refused(1, kNow, "401", 3600s).has_value());
  BOOST_TEST(c.generation() == 2U);
}

BOOST_AUTO_TEST_CASE(a_refusal_in_the_same_time_is_believed_the_third_time_in_a_row) {
  for (const std::optional<std::chrono::seconds> ahead :
       {std::optional<std::chrono::seconds>(), std::optional(0s), std::optional(30s), std::optional(-30s)}) {
    Credentials c = Credentials::signing(client());
    for (int i = 0; i < 2; ++i) BOOST_TEST(!c.refused(1, kNow, "Invalid signature", ahead).has_value());
    const auto stop = c.refused(1, kNow, "Invalid signature", ahead);
    BOOST_TEST_REQUIRE(stop.has_value());
    BOOST_TEST(stop->kind == StopKind::auth);
    BOOST_TEST(stop->exit_code == ExitCode::not_allowed);
    BOOST_TEST(stop->message.find("--consumer-key") != std::string::npos);
    BOOST_TEST((stop->message.find("clock") != std::string::npos) == !ahead.has_value());
    BOOST_TEST(c.generation() == 1U);
  }
}

BOOST_AUTO_TEST_CASE(once_a_signature_was_accepted_it_takes_twenty_in_a_row) {
  Credentials c = Credentials::signing(client());
  c.accepted(1);
  for (int times = 0; times < 3; ++times) {
    for (int i = 0; i < 19; ++i) BOOST_TEST(!c.refused(1, kNow, "Invalid signature", 0s).has_value());
    if (times < 2) c.accepted(1);  // a hiccup
  }
  BOOST_TEST(c.refused(1, kNow, "Invalid signature", 0s).has_value());
}

BOOST_AUTO_TEST_CASE(clocks_that_never_agree_are_not_followed_for_ever) {
  Credentials c = Credentials::signing(client());
  BOOST_TEST(!c.refused(1, kNow, "401", 1000s).has_value());
  BOOST_TEST(!c.refused(2, kNow, "401", -1000s).has_value());
  BOOST_TEST(c.refused(3, kNow, "401", 1000s).has_value());
}

BOOST_AUTO_TEST_CASE(a_clock_may_jump_as_often_as_it_likes_in_a_run_that_goes_on) {
  Credentials c = Credentials::signing(client());
  for (std::uint64_t generation = 1; generation <= 50; ++generation) {
    BOOST_TEST(!c.refused(generation, kNow, "401", std::chrono::hours(generation)).has_value());
    c.accepted(generation + 1);
  }
}

BOOST_AUTO_TEST_CASE(the_servers_time_is_told_of_answers_that_blame_the_login_and_of_no_others) {
  const Headers date{{"Date", "Sun, 06 Nov 1994 08:49:37 GMT"}};
  const auto told = [&](std::string body, int status) {
    return judged(Given(std::move(body), status).with(date)).server_time;
  };
  BOOST_TEST((told("", 401) == 784'111'777));
  BOOST_TEST((told(error_envelope("Invalid signature", 401), 401) == 784'111'777));
  BOOST_TEST((told(error_envelope("Invalid signature"), 500) == 784'111'777));
  BOOST_TEST((told(error_envelope("Client authentication failed."), 401) == 784'111'777));
  BOOST_TEST(!told(std::string(kSuccess), 200).has_value());
  BOOST_TEST(!told(error_envelope("An error occurred while droping session"), 500).has_value());
  BOOST_TEST(!judged("", 401).server_time.has_value());
  BOOST_TEST(!judged(Given("", 401).with({{"Date", "yesterday"}})).server_time.has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::pam::test
