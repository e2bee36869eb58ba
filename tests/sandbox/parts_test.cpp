// The sandbox's parts, without a socket.
#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "support/property.hpp"
#include "support/temp_dir.hpp"
#include <boost/test/unit_test.hpp>
#include <simdjson.h>
#include <sys/stat.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/sandbox/envelopes.hpp"
#include "bulkdrop/sandbox/faults.hpp"
#include "bulkdrop/sandbox/ledger.hpp"
#include "bulkdrop/sandbox/options.hpp"
#include "bulkdrop/sandbox/percent.hpp"
#include "bulkdrop/sandbox/rate_limit.hpp"
#include "bulkdrop/sandbox/reply.hpp"
#include "bulkdrop/sandbox/session_table.hpp"
#include "bulkdrop/sandbox/session_text.hpp"
#include "bulkdrop/sandbox/token_store.hpp"

using namespace bulkdrop;
using namespace bulkdrop::sandbox;
using bulkdrop::test::holds;
using bulkdrop::test::slurp;
using bulkdrop::test::TempDir;

namespace {

constexpr std::int64_t kNow = 1'700'000'000;

std::vector<std::string> csv_fields(const std::string& row) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (row[i] == '"') {
      if (quoted && i + 1 < row.size() && row[i + 1] == '"')
        fields.back() += row[++i];
      else
        quoted = !quoted;
    } else if (row[i] == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += row[i];
    }
  }
  return fields;
}

std::vector<std::string> lines_of(const std::string& text, const std::string& line_end) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find(line_end, at);
    BOOST_REQUIRE(end != std::string::npos);
    lines.push_back(text.substr(at, end - at));
    at = end + line_end.size();
  }
  return lines;
}

void is_refused(const std::string& spec) {
  BOOST_TEST_CONTEXT(spec)
  BOOST_CHECK_EXCEPTION(FaultPlan(spec, 1), Error, [](const Error& error) {
    return error.code() == ExitCode::usage && std::string_view(error.what()).starts_with("--faults: '");
  });
}

double share_of(const FaultPlan& plan, FaultKind kind, std::size_t count) {
  std::size_t hits = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto fault = plan.for_drop("id" + std::to_string(i), 1, i + 1);
    if (fault && fault->kind == kind) ++hits;
  }
  return static_cast<double>(hits) / static_cast<double>(count);
}

CommandLine parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "bulkdrop-sandbox");
  return parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sandbox_sessions)

BOOST_AUTO_TEST_CASE(the_same_seed_makes_the_same_sessions) {
  const SessionTable one(100, 7, kNow);
  const SessionTable same(100, 7, kNow);
  const SessionTable other(100, 8, kNow);
  std::set<std::string_view> ids;
  for (std::uint32_t i = 0; i < 100; ++i) {
    BOOST_TEST(one.at(i).id() == same.at(i).id());
    BOOST_TEST(one.at(i).started_at == same.at(i).started_at);
    BOOST_TEST(one.at(i).id() != other.at(i).id());
    BOOST_TEST(one.at(i).id().find_first_not_of("0123456789abcdef") == std::string_view::npos);
    BOOST_TEST(one.find(one.at(i).id()) == i);
    BOOST_TEST(ids.insert(one.at(i).id()).second);
  }
  BOOST_TEST(one.find(other.at(0).id()) == SessionTable::kNone);
}

BOOST_AUTO_TEST_CASE(a_session_ends_once) {
  SessionTable table(3, 1, kNow);
  BOOST_TEST(table.live() == 3U);
  BOOST_TEST(table.end(1, kNow));
  BOOST_TEST(!table.end(1, kNow + 5));
  BOOST_TEST(table.at(1).ended_at == kNow);
  BOOST_TEST(table.live() == 2U);
}

BOOST_AUTO_TEST_CASE(a_record_is_live_as_long_as_its_end_is_empty) {
  SessionTable table(1, 1, kNow);
  std::string live;
  append_record(live, table, 0, table.at(0).started_at + 3725);
  simdjson::dom::parser parser;
  auto record = parser.parse(live);
  BOOST_TEST(std::string_view(record["id"]) == "1");
  BOOST_TEST(std::string_view(record["end"]).empty());
  BOOST_TEST(std::string_view(record["time"]) == "01:02:05");
  BOOST_TEST(std::string_view(record["device"]).starts_with("10."));
  BOOST_TEST(std::string_view(record["session_id"]) == table.at(0).id());
  BOOST_TEST(record["ITSM"].is_null());
  table.end(0, table.at(0).started_at + 60);
  std::string ended;
  append_record(ended, table, 0, kNow + 99999);
  record = parser.parse(ended);
  BOOST_TEST(std::string_view(record["end"]).size() == 19U);
  BOOST_TEST(std::string_view(record["time"]) == "00:01:00");
}

BOOST_AUTO_TEST_CASE(the_csv_export_reads_back) {
  const TempDir directory;
  const SessionTable table(200, 3, kNow);
  write_export(table, directory.path("sessions.csv"), kNow);
  const auto lines = lines_of(slurp(directory.path("sessions.csv")), "\r\n");
  BOOST_REQUIRE(lines.size() == 201U);
  BOOST_TEST(
      lines[0] ==
      "ID,Session ID,Credential,Device,User,Origin IP,Protocol,Proxy,Start,End,Time,Reason,Justification");
  for (std::uint32_t i = 0; i < 200; ++i) {
    const auto fields = csv_fields(lines[i + 1]);
    BOOST_REQUIRE(fields.size() == 13U);
    BOOST_TEST(fields[0] == std::to_string(i + 1));
    BOOST_TEST(fields[1] == table.at(i).id());
    BOOST_TEST(fields[6] == access_of(table.at(i)).protocol);
    BOOST_TEST(fields[9].empty());
  }
}

BOOST_AUTO_TEST_CASE(a_name_that_ends_in_jsonl_is_written_as_json_lines) {
  const TempDir directory;
  const SessionTable table(50, 3, kNow);
  simdjson::dom::parser parser;
  for (const std::string name : {"s.jsonl", "s.ndjson", "s.json"}) {
    write_export(table, directory.path(name), kNow);
    const auto lines = lines_of(slurp(directory.path(name)), "\n");
    BOOST_REQUIRE(lines.size() == 50U);
    for (std::uint32_t i = 0; i < 50; ++i)
      BOOST_TEST(std::string_view(parser.parse(lines[i])["session_id"]) == table.at(i).id());
  }
}

BOOST_AUTO_TEST_CASE(an_export_that_cannot_be_written_says_where) {
  const SessionTable table(1, 1, kNow);
  BOOST_CHECK_EXCEPTION(write_export(table, "/nonexistent/dir/x.csv", kNow), Error, [](const Error& error) {
    return error.code() == ExitCode::run_directory &&
           std::string_view(error.what()).starts_with("/nonexistent");
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(sandbox_fault_plan)

BOOST_AUTO_TEST_CASE(the_table_is_in_the_order_of_the_kinds) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < all_faults().size(); ++i) {
    BOOST_TEST(static_cast<std::size_t>(all_faults()[i].kind) == i);
    BOOST_TEST(names.insert(all_faults()[i].name).second);
    BOOST_TEST(name(all_faults()[i].kind) == all_faults()[i].name);
    BOOST_TEST(faults_help().find(all_faults()[i].name) != std::string::npos);
  }
  BOOST_TEST(static_cast<std::size_t>(FaultKind::false_success) + 1 == all_faults().size());
}

BOOST_AUTO_TEST_CASE(no_spec_means_no_faults) {
  const FaultPlan plan("", 1);
  BOOST_TEST(!plan.for_drop("a", 1, 1).has_value());
  BOOST_TEST(!plan.for_other(Endpoint::list, 1).has_value());
}

BOOST_AUTO_TEST_CASE(shares_are_kept_and_do_not_overlap) {
  const FaultPlan plan("reset=10%,html=0.2,stall=5%", 42);
  BOOST_TEST(std::abs(share_of(plan, FaultKind::reset, 20000) - 0.1) < 0.01);
  BOOST_TEST(std::abs(share_of(plan, FaultKind::html, 20000) - 0.2) < 0.015);
  BOOST_TEST(std::abs(share_of(plan, FaultKind::stall, 20000) - 0.05) < 0.01);
  BOOST_TEST(share_of(FaultPlan("reset=100%", 1), FaultKind::reset, 1000) == 1.0);
  BOOST_TEST(share_of(FaultPlan("reset=0", 1), FaultKind::reset, 1000) == 0.0);
}

BOOST_AUTO_TEST_CASE(a_share_depends_on_seed_id_and_attempt_but_not_on_order) {
  holds("the nth of all does not matter",
        [](const std::string& id, std::uint64_t seed, std::uint32_t attempt) {
          const FaultPlan plan("reset=50%", seed);
          RC_ASSERT(plan.for_drop(id, attempt, 1).has_value() == plan.for_drop(id, attempt, 999).has_value());
        });
  const FaultPlan one("reset=50%", 1);
  const FaultPlan two("reset=50%", 2);
  std::size_t by_seed = 0;
  std::size_t by_attempt = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = std::to_string(i);
    by_seed += one.for_drop(id, 1, 1).has_value() != two.for_drop(id, 1, 1).has_value();
    by_attempt += one.for_drop(id, 1, 1).has_value() != one.for_drop(id, 2, 1).has_value();
  }
  BOOST_TEST(by_seed > 400U);
  BOOST_TEST(by_seed < 600U);
  BOOST_TEST(by_attempt > 400U);
  BOOST_TEST(by_attempt < 600U);
}

BOOST_AUTO_TEST_CASE(counting_rules_hit_exactly_the_requests_they_name) {
  const auto hits = [](std::string_view spec) {
    const FaultPlan plan(spec, 1);
    std::string text;
    for (std::uint32_t n = 1; n <= 9; ++n)
      if (plan.for_drop("a", (n + 2) / 3, n)) text += std::to_string(n);
    return text;
  };
  BOOST_TEST(hits("reset=every:4") == "48");
  BOOST_TEST(hits("reset=first:3") == "123");
  BOOST_TEST(hits("reset=each:2") == "123456");
  BOOST_TEST(hits("reset=5-7") == "567");
}

BOOST_AUTO_TEST_CASE(the_first_rule_that_counts_wins_over_shares) {
  const FaultPlan plan("html=100%,reset=first:1,stall=first:2", 1);
  BOOST_TEST((plan.for_drop("a", 1, 1)->kind == FaultKind::reset));
  BOOST_TEST((plan.for_drop("a", 1, 2)->kind == FaultKind::stall));
  BOOST_TEST((plan.for_drop("a", 1, 3)->kind == FaultKind::html));
}

BOOST_AUTO_TEST_CASE(done_and_dead_override_what_the_kind_does_by_itself) {
  const auto executes = [](std::string_view spec) {
    return FaultPlan(spec, 1).for_drop("a", 1, 1)->executes;
  };
  BOOST_TEST(executes("reset=1"));
  BOOST_TEST(!executes("reset:dead=1"));
  BOOST_TEST(!executes("bad_gateway=1"));
  BOOST_TEST(executes("bad_gateway:done=1"));
  BOOST_TEST(executes("slow=1"));
  BOOST_TEST(!executes("false_success=1"));
}

BOOST_AUTO_TEST_CASE(each_endpoint_has_rules_of_its_own) {
  const FaultPlan plan("list.html=first:1, token.unavailable=2-2 ,invalid_client=first:1,drop.reset=100%", 1);
  BOOST_TEST((plan.for_other(Endpoint::list, 1) == FaultKind::html));
  BOOST_TEST(!plan.for_other(Endpoint::list, 2).has_value());
  BOOST_TEST((plan.for_other(Endpoint::token, 1) == FaultKind::invalid_client));
  BOOST_TEST((plan.for_other(Endpoint::token, 2) == FaultKind::unavailable));
  BOOST_TEST((plan.for_drop("a", 1, 7)->kind == FaultKind::reset));
}

BOOST_AUTO_TEST_CASE(a_wrong_spec_is_refused_and_named) {
  for (const char* const spec : {"reset",
                                 "reset=",
                                 "=5%",
                                 "nonsense=5%",
                                 "reset=101%",
                                 "reset=1.5",
                                 "reset=-5%",
                                 "reset=5%x",
                                 "reset=every:0",
                                 "reset=first:x",
                                 "reset=each:",
                                 "reset=7-5",
                                 "reset=0-5",
                                 "reset:done:dead=5%",
                                 "reset:half=5%",
                                 "slow:dead=1",
                                 "false_success:done=1",
                                 "list.created=5%",
                                 "token.reset:dead=1",
                                 "list.html=each:1",
                                 "reset=60%,html=50%",
                                 "reset=5%,",
                                 ",reset=5%",
                                 "reset=nan",
                                 "drop.invalid_client=1",
                                 "disk.reset=1"})
    is_refused(spec);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(sandbox_parts)

BOOST_AUTO_TEST_CASE(twin_fields_agree_in_every_envelope_and_language) {
  simdjson::dom::parser parser;
  for (const Language language : {Language::en, Language::pt}) {
    const Envelopes envelopes(language, "tenant \"1\"");
    for (const std::string& body :
         {envelopes.success(true), envelopes.success(false), envelopes.drop_error(),
          envelopes.error(500, Message::unexpected_error),
          envelopes.exception(1002, Message::session_not_found), envelopes.record("{}"),
          envelopes.list_head() + std::string(Envelopes::list_tail())}) {
      const auto document = parser.parse(body);
      const auto response = document["response"];
      BOOST_TEST(std::string_view(response["message"]) == std::string_view(response["mensagem"]));
      BOOST_TEST(bool(response["error"]) == bool(response["erro"]));
      BOOST_TEST(std::int64_t(response["error_code"]) == std::int64_t(response["cod_erro"]));
    }
    BOOST_TEST(std::int64_t(parser.parse(envelopes.success(true))["code"]) == 200);
    BOOST_TEST(parser.parse(envelopes.success(false))["code"].error() == simdjson::NO_SUCH_FIELD);
    BOOST_TEST(std::string_view(parser.parse(envelopes.success(true))["tenant"]) == "tenant \"1\"");
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
                .answer = "success",
                .ended = true});
    ledger.flush();
  }
  BOOST_TEST(
      slurp(directory.path("ledger")) ==
      "{\"event\":\"request\",\"at\":\"1970-01-01T00:00:00.000Z\",\"seq\":7,\"id\":\"a\\\"\\n\xC3\xBF\","
      "\"n\":2,"
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
                                                       {"--no-such-option"},
                                                       {"--token-file", empty.c_str()},
                                                       {"--token-file", "/nonexistent"}};
  for (const auto& arguments : wrong) BOOST_TEST_CONTEXT(arguments.front() << " " << arguments.back())
  BOOST_CHECK_EXCEPTION(parse(arguments), Error,
                        [](const Error& error) { return error.code() == ExitCode::usage; });
}

BOOST_AUTO_TEST_SUITE_END()
