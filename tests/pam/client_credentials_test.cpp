// Tokens that are fetched with client credentials.
#include <chrono>
#include <string>
#include <vector>

#include "answers.hpp"
#include "login.hpp"
#include "support/property.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/pam/credentials.hpp"

namespace bulkdrop::pam::test {
namespace {

using namespace std::chrono_literals;

Credentials client(Duration outage = 10min, std::string tenant = "") {
  return Credentials::client({"the-client", secret("s3cret"), std::move(tenant)}, outage, 42);
}

std::string token_answer(std::string_view token, std::string_view expires_in = "3600") {
  return fmt::format(R"({{"token_type":"Bearer","expires_in":{},"access_token":"{}"}})", expires_in, token);
}

// Sends the request that is due and has it answered.
std::optional<Stop> exchange(Credentials& credentials, Given answer, TimePoint now) {
  BOOST_REQUIRE(credentials.due(now));
  credentials.sent();
  return credentials.answered(answer.get(), {now, WallTime()});
}

void get_token(Credentials& credentials, std::string_view token, TimePoint now,
               std::string_view expires_in = "3600") {
  BOOST_REQUIRE(!exchange(credentials, Given(token_answer(token, expires_in)), now));
  BOOST_REQUIRE(credentials.usable());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(client_credentials)

BOOST_AUTO_TEST_CASE(the_first_token_is_fetched_at_once_by_one_request) {
  Credentials c = client();
  BOOST_TEST(!c.usable());
  BOOST_TEST(c.generation() == 0U);
  BOOST_TEST(c.due(kStart));
  BOOST_TEST((c.wakes_at() <= kStart));
  BOOST_TEST(!c.waiting_for().empty());
  c.sent();
  BOOST_TEST(!c.due(kStart + 1h));
  BOOST_TEST((c.wakes_at() == TimePoint::max()));
  Given answer(token_answer("abc"));
  BOOST_TEST(!c.answered(answer.get(), {kStart, WallTime()}).has_value());
  BOOST_TEST(c.usable());
  BOOST_TEST(c.generation() == 1U);
  BOOST_TEST(header_of(c) == "Authorization: Bearer abc");
  BOOST_TEST(c.waiting_for().empty());
}

BOOST_AUTO_TEST_CASE(the_form_is_url_encoded) {
  Credentials c = Credentials::client({"a b&c", secret("p=w%d+é"), "São Paulo"}, 10min, 1);
  BOOST_TEST(c.form().body ==
             "grant_type=client_credentials&client_id=a%20b%26c&client_secret=p%3Dw%25d%2B%C3%A9"
             "&tenant=S%C3%A3o%20Paulo");
  BOOST_TEST(c.form().basic_header.empty());
  BOOST_TEST(client().form().body ==
             "grant_type=client_credentials&client_id=the-client&client_secret=s3cret");
}

BOOST_AUTO_TEST_CASE(a_token_is_renewed_at_four_fifths_of_its_life_while_the_old_one_serves) {
  Credentials c = client();
  get_token(c, "one", kStart);
  BOOST_TEST((c.wakes_at() == kStart + 2880s));
  BOOST_TEST(!c.due(kStart + 2880s - 1ms));
  BOOST_TEST(c.due(kStart + 2880s));
  c.sent();
  BOOST_TEST(c.usable());
  BOOST_TEST(header_of(c) == "Authorization: Bearer one");
  Given answer(token_answer("two"));
  BOOST_TEST(!c.answered(answer.get(), {kStart + 2881s, WallTime()}).has_value());
  BOOST_TEST(c.generation() == 2U);
  BOOST_TEST(header_of(c) == "Authorization: Bearer two");
  BOOST_TEST((c.wakes_at() == kStart + 2881s + 2880s));
}

BOOST_AUTO_TEST_CASE(a_lifetime_that_is_missing_or_senseless_causes_no_storm_of_renewals) {
  for (const auto* expires_in :
       {"0", "-1", "-9223372036854775808", "null", "\"\"", "\"0\"", "\"-5\"", "\"1ns\"", "\"5ms\"",
        "\"soon\"", "[]", "18446744073709551615", "1e300", "0.001"}) {
    Credentials c = client();
    get_token(c, "one", kStart, expires_in);
    BOOST_TEST(!c.due(kStart + 500ms), "expires_in " << expires_in);
    BOOST_TEST((c.wakes_at() > kStart + 500ms), "expires_in " << expires_in);
  }
  Credentials c = client();
  BOOST_REQUIRE(!exchange(c, Given(R"({"access_token":"x"})"), kStart));
  BOOST_TEST((c.wakes_at() == TimePoint::max()));
  Credentials digits = client();
  get_token(digits, "one", kStart, "\"3600\"");
  BOOST_TEST((digits.wakes_at() == kStart + 2880s));
  Credentials forever = client();
  get_token(forever, "one", kStart, "9223372036854775807");
  BOOST_TEST(!forever.due(kStart + 24h * 200));
}

BOOST_AUTO_TEST_CASE(what_is_no_bearer_token_is_not_taken) {
  for (const auto* body :
       {R"({"access_token":"a\r\nX-Evil: 1"})", R"({"access_token":"a b"})", R"({"access_token":"a\u0000b"})",
        R"({"access_token":"a\u007fb"})", R"({"access_token":"té"})", R"({"access_token":""})",
        R"({"access_token":null})", R"({"access_token":1})", R"({"access_token":["x"]})", R"([])", R"({})",
        "", "ok", R"({"access_token":"abc")", R"({"access_token":"abc"}x)",
        R"({"token_type":"mac","access_token":"abc"})"}) {
    Credentials c = client();
    const auto stop = exchange(c, Given(body), kStart);
    BOOST_TEST_CONTEXT(body) {
      BOOST_TEST(!c.usable());
      BOOST_REQUIRE(stop.has_value());
      BOOST_TEST(stop->kind == StopKind::config);
      BOOST_TEST(stop->exit_code == ExitCode::usage);
      BOOST_TEST(stop->message.find("--token-path") != std::string::npos);
    }
  }
  Credentials c = client();
  BOOST_TEST(
      exchange(c, Given(R"({"access_token":")" + std::string(20000, 'x') + "\"}"), kStart).has_value());
}

BOOST_AUTO_TEST_CASE(a_refused_client_is_tried_once_in_a_basic_header_and_then_given_up) {
  for (const int status : {400, 401}) {
    Credentials c = Credentials::client({"id:x", secret("p w"), ""}, 10min, 1);
    const Given refusal(R"({"error":"invalid_client","message":"Client authentication failed"})", status);
    BOOST_TEST(!exchange(c, refusal, kStart).has_value());
    BOOST_TEST(c.due(kStart));
    const auto form = c.form();
    BOOST_TEST(form.body == "grant_type=client_credentials");
    BOOST_TEST(form.basic_header == "Authorization: Basic aWQlM0F4OnAlMjB3");  // id%3Ax:p%20w
    const auto stop = exchange(c, refusal, kStart);
    BOOST_REQUIRE(stop.has_value());
    BOOST_TEST(stop->kind == StopKind::auth);
    BOOST_TEST(stop->exit_code == ExitCode::not_allowed);
    BOOST_TEST(stop->message.find("p w") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(what_a_server_repeats_of_our_secrets_is_hidden) {
  Credentials c = Credentials::client({"id", secret("hunter2-hunter2"), ""}, 10min, 1);
  get_token(c, "abcdefghijklmnop", kStart);
  const auto hidden = [&](std::string text) {
    c.hide_secrets(text);
    return text;
  };
  BOOST_TEST(hidden("Bearer abcdefghijklmnop is bad") == "Bearer *** is bad");
  BOOST_TEST(hidden("abcdefghijklmnopabcdefghijklmnop") == "******");
  BOOST_TEST(hidden("cut: abcdefghij…") == "cut: ***…");
  BOOST_TEST(hidden("id and hunter2-hunter2") == "id and ***");
  BOOST_TEST(hidden("abcdefg, hunter2") == "abcdefg, hunter2");
  std::string harmless = "Session terminated";
  BOOST_TEST(!c.hide_secrets(harmless));
  Credentials refused = Credentials::client({"id", secret("hunter2-hunter2"), ""}, 10min, 1);
  const Given echo(R"({"error":"invalid_client","message":"hunter2-hunter2 is wrong"})", 403);
  const auto stop = exchange(refused, echo, kStart);
  BOOST_REQUIRE(stop.has_value());
  BOOST_TEST(stop->message.find("hunter2") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_server_that_wants_the_basic_header_gets_it_from_then_on) {
  Credentials c = client();
  BOOST_TEST(!exchange(c, Given("", 401), kStart).has_value());
  get_token(c, "one", kStart);
  BOOST_TEST(!c.form().basic_header.empty());
  BOOST_TEST(!c.refused(1, kStart + 1min, "401").has_value());
  get_token(c, "two", kStart + 1min);
}

BOOST_AUTO_TEST_CASE(a_refusal_in_the_servers_own_envelope_is_a_refusal) {
  Credentials c = client();
  const auto stop = exchange(c, Given(error_envelope("Client authentication failed."), 200), kStart);
  BOOST_REQUIRE(stop.has_value());
  BOOST_TEST(stop->kind == StopKind::auth);
  Credentials forbidden = client();
  BOOST_TEST((exchange(forbidden, Given("", 403), kStart)->kind == StopKind::auth));
}

BOOST_AUTO_TEST_CASE(a_wrong_token_url_is_said_at_once) {
  for (const int status : {204, 301, 302, 404, 405}) {
    Credentials c = client();
    const auto stop = exchange(c, Given("<html>", status), kStart);
    BOOST_REQUIRE(stop.has_value());
    BOOST_TEST(stop->kind == StopKind::config);
  }
}

BOOST_AUTO_TEST_CASE(an_untrusted_certificate_is_said_at_once) {
  Credentials c = client();
  const auto stop =
      exchange(c, Given("", 0, 0).failing(TransportError::tls_untrusted, "self-signed"), kStart);
  BOOST_REQUIRE(stop.has_value());
  BOOST_TEST(stop->exit_code == ExitCode::usage);
  BOOST_TEST(stop->message.find("self-signed") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_token_server_that_is_down_is_asked_again_ever_more_slowly_until_the_outage_is_over) {
  for (const Given& failure :
       {Given("", 0, 0).failing(TransportError::connect_failed, "refused"),
        Given("", 0, 1).failing(TransportError::timed_out, "timeout"), Given("", 503), Given("<html>", 502),
        Given("", 504), Given("", 429), Given("", 408), Given("", 500)}) {
    Credentials c = client(10min);
    TimePoint now = kStart;
    int requests = 0;
    std::optional<Stop> stop;
    while (!stop) {
      stop = exchange(c, failure, now);
      ++requests;
      if (stop) break;
      BOOST_REQUIRE(c.wakes_at() > now);
      BOOST_REQUIRE(c.wakes_at() <= now + 30s);
      BOOST_TEST(!c.due(c.wakes_at() - 1ns));
      BOOST_TEST(!c.waiting_for().empty());
      now = c.wakes_at();
      BOOST_REQUIRE(requests < 1000);
    }
    BOOST_TEST((now - kStart == 10min));
    BOOST_TEST(requests > 20);
    BOOST_TEST(requests < 60);
    BOOST_TEST(stop->kind == StopKind::outage);
    BOOST_TEST(stop->exit_code == ExitCode::safety_limit);
    BOOST_TEST(stop->message.find("--outage") != std::string::npos, stop->message);
  }
}

BOOST_AUTO_TEST_CASE(who_waits_for_a_token_hears_why_and_until_when) {
  Credentials c = client(10min);
  BOOST_TEST(!exchange(c, Given("", 0, 0).failing(TransportError::connect_failed, "refused"), kStart));
  const std::string first = c.waiting_for();
  BOOST_TEST(first.find("no token (refused), next try in ") == 0U, first);
  BOOST_TEST(
      first.find("; giving up in 10 min 00 s. Check the port in --url, firewalls") != std::string::npos,
      first);
  c.gives_up_by(kStart + 15s);  // somebody else has less patience
  BOOST_TEST(!exchange(c, Given("", 0, 0).failing(TransportError::connect_failed, "refused"), kStart + 1s));
  BOOST_TEST(c.waiting_for().ends_with("; giving up in 14.0 s"), c.waiting_for());
  Credentials busy = client(10min);  // there is something at that address
  BOOST_TEST(!exchange(busy, Given("", 503), kStart));
  BOOST_TEST(busy.waiting_for().find("firewalls") == std::string::npos, busy.waiting_for());
  Credentials renewing = client(10min);
  get_token(renewing, "one", kStart);
  BOOST_TEST(!exchange(renewing, Given("", 503), kStart + 2880s));
  BOOST_TEST(renewing.waiting_for().find("giving up") == std::string::npos);  // the old one serves
}

BOOST_AUTO_TEST_CASE(the_token_server_is_given_the_pause_that_it_asks_for) {
  Credentials c = client(10min);
  BOOST_TEST(!exchange(c, Given("", 429).with({{"Retry-After", "90"}}), kStart).has_value());
  BOOST_TEST((c.wakes_at() == kStart + 90s));
  // But the run gives up when its patience ends, not a day later.
  BOOST_TEST(!exchange(c, Given("", 429).with({{"Retry-After", "86400"}}), kStart + 90s).has_value());
  BOOST_TEST((c.wakes_at() == kStart + 10min));
}

BOOST_AUTO_TEST_CASE(a_failed_renewal_does_not_stop_a_run_whose_token_still_serves) {
  Credentials c = client(10min);
  get_token(c, "one", kStart);
  TimePoint now = kStart + 2880s;
  // Longer than the outage limit, whatever the renewal gets: nothing, or a page from something else.
  for (int i = 0; now < kStart + 3580s; ++i) {
    Given failure = i % 3 == 0   ? Given("", 503)
                    : i % 3 == 1 ? Given("<html>maintenance</html>", 200)
                                 : Given("", 404);
    const auto stop = exchange(c, failure, now);
    BOOST_REQUIRE(!stop.has_value());
    BOOST_TEST(c.usable());
    BOOST_REQUIRE(c.wakes_at() > now);
    now = c.wakes_at();
  }
  get_token(c, "two", now);
  BOOST_TEST(c.generation() == 2U);
}

BOOST_AUTO_TEST_CASE(a_refusal_of_an_older_token_means_nothing) {
  Credentials c = client();
  get_token(c, "one", kStart);
  c.accepted(1);
  BOOST_TEST(!c.refused(1, kStart + 1s, "401").has_value());
  BOOST_TEST(!c.usable());
  BOOST_TEST(!c.refused(1, kStart + 1s, "401").has_value());
  BOOST_TEST(c.due(kStart + 1s));
  get_token(c, "two", kStart + 1s);
  for (int i = 0; i < 100; ++i) BOOST_TEST(!c.refused(1, kStart + 2s, "401").has_value());
  c.accepted(1);
  BOOST_TEST(c.usable());
  BOOST_TEST(!c.due(kStart + 2s));
  BOOST_TEST(header_of(c) == "Authorization: Bearer two");
}

BOOST_AUTO_TEST_CASE(two_fresh_tokens_refused_in_a_row_are_the_end) {
  Credentials c = client();
  get_token(c, "one", kStart);
  BOOST_TEST(!c.refused(1, kStart, "HTTP 401").has_value());
  get_token(c, "two", kStart);
  const auto stop = c.refused(2, kStart, "HTTP 401");
  BOOST_REQUIRE(stop.has_value());
  BOOST_TEST(stop->kind == StopKind::auth);
  BOOST_TEST(stop->exit_code == ExitCode::not_allowed);
  BOOST_TEST(!c.usable());
}

BOOST_AUTO_TEST_CASE(tokens_that_serve_for_a_while_can_be_refused_for_ever) {
  Credentials c = client();
  for (std::uint64_t generation = 1; generation <= 50; ++generation) {
    get_token(c, "t", kStart);
    c.accepted(generation);
    BOOST_TEST(!c.refused(generation, kStart, "expired").has_value());
  }
}

BOOST_AUTO_TEST_CASE(whatever_the_token_server_says_there_is_one_request_at_a_time_and_no_spin) {
  bulkdrop::test::holds(
      "one request at a time; a second request never in the same instant, but for Basic", [] {
        Credentials c = client(1min);
        TimePoint now = kStart;
        int requests = 0;
        const int steps = *rc::gen::inRange(1, 60);
        for (int i = 0; i < steps; ++i) {
          if (c.due(now)) {
            c.sent();
            ++requests;
            RC_ASSERT(!c.due(now + 1h));
            RC_ASSERT(c.wakes_at() == TimePoint::max());
            const int status = *rc::gen::element(200, 200, 200, 401, 500, 503, 429, 404);
            const std::string lifetime =
                *rc::gen::element<std::string>("0", "1", "-1", "60", "\"x\"", "null");
            Given answer(status == 200 ? token_answer("t", lifetime) : std::string(), status);
            if (c.answered(answer.get(), {now, WallTime()})) return;
          }
          if (c.usable() && *rc::gen::arbitrary<bool>()) {
            if (*rc::gen::arbitrary<bool>()) c.accepted(c.generation());
            if (c.refused(c.generation(), now, "401")) return;
          }
          // Time passes as the loop lets it: until something is due, or an answer comes.
          RC_ASSERT(c.usable() || c.wakes_at() != TimePoint::max());
          const TimePoint wakes = c.wakes_at();
          if (wakes != TimePoint::max()) {
            RC_ASSERT(c.due(std::max(now, wakes)));
            if (wakes > now) RC_ASSERT(!c.due(wakes - 1ns));
          }
          now = wakes == TimePoint::max() || *rc::gen::arbitrary<bool>() ? now + 1s : std::max(now, wakes);
        }
      });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::pam::test
