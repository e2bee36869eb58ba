// What may be called dropped, and above all what may not.
#include <string>
#include <vector>

#include "answers.hpp"
#include "json_oracle.hpp"
#include "support/property.hpp"
#include <boost/test/unit_test.hpp>

namespace bulkdrop::pam::test {
namespace {

bool is_dropped(std::string body, int http_status = 200, int wire_sends = 1) {
  return judged(std::move(body), http_status, wire_sends).verdict == Verdict::dropped;
}

void agrees_with_the_oracle(const std::string& body) {
  BOOST_TEST_CONTEXT("body: " << printable(body)) {
    BOOST_TEST(is_dropped(body) == is_success_body(body));
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(success)

BOOST_AUTO_TEST_CASE(the_documented_success_is_dropped) {
  const Judgement j = judged(std::string(kSuccess));
  BOOST_TEST(j.verdict == Verdict::dropped);
  BOOST_TEST(j.reason == Reason::ok);
  BOOST_TEST(j.documented);
  BOOST_TEST(!j.doubt);
  BOOST_TEST(j.message == "Sessão interrompida com sucesso");
  BOOST_TEST(j.http_status == 200);
}

BOOST_AUTO_TEST_CASE(every_wording_and_every_generation_of_the_success_is_dropped) {
  for (const std::string& body : {
           success_with(R"("code":200,)", ""),
           success_with(R"("code":200,)", R"("code":200,"tenant":"Segura",)"),
           success_with(R"(,"mensagem":"Sessão interrompida com sucesso","erro":false,"cod_erro":0)", ""),
           success_with(R"("message":"Sessão interrompida com sucesso",)", ""),
           success_with(R"("mensagem":"Sessão interrompida com sucesso",)", ""),
           std::string(R"({"response":{"status":200,"error":false,"error_code":0}})"),
           std::string(R"({"response":{"status":200,"message":"An error occurred while droping session",)"
                       R"("error":false,"error_code":0}})"),
           success_with(R"("status")", R"("st\u0061tus")"),
           success_with(R"("code":200,)", R"("error":null,"exception":null,"errors":"","code":200,)"),
           "\r\n\t " + std::string(kSuccess) + " \n",
       })
    BOOST_TEST(is_dropped(body), printable(body));
}

BOOST_AUTO_TEST_CASE(anything_else_in_the_body_is_not_dropped_and_leaves_doubt) {
  const std::string success(kSuccess);
  for (const std::string& body : {
           std::string(),
           std::string("{}"),
           std::string("[]"),
           std::string("null"),
           std::string("true"),
           std::string("200"),
           std::string("OK"),
           std::string(R"({"response":null})"),
           std::string(R"({"response":[]})"),
           std::string(R"({"response":{}})"),
           std::string(R"({"response":"Sessão interrompida com sucesso"})"),
           std::string(R"({"message":"Sessão interrompida com sucesso"})"),
           std::string(R"({"status":200,"message":"ok","error":false,"error_code":0})"),
           "[" + success + "]",
           success.substr(0, success.size() - 1),
           success + "x",
           success + success,
           success + "\n" + success,
           success + ",",
           success + "}",
           success + std::string(1, '\0'),
           std::string(1, '\0') + success,
           "\xEF\xBB\xBF" + success,
           ")]}',\n" + success,
           success_with("Sess\xC3\xA3o", "Sess\xE3o"),
           success_with(R"("status":200)", R"("status":"200")"),
           success_with(R"("status":200)", R"("status":200.0)"),
           success_with(R"("status":200)", R"("status":2e2)"),
           success_with(R"("status":200)", R"("status":201)"),
           success_with(R"("status":200)", R"("status":500)"),
           success_with(R"("status":200)", R"("status":null)"),
           success_with(R"("status":200)", R"("status":18446744073709551816)"),
           success_with(R"("status":200)", R"("Status":200)"),
           success_with(R"("status":200)", R"("status":200,"status":200)"),
           success_with(R"("status":200)", R"("status":200,"st\u0061tus":500)"),
           success_with(R"("error":false)", R"("error":true)"),
           success_with(R"("error":false)", R"("error":0)"),
           success_with(R"("error":false)", R"("error":"false")"),
           success_with(R"("error":false)", R"("error":null)"),
           success_with(R"("error":false)", R"("error":"")"),
           success_with(R"("error":false,)", ""),
           success_with(R"("error":false)", R"("error":false,"error":false)"),
           success_with(R"("error":false)", R"("error":false,"\u0065rror":true)"),
           success_with(R"("error_code":0)", R"("error_code":1)"),
           success_with(R"("error_code":0)", R"("error_code":"0")"),
           success_with(R"("error_code":0)", R"("error_code":0.0)"),
           success_with(R"("error_code":0)", R"("error_code":false)"),
           success_with(R"("error_code":0)", R"("error_code":null)"),
           success_with(R"("error_code":0,)", ""),
           success_with(R"("error_code":0)", R"("error_code":0,"error_code":0)"),
           success_with(R"("erro":false)", R"("erro":true)"),
           success_with(R"("erro":false)", R"("erro":0)"),
           success_with(R"("erro":false)", R"("erro":null)"),
           success_with(R"("erro":false)", R"("erro":false,"erro":false)"),
           success_with(R"("cod_erro":0)", R"("cod_erro":1)"),
           success_with(R"("cod_erro":0)", R"("cod_erro":"0")"),
           success_with(R"("mensagem":"Sessão)", R"("mensagem":"A sessão)"),
           success_with(R"("mensagem":"Sessão interrompida com sucesso")", R"("mensagem":null)"),
           success_with(R"("code":200)", R"("code":500)"),
           success_with(R"("code":200)", R"("code":"200")"),
           success_with(R"("code":200)", R"("code":200.0)"),
           success_with(R"("code":200)", R"("code":null)"),
           success_with(R"("code":200)", R"("code":200,"code":200)"),
           success_with(R"("code":200)", R"("code":200,"c\u006Fde":500)"),
           success_with(R"("code":200)", R"("code":200,"response":null)"),
           success_with(R"("code":200)", R"("error":true,"code":200)"),
           success_with(R"("code":200)", R"("error":"access_denied","code":200)"),
           success_with(R"("code":200)", R"("erro":true,"code":200)"),
           success_with(R"("code":200)", R"("error_code":1002,"code":200)"),
           success_with(R"("code":200)", R"("cod_erro":1,"code":200)"),
           success_with(R"("code":200)", R"("status":500,"code":200)"),
           success_with(R"("code":200)", R"("errors":["1002"],"code":200)"),
           success_with(R"("code":200)", R"("exception":{"code":1002},"code":200)"),
           success_with(R"("detail":"")", R"("detail":"","exception":{"code":1002})"),
           success_with(R"("detail":"")", R"("detail":"","errors":["1002"])"),
           success.substr(0, 60) + "\x1F\x8B" + success.substr(60),
           std::string("\x1F\x8B\x08\x00\x00\x00\x00\x00\x00\x03", 10) + success,
           std::string("<!DOCTYPE html><html><body>200 OK</body></html>"),
           "<html>" + success + "</html>",
           "callback(" + success + ")",
       }) {
    BOOST_TEST_CONTEXT("body: " << printable(body)) {
      BOOST_TEST(!is_success_body(body));
      const Judgement j = judged(body);
      BOOST_TEST(j.verdict != Verdict::dropped);
      BOOST_TEST(j.doubt);
      BOOST_TEST(!j.documented);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_perfect_body_under_another_status_is_not_dropped_and_leaves_doubt) {
  for (int status = 0; status < 600; ++status) {
    if (status == 200) continue;
    const Judgement j = judged(std::string(kSuccess), status);
    BOOST_TEST_CONTEXT("HTTP " << status) {
      BOOST_TEST(j.verdict != Verdict::dropped);
      // Turned away before it was executed, says the status; executed, says the body.
      BOOST_TEST(j.doubt);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_perfect_body_to_another_number_of_requests_than_one_is_not_dropped) {
  for (const int sends : {-1, 0, 2, 3, 100}) {
    const Judgement j = judged(std::string(kSuccess), 200, sends);
    BOOST_TEST(j.verdict != Verdict::dropped);
    BOOST_TEST(j.doubt);
  }
}

BOOST_AUTO_TEST_CASE(a_perfect_body_of_a_broken_transfer_is_not_dropped) {
  for (int i = 1; i <= static_cast<int>(TransportError::unusable); ++i)
    for (const int sends : {0, 1, 2}) {
      const Judgement j =
          judged(Given(std::string(kSuccess), 200, sends).failing(static_cast<TransportError>(i)));
      BOOST_TEST(j.verdict != Verdict::dropped);
      BOOST_TEST(j.doubt == (sends > 0));
    }
}

BOOST_AUTO_TEST_CASE(a_body_whose_header_fields_say_otherwise_is_not_dropped_and_leaves_doubt) {
  const std::string success(kSuccess);
  for (const char* coding : {"gzip", "br", "identity, gzip", "unheard-of"}) {
    const Judgement j = judged(Given(success).with({{"Content-Encoding", coding}}));
    BOOST_TEST(j.verdict != Verdict::dropped, coding);
    BOOST_TEST(j.doubt, coding);
  }
  BOOST_TEST(judged(Given(success).with({{"Content-Encoding", "Identity"}})).verdict == Verdict::dropped);
  Headers two_lengths;
  two_lengths.contradict("Content-Length");
  BOOST_TEST(judged(Given(success).with(two_lengths)).verdict != Verdict::dropped);
  BOOST_TEST(judged(Given(success).with(two_lengths)).doubt);
}

BOOST_AUTO_TEST_CASE(a_success_of_more_than_64_kib_is_not_dropped) {
  const auto padded = [](std::size_t size) {
    const std::size_t spare = size - kSuccess.size();
    return success_with(R"("detail":"")", R"("detail":")" + std::string(spare, 'x') + '"');
  };
  BOOST_TEST(padded(kMaxBodyBytes).size() == kMaxBodyBytes);
  BOOST_TEST(is_dropped(padded(kMaxBodyBytes)));
  BOOST_TEST(!is_dropped(padded(kMaxBodyBytes + 1)));
  BOOST_TEST(judged(padded(kMaxBodyBytes + 1)).doubt);
}

BOOST_AUTO_TEST_CASE(deep_nesting_is_refused_without_harm) {
  for (const std::size_t depth : {10U, 1000U, 1023U, 1024U, 5000U, 30000U}) {
    const std::string nested = std::string(depth, '[') + std::string(depth, ']');
    const std::string body = success_with(R"("detail":"")", R"("detail":)" + nested);
    if (depth == 10) BOOST_TEST(is_dropped(body));
    if (depth > 1024) BOOST_TEST(!is_dropped(body));
    BOOST_TEST(!is_dropped(std::string(depth, '{')));
    BOOST_TEST(!is_dropped(std::string(depth, '[')));
  }
}

BOOST_AUTO_TEST_CASE(cut_at_any_length_it_is_not_dropped) {
  for (std::size_t length = 0; length < kSuccess.size(); ++length)
    BOOST_TEST(!is_dropped(std::string(kSuccess.substr(0, length))), "cut at " << length);
}

BOOST_AUTO_TEST_CASE(with_any_bit_flipped_it_is_dropped_only_if_it_still_says_so) {
  for (std::size_t at = 0; at < kSuccess.size(); ++at)
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string body(kSuccess);
      body[at] = static_cast<char>(static_cast<unsigned char>(body[at]) ^ (1U << bit));
      agrees_with_the_oracle(body);
    }
}

BOOST_AUTO_TEST_CASE(with_any_byte_replaced_it_is_dropped_only_if_it_still_says_so) {
  for (std::size_t at = 0; at < kSuccess.size(); ++at)
    for (unsigned byte = 0; byte < 256; ++byte) {
      std::string body(kSuccess);
      body[at] = static_cast<char>(static_cast<unsigned char>(byte));
      agrees_with_the_oracle(body);
    }
}

BOOST_AUTO_TEST_CASE(with_any_piece_removed_or_repeated_it_is_dropped_only_if_it_still_says_so) {
  for (std::size_t at = 0; at < kSuccess.size(); ++at)
    for (const std::size_t length : {1U, 2U, 3U, 8U, 20U, 50U}) {
      if (at + length > kSuccess.size()) continue;
      std::string without(kSuccess);
      agrees_with_the_oracle(without.erase(at, length));
      std::string twice(kSuccess);
      agrees_with_the_oracle(twice.insert(at, kSuccess.substr(at, length)));
    }
}

namespace {

using Members = std::vector<std::pair<std::string, std::string>>;  // keys and values as they are written

std::string object_of(const Members& members) {
  std::string text = "{";
  for (const auto& [key, value] : members) {
    if (text.size() > 1) text += ',';
    text += key + ':' + value;
  }
  return text + '}';
}

// Changes some members: value, key, twice, gone, moved.
void disturb(Members& members, const std::vector<std::string>& keys) {
  static const std::vector<std::string> values = {"0",
                                                  "-0",
                                                  "1",
                                                  "200",
                                                  "200.0",
                                                  "2e2",
                                                  "500",
                                                  "true",
                                                  "false",
                                                  "null",
                                                  "\"\"",
                                                  "\"0\"",
                                                  "\"false\"",
                                                  "\"200\"",
                                                  "[]",
                                                  "{}",
                                                  "\"Sessão interrompida com sucesso\"",
                                                  "18446744073709551615",
                                                  "9223372036854775808"};
  const int changes = *rc::gen::inRange(0, 3);
  for (int i = 0; i < changes && !members.empty(); ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, members.size());
    const auto position = members.begin() + static_cast<std::ptrdiff_t>(at);
    switch (*rc::gen::inRange(0, 5)) {
      case 0:
        position->second = *rc::gen::elementOf(values);
        break;
      case 1:
        position->first = *rc::gen::elementOf(keys);
        break;
      case 2:
        members.insert(position, {*rc::gen::elementOf(keys), *rc::gen::elementOf(values)});
        break;
      case 3:
        members.erase(position);
        break;
      default:
        std::rotate(members.begin(), position, members.end());
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(however_its_members_are_changed_it_is_dropped_exactly_if_it_still_says_so) {
  bulkdrop::test::holds(
      "the judge and the oracle agree on the body, and only one send and HTTP 200 count", [] {
        const std::string sentence = "\"Sessão interrompida com sucesso\"";
        Members response = {{"\"status\"", "200"},   {"\"message\"", sentence}, {"\"error\"", "false"},
                            {"\"error_code\"", "0"}, {"\"detail\"", "\"\""},    {"\"mensagem\"", sentence},
                            {"\"erro\"", "false"},   {"\"cod_erro\"", "0"}};
        disturb(response, {"\"status\"", "\"message\"", "\"error\"", "\"error_code\"", "\"detail\"",
                           "\"mensagem\"", "\"erro\"", "\"cod_erro\"", "\"\\u0065rror\"", "\"st\\u0061tus\"",
                           "\"Error\"", "\"exception\"", "\"errors\""});
        Members outer = {{"\"code\"", "200"}, {"\"response\"", object_of(response)}};
        disturb(outer, {"\"code\"", "\"response\"", "\"tenant\"", "\"error\"", "\"exception\"", "\"errors\"",
                        "\"erro\"", "\"error_code\"", "\"cod_erro\"", "\"r\\u0065sponse\"", "\"message\""});
        std::string body = object_of(outer);
        if (*rc::gen::weightedElement<bool>({{9, false}, {1, true}}))
          body.resize(*rc::gen::inRange<std::size_t>(0, body.size() + 1));
        const int status =
            *rc::gen::weightedElement<int>({{12, 200}, {1, 201}, {1, 204}, {1, 500}, {1, 404}});
        const int sends = *rc::gen::weightedElement<int>({{12, 1}, {1, 0}, {1, 2}});
        const bool success = is_success_body(body) && status == 200 && sends == 1;
        RC_CLASSIFY(success, "success");
        const Judgement j = judged(body, status, sends);
        RC_LOG() << body << "\n";
        RC_ASSERT((j.verdict == Verdict::dropped) == success);
        RC_ASSERT(!(j.verdict == Verdict::dropped && j.doubt));
        // Whatever else a 200 may say, it never proves that nothing was executed.
        if (status == 200 && !success && j.verdict == Verdict::untrusted) RC_ASSERT(j.doubt);
        RC_ASSERT(j.message.size() <= 500);
        RC_ASSERT(is_valid_utf8(j.message));
      });
}

BOOST_AUTO_TEST_CASE(no_soup_of_bytes_is_dropped) {
  bulkdrop::test::holds("arbitrary bytes under HTTP 200", [](const std::string& soup) {
    const Judgement j = judged(soup);
    RC_ASSERT((j.verdict == Verdict::dropped) == is_success_body(soup));
    RC_ASSERT(j.message.size() <= 500);
    RC_ASSERT(is_valid_utf8(j.message));
  });
}

BOOST_AUTO_TEST_CASE(one_answer_leaves_nothing_behind_for_the_next) {
  Judge judge;
  Given success{std::string(kSuccess)};
  Given empty{std::string()};
  Given cut(std::string(kSuccess.substr(0, 100)));
  Given throttled(R"({"message":"API rate limit exceeded"})", 429);
  throttled.with({{"Retry-After", "5"}, {"X-Request-Id", "r-1"}});
  BOOST_TEST(judge.judge(success.get(), WallTime()).verdict == Verdict::dropped);
  BOOST_TEST(judge.judge(empty.get(), WallTime()).verdict == Verdict::untrusted);
  BOOST_TEST(judge.judge(success.get(), WallTime()).verdict == Verdict::dropped);
  BOOST_TEST(judge.judge(cut.get(), WallTime()).verdict == Verdict::untrusted);
  BOOST_TEST(judge.judge(throttled.get(), WallTime()).pause.has_value());
  const Judgement& last = judge.judge(success.get(), WallTime());
  BOOST_TEST(last.verdict == Verdict::dropped);
  BOOST_TEST(!last.pause);
  BOOST_TEST(last.request_id.empty());
  BOOST_TEST(last.error_code.value() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::pam::test
