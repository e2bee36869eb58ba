// The sandbox's parts, without a socket.
#include <chrono>
#include <string>
#include <vector>

#include "support/json.hpp"
#include "support/property.hpp"
#include "support/temp_dir.hpp"
#include <boost/test/unit_test.hpp>
#include <sys/stat.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/sandbox/envelopes.hpp"
#include "bulkdrop/sandbox/ledger.hpp"
#include "bulkdrop/sandbox/options.hpp"
#include "bulkdrop/sandbox/percent.hpp"
#include "bulkdrop/sandbox/rate_limit.hpp"
#include "bulkdrop/sandbox/reply.hpp"
#include "bulkdrop/sandbox/token_store.hpp"

using namespace bulkdrop;
using namespace bulkdrop::sandbox;
using bulkdrop::test::holds;
using bulkdrop::test::Json;
using bulkdrop::test::slurp;
using bulkdrop::test::TempDir;

namespace {

CommandLine parse(const std::vector<const char*>& arguments) {
  std::vector<const char*> all(1, "bulkdrop-sandbox");
  all.insert(all.end(), arguments.begin(), arguments.end());
  return parse_command_line(static_cast<int>(all.size()), all.data());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sandbox_parts)

BOOST_AUTO_TEST_CASE(twin_fields_agree_in_every_envelope_and_language) {
  for (const Language language : {Language::en, Language::pt}) {
    const Envelopes envelopes(language, "tenant \"1\"");
    for (const std::string& body :
         {envelopes.success(true), envelopes.success(false), envelopes.drop_error(),
          envelopes.error(500, Message::unexpected_error),
          envelopes.exception(1002, Message::session_not_found), envelopes.record("{}"),
          envelopes.list_head() + std::string(Envelopes::list_tail())}) {
      const Json document(body);
      BOOST_TEST(document.text("/response/message") == document.text("/response/mensagem"));
      BOOST_TEST(document.flag("/response/error") == document.flag("/response/erro"));
      BOOST_TEST(document.number("/response/error_code") == document.number("/response/cod_erro"));
    }
    BOOST_TEST(Json(envelopes.success(true)).number("/code") == 200U);
    BOOST_TEST(!Json(envelopes.success(false)).has("/code"));
    BOOST_TEST(Json(envelopes.success(true)).text("/tenant") == "tenant \"1\"");
  }
}

BOOST_AUTO_TEST_CASE(every_message_speaks_both_languages) {
  for (int i = 0; i <= static_cast<int>(Message::unexpected_identifier); ++i) {
    const auto message = static_cast<Message>(i);
    BOOST_TEST(!text(message, Language::en).empty());
    BOOST_TEST(text(message, Language::en) != text(message, Language::pt));
  }
}

BOOST_AUTO_TEST_CASE(percent_coding_goes_round) {
  holds("decode(encode(x)) = x", [](const std::string& text) {
    RC_ASSERT(percent_decode(percent_encode(text), false) == text);
    RC_ASSERT(percent_decode(percent_encode(text), true) == text);
  });
  BOOST_TEST(percent_encode("a b+~\xC3\xA9") == "a%20b%2B~%C3%A9");
  BOOST_TEST(!percent_decode("a%2", false).has_value());
  BOOST_TEST(!percent_decode("%zz", false).has_value());
}

BOOST_AUTO_TEST_CASE(form_parameters_are_found_once_or_not_at_all) {
  const auto form = parse_form("a=1&b&c=x%20y+z&&a=2");
  BOOST_REQUIRE(form.has_value());
  BOOST_TEST(form->size() == 4U);
  BOOST_TEST((find_single(*form, "c") == "x y z"));
  BOOST_TEST((find_single(*form, "b") == ""));
  BOOST_TEST(!find_single(*form, "a").has_value());
  BOOST_TEST(!find_single(*form, "d").has_value());
  BOOST_TEST(!parse_form("a=%").has_value());
}

BOOST_AUTO_TEST_CASE(the_rate_limit_counts_within_one_second) {
  RateLimit limit(2);
  const TimePoint start{std::chrono::seconds(100)};
  const WallTime wall{std::chrono::milliseconds(1'700'000'000'500)};
  BOOST_TEST(limit.take(start));
  BOOST_TEST(limit.take(start));
  BOOST_TEST(!limit.take(start + std::chrono::milliseconds(999)));
  std::string headers;
  limit.append_headers(headers, start + std::chrono::milliseconds(999), wall, true);
  BOOST_TEST(headers ==
             "RateLimit-Limit: 2\r\nRateLimit-Remaining: 0\r\nRateLimit-Reset: 1\r\nX-RateLimit-Limit: 2\r\n"
             "X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 1700000001\r\nRetry-After: 1\r\n");
  BOOST_TEST(limit.take(start + std::chrono::seconds(1)));
  RateLimit none(0);
  for (int i = 0; i < 10; ++i) BOOST_TEST(none.take(start));
}

BOOST_AUTO_TEST_CASE(a_token_lives_as_long_as_it_says) {
  TokenStore store(std::chrono::seconds(10));
  const TimePoint start{std::chrono::seconds(100)};
  const std::string token = store.issue(start);
  BOOST_TEST(token.size() == 64U);
  BOOST_TEST(store.is_valid(token, start + std::chrono::seconds(9)));
  BOOST_TEST(!store.is_valid(token, start + std::chrono::seconds(10)));
  BOOST_TEST(!store.is_valid("other", start));
  BOOST_TEST(store.issue(start) != token);
}

BOOST_AUTO_TEST_CASE(tokens_do_not_pile_up) {
  TokenStore store(std::chrono::hours(1));
  const TimePoint start{std::chrono::seconds(100)};
  const std::string first = store.issue(start);
  for (std::size_t i = 0; i < TokenStore::kMost; ++i) store.issue(start + std::chrono::seconds(1));
  BOOST_TEST(store.size() == TokenStore::kMost);
  BOOST_TEST(!store.is_valid(first, start));
}

BOOST_AUTO_TEST_CASE(the_date_field_has_the_form_of_the_rfc) {
  DateText date;
  // RFC 9110 §5.6.7's own example.
  BOOST_TEST(date.at(WallTime(std::chrono::seconds(784111777))) == "Sun, 06 Nov 1994 08:49:37 GMT");
  BOOST_TEST(date.at(WallTime(std::chrono::seconds(784111778))) == "Sun, 06 Nov 1994 08:49:38 GMT");
}

BOOST_AUTO_TEST_CASE(a_ledger_line_escapes_what_a_client_made_up) {
  const TempDir directory;
  {
    Ledger ledger(directory.path("ledger"));
    ledger.add({.received = WallTime(std::chrono::seconds(0)),
                .now = WallTime(std::chrono::seconds(1)),
                .seq = 7,
                .session_id = "a\"\n\xFF",
                .nth_of_id = 2,
                .at_once = 3,
                .answer = "success",
                .ended = true});
    ledger.flush();
  }
  BOOST_TEST(
      slurp(directory.path("ledger")) ==
      "{\"event\":\"request\",\"at\":\"1970-01-01T00:00:00.000Z\",\"seq\":7,\"id\":\"a\\\"\\n\xC3\xBF\","
      "\"n\":2,\"at_once\":3,"
      "\"answer\":\"success\",\"ended\":true}\n"
      "{\"event\":\"ended\",\"at\":\"1970-01-01T00:00:01.000Z\",\"seq\":7,\"id\":\"a\\\"\\n\xC3\xBF\"}\n");
  struct stat info {};
  BOOST_REQUIRE(::stat(directory.path("ledger").c_str(), &info) == 0);
  BOOST_TEST((info.st_mode & 0777U) == 0600U);
}

BOOST_AUTO_TEST_CASE(a_torn_last_line_of_an_older_ledger_is_closed_off) {
  const TempDir directory;
  const std::string path = directory.file("ledger", "{\"event\":\"req");
  Ledger ledger(path);
  ledger.flush();
  BOOST_TEST(slurp(path) == "{\"event\":\"req\n");
}

BOOST_AUTO_TEST_CASE(a_ledger_that_cannot_be_opened_or_written_stops_everything) {
  BOOST_CHECK_THROW(Ledger("/nonexistent/ledger"), Error);
  Ledger full("/dev/full");
  full.add({.received = {},
            .now = {},
            .seq = 1,
            .session_id = "a",
            .nth_of_id = 1,
            .at_once = 1,
            .answer = "x",
            .ended = false});
  BOOST_CHECK_THROW(full.flush(), Error);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(sandbox_command_line)

BOOST_AUTO_TEST_CASE(every_option_of_the_contract_is_understood) {
  const TempDir directory;
  const std::string secret = directory.file("secret", "s3cret\r\n");
  const auto options = parse({"--port",
                              "0",
                              "--sessions",
                              "12",
                              "--seed",
                              "9",
                              "--export",
                              "x.csv",
                              "--latency",
                              "20ms",
                              "--workers",
                              "4",
                              "--rate-limit",
                              "100",
                              "--token-ttl",
                              "5m",
                              "--clock-offset",
                              "-90s",
                              "--reconnect",
                              "20%:5s",
                              "--faults",
                              "reset=5%",
                              "--ledger",
                              "l.jsonl",
                              "--language",
                              "pt",
                              "--client-id",
                              "me",
                              "--client-secret-file",
                              secret.c_str(),
                              "--tenant",
                              "t"})
                           .options;
  BOOST_REQUIRE(options.has_value());
  BOOST_TEST(options->port == 0);
  BOOST_TEST(options->sessions == 12U);
  BOOST_TEST(options->seed == 9U);
  BOOST_TEST(options->export_file == "x.csv");
  BOOST_TEST((options->latency == std::chrono::milliseconds(20)));
  BOOST_TEST(options->workers == 4U);
  BOOST_TEST(options->rate_limit == 100U);
  BOOST_TEST((options->token_ttl == std::chrono::minutes(5)));
  BOOST_TEST((options->clock_offset == std::chrono::seconds(-90)));
  BOOST_TEST(options->reconnect.share == 0.2);
  BOOST_TEST((options->reconnect.delay == std::chrono::seconds(5)));
  BOOST_TEST((parse({"--reconnect", "0.5"}).options->reconnect.delay == std::chrono::seconds(1)));
  BOOST_TEST(options->faults == "reset=5%");
  BOOST_TEST(options->ledger_file == "l.jsonl");
  BOOST_TEST((options->language == Language::pt));
  BOOST_TEST(options->credentials.client_id == "me");
  BOOST_TEST(options->credentials.client_secret == "s3cret");
  BOOST_TEST(options->credentials.tenant == "t");
}

BOOST_AUTO_TEST_CASE(help_and_version_are_texts) {
  BOOST_TEST(parse({"--help"}).text.find("--faults SPEC") != std::string::npos);
  BOOST_TEST(parse({"--help"}).text.find("sandbox-secret") != std::string::npos);
  BOOST_TEST(parse({"--version"}).text.starts_with("bulkdrop-sandbox "));
}

BOOST_AUTO_TEST_CASE(a_wrong_command_line_is_a_usage_error) {
  const TempDir directory;
  const std::string empty = directory.file("empty", "\n");
  const std::vector<std::vector<const char*>> wrong = {{"--port", "65536"},
                                                       {"--port", "x"},
                                                       {"--latency", "fast"},
                                                       {"--token-ttl", "-1"},
                                                       {"--sessions", "-1"},
                                                       {"--workers", "0"},
                                                       {"--language", "fr"},
                                                       {"stray"},
                                                       {"--sessions", "99999999"},
                                                       {"--rate-limit", "0"},
                                                       {"--reconnect", "120%"},
                                                       {"--reconnect", "few"},
                                                       {"--reconnect", "-1"},
                                                       {"--reconnect", "20%:soon"},
                                                       {"--no-such-option"},
                                                       {"--token-file", empty.c_str()},
                                                       {"--token-file", "/nonexistent"}};
  for (const auto& arguments : wrong) BOOST_TEST_CONTEXT(arguments.front() << " " << arguments.back())
  BOOST_CHECK_EXCEPTION(parse(arguments), Error,
                        [](const Error& error) { return error.code() == ExitCode::usage; });
}

BOOST_AUTO_TEST_SUITE_END()
