// What a judgement says beside its rule: doubt, words, pauses, the request ID.
#include <string>
#include <vector>

#include "answer_corpus.hpp"
#include <boost/test/unit_test.hpp>

namespace bulkdrop::pam::test {
BOOST_AUTO_TEST_SUITE(judge)

BOOST_AUTO_TEST_CASE(whatever_is_said_about_two_requests_or_none_leaves_doubt) {
  for (const DocumentedError& known : documented_errors())
    for (const int sends : {0, 2}) BOOST_TEST_CONTEXT(known.sentence << ", " << sends << " requests") {
        BOOST_TEST(judged(error_envelope(known.sentence), known.http_status, sends).doubt);
        BOOST_TEST(judged("<html>", known.http_status, sends).doubt);
      }
  for (const int status : {302, 401, 403, 404, 405, 409, 429})
    BOOST_TEST(judged("", status, 2).doubt, "HTTP " << status);
}

BOOST_AUTO_TEST_CASE(an_envelope_that_contradicts_itself_leaves_doubt_under_every_status) {
  const std::string sentence = "An error occurred while droping session";
  std::vector<std::string> bodies = {
      success_with(R"("erro":false)", R"("erro":true)"),
      success_with(R"("cod_erro":0)", R"("cod_erro":1)"),
      success_with(R"("error":false)", R"("error":false,"error":true)"),
      // An error by one flag, none by the others.
      success_with(R"("error":false)", R"("error":true)"),
      success_with(R"("error":false,"error_code":0)", R"("error":true,"error_code":1)"),
  };
  std::string twins = error_envelope(sentence);
  bodies.push_back(twins.replace(twins.find("\"erro\":true"), 11, "\"erro\":false"));
  bodies.push_back(error_envelope(sentence, 200, 0));
  bodies.push_back(error_envelope(sentence, 200, 1));
  bodies.push_back(error_envelope(sentence, 500, 0));
  for (const std::string& body : bodies)
    for (const int status : {200, 201, 302, 400, 401, 403, 404, 405, 409, 429, 500, 503})
      BOOST_TEST_CONTEXT("HTTP " << status << " " << body) BOOST_TEST(judged(body, status).doubt);
}

BOOST_AUTO_TEST_CASE(a_redirect_says_where_it_points_and_what_to_do) {
  const Judgement j = judged(Given("", 302).with({{"Location", "https://sso.example/\x1b[2Jlogin"}}));
  BOOST_TEST(j.message.find("https://sso.example/") != std::string::npos);
  BOOST_TEST(j.message.find('\x1b') == std::string::npos);
  BOOST_TEST(j.advice.find("--url") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_connection_that_broke_is_not_told_as_the_one_that_did_not_come_about_then) {
  const Judgement lost =
      judged(Given("", 0, 1).failing(TransportError::connect_failed, "Failed to connect to pam.example"));
  BOOST_TEST((lost.reason == Reason::connection_lost));
  BOOST_TEST(lost.message ==
             "the connection broke behind the request; then: Failed to connect to pam.example");
  const Judgement never =
      judged(Given("", 0, 0).failing(TransportError::connect_failed, "Failed to connect to pam.example"));
  BOOST_TEST(never.message == "Failed to connect to pam.example");
}

BOOST_AUTO_TEST_CASE(the_request_id_is_kept_for_support) {
  BOOST_TEST(judged(Given("", 500).with({{"X-Request-Id", "abc-1"}})).request_id == "abc-1");
  const Judgement long_one = judged(Given("", 500).with({{"X-Request-Id", std::string(5000, 'x') + "\n"}}));
  BOOST_TEST(long_one.request_id.size() <= 120);
  BOOST_TEST(judged(Given("", 500)).request_id.empty());
}

BOOST_AUTO_TEST_CASE(throttling_and_unavailability_bring_their_pause) {
  const auto pause = [](int status, Headers headers) {
    return judged(Given("", status).with(std::move(headers))).pause;
  };
  BOOST_TEST((pause(429, {{"Retry-After", "7"}}) == Duration(std::chrono::seconds(7))));
  BOOST_TEST((pause(503, {{"Retry-After", "7"}}) == Duration(std::chrono::seconds(7))));
  BOOST_TEST((pause(429, {}) == std::nullopt));
  BOOST_TEST((pause(500, {{"Retry-After", "7"}}) == std::nullopt));
  BOOST_TEST((pause(401, {{"X-RateLimit-Reset", "7"}}) == std::nullopt));
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_text_are_not_quoted) {
  const std::string noise = "\xC3\x82\xCD\xD0\x01\x93\xFF\x00\xE0\x9C";
  BOOST_TEST(judged(noise, 200).message == "HTTP 200 with a body that is neither JSON nor text");
  // Text in an old code page is text, and so is what is cut in the middle of a character.
  BOOST_TEST(judged("<html>sess\xE3o encerrada</html>", 502).message.find("<html>sess") != std::string::npos);
  std::string words = "x";
  while (words.size() < 300) words += "\xC3\xA9";
  BOOST_TEST(judged(words, 502).message.find("a body that begins with: x\xC3\xA9") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(messages_are_short_and_fit_for_a_terminal) {
  std::string wild;
  for (int i = 0; i < 20; ++i)
    wild += "\x1b[31m\x07\x01 An error occurred while droping session \xE2\x80\xAE";
  for (const int status : {200, 404, 409, 500, 503}) {
    for (const std::string& body :
         {error_envelope(wild), "<html>" + wild + std::string(4000, '\x01'), wild}) {
      const Judgement j = judged(body, status);
      BOOST_TEST(j.message.size() <= 500U);
      BOOST_TEST(is_valid_utf8(j.message));
      BOOST_TEST(j.message.find('\x1b') == std::string::npos);
    }
  }
  const Judgement j =
      judged(Given("", 0, 1).failing(TransportError::connection_lost, std::string(3000, '\x02')));
  BOOST_TEST(j.message.size() <= 500U);
}

BOOST_AUTO_TEST_CASE(escapes_that_are_no_characters_do_not_reach_the_message) {
  for (const auto* escape : {"\\ud800", "\\udc00", "\\ud800\\ud800", "\\udfff\\ud800", "\\u0000"}) {
    const std::string body = success_with("Sessão interrompida com sucesso", std::string("a") + escape + "b");
    for (const int status : {200, 404, 500}) BOOST_TEST(is_valid_utf8(judged(body, status).message), body);
    const std::string alone = std::string(R"({"message":"a)") + escape + R"(b"})";
    for (const int status : {200, 404, 500}) BOOST_TEST(is_valid_utf8(judged(alone, status).message), alone);
  }
}

BOOST_AUTO_TEST_CASE(the_error_code_of_the_server_is_kept) {
  BOOST_TEST(
      judged(error_envelope("An error occurred while droping session", 500, 42), 500).error_code.value() ==
      42);
  BOOST_TEST(!judged("<html>", 500).error_code);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::pam::test
