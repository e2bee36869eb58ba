// Every kind of fault as a client meets it, and what it did to the session.
#include "bulkdrop/sandbox/faults.hpp"

#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "running_sandbox.hpp"
#include "support/json.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/sandbox/fault_shapes.hpp"

using namespace bulkdrop;
using namespace bulkdrop::test;
using End = RawReply::End;

namespace {

constexpr std::string_view kList = "/api/pam/session/remotesessions";
constexpr std::chrono::milliseconds kSilence{150};

sandbox::Options with_faults(std::string spec) {
  auto options = small_options();
  options.faults = std::move(spec);
  return options;
}

const std::string& success_body() {
  static const std::string body = sandbox::Envelopes(sandbox::Language::en, "").success(true);
  return body;
}

// One drop of a live session with this fault; afterwards, whether the ledger names the fault and the
// session's fate is `ends`.
RawReply faulty_drop(const std::string& kind, bool ends) {
  RunningSandbox running(with_faults(kind + "=100%"));
  auto client = running.client();
  client.send(client.request("DELETE", running.drop_path(0), kBearer));
  RawReply reply = client.receive(kind.starts_with("stall") ? kSilence : std::chrono::seconds(10));
  // Without an answer there is nothing else to wait for.
  for (int i = 0; i < 1000 && running.answers(running.id(0)).empty(); ++i)
    std::this_thread::sleep_for(kSilence / 10);
  BOOST_TEST_CONTEXT(kind) {
    BOOST_TEST((running.answers(running.id(0)) == std::vector<std::string>{kind.substr(0, kind.find(':'))}));
    BOOST_TEST(running.times_ended(running.id(0)) == (ends ? 1U : 0U));
    BOOST_TEST(running.listed_ends().at(running.id(0)).empty() == !ends);
  }
  return reply;
}

RawReply get_list(const RunningSandbox& running) {
  return running.client().ask("GET", kList, kBearer);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sandbox_faults)

BOOST_AUTO_TEST_CASE(answers_of_the_server_and_of_the_gateway_have_their_documented_form) {
  struct Case {
    std::string kind;
    bool ends;
    int status;
    std::string body;
  };
  const std::vector<Case> cases = {
      {"drop_error", false, 500, R"("message":"An error occurred while droping session")"},
      {"unexpected", false, 500, R"("message":"Unexpected error.")"},
      {"not_authorized", false, 500, R"("message":"You are not authorized to access this resource.")"},
      {"not_found", false, 404, R"("message":"Resource sub not found")"},
      {"no_route", false, 404, R"({"message":"no Route matched with those values"})"},
      {"unauthorized", false, 401, R"({"message":"Unauthorized"})"},
      {"access_denied", false, 401, R"({"error":"access_denied",)"},
      {"invalid_signature", false, 401, R"("message":"Invalid signature")"},
      {"request_timeout", false, 408, R"("message":"Request timed out.")"},
      {"throttle", false, 429, R"({"message":"API rate limit exceeded"})"},
      {"bad_gateway", false, 502, R"({"message":")"},
      {"unavailable", false, 503, R"({"message":")"},
      {"gateway_timeout", true, 504, R"({"message":")"},
      {"html", false, 200, "<html>"},
      {"redirect", false, 302, "<html>"},
  };
  for (const Case& expected : cases) {
    const RawReply reply = faulty_drop(expected.kind, expected.ends);
    BOOST_TEST_CONTEXT(expected.kind) {
      BOOST_TEST(reply.status == expected.status);
      BOOST_TEST(reply.has(expected.body));
      BOOST_TEST((reply.end == End::complete));
      if (expected.kind == "throttle") BOOST_TEST(reply.field("Retry-After") == "1");
      if (expected.kind == "html") BOOST_TEST(reply.field("Content-Type").starts_with("text/html"));
      if (expected.kind == "redirect") BOOST_TEST(reply.field("Location") == "/login");
    }
  }
}

BOOST_AUTO_TEST_CASE(done_and_dead_turn_the_effect_around_but_not_the_answer) {
  BOOST_TEST(faulty_drop("bad_gateway:done", true).status == 502);
  BOOST_TEST(faulty_drop("drop_error:done", true).status == 500);
  BOOST_TEST((faulty_drop("reset:dead", false).end == End::reset));
  BOOST_TEST((faulty_drop("stall:dead", false).end == End::silent));
  BOOST_TEST(faulty_drop("truncate:dead", false).status == 200);
  BOOST_TEST(faulty_drop("gateway_timeout:dead", false).status == 504);
}

BOOST_AUTO_TEST_CASE(truncate_sends_less_than_it_promised) {
  const RawReply reply = faulty_drop("truncate", true);
  BOOST_TEST(reply.status == 200);
  BOOST_TEST(reply.field("Content-Length") == std::to_string(success_body().size()));
  BOOST_TEST(reply.body == success_body().substr(0, success_body().size() / 2));
  BOOST_TEST((reply.end == End::closed));
}

BOOST_AUTO_TEST_CASE(truncate_close_promises_nothing_and_sends_half) {
  const RawReply reply = faulty_drop("truncate_close", true);
  BOOST_TEST(reply.status == 200);
  BOOST_TEST(reply.field("Content-Length").empty());
  BOOST_TEST(reply.field("Connection") == "close");
  BOOST_TEST(reply.body == success_body().substr(0, success_body().size() / 2));
  BOOST_TEST((reply.end == End::closed));
}

BOOST_AUTO_TEST_CASE(reset_sends_rst_and_no_byte) {
  const RawReply reply = faulty_drop("reset", true);
  BOOST_TEST((reply.end == End::reset));
  BOOST_TEST(reply.body.empty());
}

BOOST_AUTO_TEST_CASE(stall_leaves_the_connection_open_and_silent) {
  const RawReply reply = faulty_drop("stall", true);
  BOOST_TEST((reply.end == End::silent));
  BOOST_TEST(reply.body.empty());
}

BOOST_AUTO_TEST_CASE(slow_takes_ten_times_as_long) {
  auto options = with_faults("slow=first:1");
  options.latency = std::chrono::milliseconds(20);
  RunningSandbox running(options);
  const auto time = [&](std::size_t index) {
    const auto start = std::chrono::steady_clock::now();
    BOOST_TEST(running.drop(index).status == 200);
    return std::chrono::steady_clock::now() - start;
  };
  BOOST_TEST((time(0) >= std::chrono::milliseconds(200)));
  auto next = time(1);
  for (std::size_t i = 2; i < 20 && next >= std::chrono::milliseconds(200); ++i) next = time(i);
  BOOST_TEST((next < std::chrono::milliseconds(200)));
  BOOST_TEST(running.times_ended(running.id(0)) == 1U);
}

BOOST_AUTO_TEST_CASE(close_idle_closes_without_a_word_after_a_good_answer) {
  RunningSandbox running(with_faults("close_idle=100%"));
  auto client = running.client();
  const RawReply reply = client.ask("DELETE", running.drop_path(0), kBearer);
  BOOST_TEST(reply.body == success_body());
  BOOST_TEST(reply.field("Connection").empty());
  BOOST_TEST((client.state(std::chrono::seconds(5)) == End::closed));
}

BOOST_AUTO_TEST_CASE(not_http_is_bytes_without_a_status_line) {
  const RawReply reply = faulty_drop("not_http", true);
  BOOST_TEST(reply.status == 0);
  BOOST_TEST(reply.body.size() == 64U);
  BOOST_TEST((reply.end == End::closed));
}

BOOST_AUTO_TEST_CASE(odd_http_around_a_success) {
  const RawReply empty = faulty_drop("empty", true);
  BOOST_TEST(empty.status == 200);
  BOOST_TEST(empty.field("Content-Length") == "0");
  const RawReply garbage = faulty_drop("garbage", true);
  BOOST_TEST(garbage.status == 200);
  BOOST_TEST(!is_valid_utf8(garbage.body));
  const RawReply no_content = faulty_drop("no_content", true);
  BOOST_TEST(no_content.status == 204);
  BOOST_TEST(no_content.field("Content-Length").empty());
  const RawReply partial = faulty_drop("partial", true);
  BOOST_TEST(partial.status == 206);
  BOOST_TEST(partial.body == success_body());
  BOOST_TEST(partial.field("Content-Range").starts_with("bytes 0-"));
  const RawReply created = faulty_drop("created", true);
  BOOST_TEST(created.status == 201);
  BOOST_TEST(created.body == success_body());
  const RawReply chunked = faulty_drop("chunked", true);
  BOOST_TEST(chunked.field("Transfer-Encoding") == "chunked");
  BOOST_TEST(chunked.body == success_body());
}

BOOST_AUTO_TEST_CASE(an_informational_answer_comes_before_the_real_one) {
  RunningSandbox running(with_faults("100continue=100%"));
  auto client = running.client();
  client.send(client.request("DELETE", running.drop_path(0), kBearer));
  BOOST_TEST(client.receive().status == 100);
  const RawReply reply = client.receive();
  BOOST_TEST(reply.status == 200);
  BOOST_TEST(reply.body == success_body());
}

BOOST_AUTO_TEST_CASE(compressed_is_really_gzip_and_mislabelled_is_not) {
  const RawReply compressed = faulty_drop("compressed", true);
  BOOST_TEST(compressed.field("Content-Encoding") == "gzip");
  BOOST_TEST(compressed.body == sandbox::gzipped(success_body()));
  const RawReply mislabelled = faulty_drop("mislabelled", true);
  BOOST_TEST(mislabelled.field("Content-Encoding") == "gzip");
  BOOST_TEST(mislabelled.body == success_body());
}

BOOST_AUTO_TEST_CASE(gzip_is_what_gzip_makes_of_stored_blocks) {
  using namespace std::string_literals;
  // `printf abc | gzip` has this CRC-32 and length at its end.
  BOOST_TEST(sandbox::gzipped("abc") ==
             "\x1F\x8B\x08\x00\x00\x00\x00\x00\x00\xFF\x01\x03\x00\xFC\xFF"
             "abc\xC2\x41\x24\x35\x03\x00\x00\x00"s);
  BOOST_TEST(sandbox::gzipped(std::string(70000, 'x')).size() == 70000U + 10 + 2 * 5 + 8);
}

BOOST_AUTO_TEST_CASE(bodies_that_contradict_themselves) {
  const RawReply flag = faulty_drop("lie_flag", false);
  BOOST_TEST(flag.status == 200);
  BOOST_TEST(flag.has(R"("error":true,"error_code":0)"));
  const RawReply twin = faulty_drop("lie_twin", false);
  BOOST_TEST(twin.has(R"("error":false)"));
  BOOST_TEST(twin.has(R"("erro":true)"));
  const RawReply status = faulty_drop("wrong_status", false);
  BOOST_TEST(status.status == 200);
  BOOST_TEST(status.has(R"("status":500)"));
  const RawReply twice = faulty_drop("duplicate_key", true);
  BOOST_TEST(twice.has(R"("error":false,"error":true)"));
  const RawReply strings = faulty_drop("string_numbers", true);
  BOOST_TEST(strings.has(R"("status":"200")"));
  BOOST_TEST(strings.has(R"("error":"false","error_code":"0")"));
  for (const RawReply* const reply : {&flag, &twin, &status, &twice, &strings})
    BOOST_TEST(is_json(reply->body));
}

BOOST_AUTO_TEST_CASE(bodies_that_are_not_quite_json) {
  const std::string& body = success_body();
  BOOST_TEST(faulty_drop("two_documents", true).body == body + body);
  BOOST_TEST(faulty_drop("missing_brace", true).body == body.substr(0, body.size() - 1));
  BOOST_TEST(faulty_drop("bom", true).body == "\xEF\xBB\xBF" + body);
  const RawReply trailing = faulty_drop("trailing_garbage", true);
  BOOST_TEST(trailing.body.starts_with(body));
  BOOST_TEST(!is_json(trailing.body));
  BOOST_TEST(!is_valid_utf8(faulty_drop("bad_utf8", true).body));
  const RawReply oversize = faulty_drop("oversize", true);
  BOOST_TEST(oversize.body.size() > 65536U);
  BOOST_TEST(is_json(oversize.body));
  const RawReply deep = faulty_drop("deep", true);
  BOOST_TEST(deep.has(std::string(5000, '[')));
  BOOST_TEST(deep.body.size() < 65536U);
}

BOOST_AUTO_TEST_CASE(a_false_success_is_flawless_and_only_the_list_tells) {
  const RawReply reply = faulty_drop("false_success", false);
  BOOST_TEST(reply.status == 200);
  BOOST_TEST(reply.body == success_body());
}

BOOST_AUTO_TEST_CASE(a_fault_around_an_ended_session_shows_the_drop_error) {
  RunningSandbox running(with_faults("missing_brace=2-2"));
  BOOST_TEST(running.drop(0).status == 200);
  const RawReply reply = running.drop(0);
  BOOST_TEST(reply.status == 500);
  BOOST_TEST(!is_json(reply.body));
  BOOST_TEST(running.times_ended(running.id(0)) == 1U);
}

BOOST_AUTO_TEST_CASE(every_kind_can_be_met_at_every_endpoint_that_it_names) {
  for (const sandbox::FaultInfo& fault : sandbox::all_faults()) {
    if (fault.kind == sandbox::FaultKind::stall || fault.kind == sandbox::FaultKind::slow) continue;
    const auto at = [&](sandbox::Endpoint endpoint) {
      return (fault.endpoints & static_cast<std::uint8_t>(endpoint)) != 0;
    };
    const std::string kind(fault.name);
    std::string spec;
    if (at(sandbox::Endpoint::drop)) spec += ",drop." + kind + "=first:1";
    if (at(sandbox::Endpoint::token)) spec += ",token." + kind + "=first:1";
    if (at(sandbox::Endpoint::list)) spec += ",list." + kind + "=first:1";
    RunningSandbox running(with_faults(spec.substr(1)));
    BOOST_TEST_CONTEXT(kind) {
      // The first answer is faulty, the second is as ever: the sandbox itself took no harm.
      if (at(sandbox::Endpoint::token)) {
        const auto ask = [&] { return running.client().ask("POST", "/api/oauth2/token", kForm, kGrant); };
        BOOST_TEST((ask().status != 200 || kind != "token_down"));
        const RawReply good = ask();
        BOOST_TEST(good.status == 200);
        BOOST_TEST(good.has("access_token"));
      }
      if (at(sandbox::Endpoint::list)) {
        const RawReply bad = get_list(running);
        BOOST_TEST((bad.status != 200 || bad.end != End::complete || !bad.has("]}")));
        BOOST_TEST(get_list(running).body.ends_with("]}"));
      }
      if (at(sandbox::Endpoint::drop)) BOOST_TEST((running.drop(0).end != End::silent));
      BOOST_TEST(running.drop(1).body == success_body());
    }
  }
}

BOOST_AUTO_TEST_CASE(the_token_endpoint_fails_in_its_own_ways) {
  RunningSandbox running(
      with_faults("invalid_client=1-1,token_down=2-2,token_envelope=3-3,token.truncate=4-4"));
  const auto ask = [&] { return running.client().ask("POST", "/api/oauth2/token", kForm, kGrant); };
  const RawReply invalid = ask();
  BOOST_TEST(invalid.status == 401);
  BOOST_TEST(invalid.has(R"("error":"invalid_client")"));
  BOOST_TEST(ask().status == 503);
  const RawReply envelope = ask();
  BOOST_TEST(envelope.status == 401);
  BOOST_TEST(
      envelope.has(R"("response":{"status":401,"message":"Client authentication failed.","error":true)"));
  BOOST_TEST((ask().end == End::closed));
  BOOST_TEST(ask().status == 200);
}

BOOST_AUTO_TEST_CASE(a_list_that_is_cut_can_be_seen_to_be_cut) {
  RunningSandbox running(with_faults("list.truncate=1-1,list.truncate_close=2-2"));
  const RawReply chunked = get_list(running);
  BOOST_TEST(chunked.field("Transfer-Encoding") == "chunked");
  BOOST_TEST((chunked.end == End::closed));  // without the last chunk
  BOOST_TEST(chunked.has(running.id(24)));
  BOOST_TEST(!chunked.has(running.id(25)));
  const RawReply closed = get_list(running);
  BOOST_TEST(closed.field("Transfer-Encoding").empty());
  BOOST_TEST(!is_json(closed.body));
  BOOST_TEST(is_json(get_list(running).body));
}

BOOST_AUTO_TEST_CASE(the_same_seed_brings_the_same_faults_in_any_order) {
  const auto fates = [](bool backwards) {
    auto options = with_faults("unexpected=30%,html=30%");
    options.seed = 5;
    RunningSandbox running(options);
    std::map<std::string, std::string> found;
    auto client = running.client();
    for (std::size_t i = 0; i < 50; ++i) {
      const std::size_t index = backwards ? 49 - i : i;
      client.ask("DELETE", running.drop_path(index), kBearer);
    }
    for (std::size_t i = 0; i < 50; ++i) found[running.id(i)] = running.answers(running.id(i)).at(0);
    return found;
  };
  const auto forwards = fates(false);
  BOOST_TEST((forwards == fates(true)));
  std::map<std::string, int> kinds;
  for (const auto& [id, answer] : forwards) ++kinds[answer];
  BOOST_TEST(kinds.size() == 3U);
}

BOOST_AUTO_TEST_SUITE_END()
