// Everything that the documentation names, and what stands in front: status × shape × sentence × requests
// sent.
#include <string>
#include <vector>

#include "answers.hpp"
#include <boost/test/unit_test.hpp>

namespace bulkdrop::pam::test {
namespace {

struct Expected {
  Verdict verdict;
  Reason reason;
  bool doubt;
  bool documented = false;
};

void check(const Judgement& j, const Expected& expected) {
  BOOST_TEST(j.verdict == expected.verdict);
  BOOST_TEST(j.reason == expected.reason);
  BOOST_TEST(j.doubt == expected.doubt);
  BOOST_TEST(j.documented == expected.documented);
  if (j.verdict == Verdict::run_wide || j.verdict == Verdict::auth) BOOST_TEST(!j.advice.empty());
  BOOST_TEST(!j.message.empty());
}

constexpr Expected kDropError{Verdict::drop_error, Reason::drop_error, false, true};
constexpr Expected kUnexpected{Verdict::untrusted, Reason::unexpected_error, true};
constexpr Expected kNotAuthorized{Verdict::run_wide, Reason::not_authorized, false};
constexpr Expected kNotFound{Verdict::run_wide, Reason::resource_not_found, false};
constexpr Expected kClientAuth{Verdict::auth, Reason::client_auth_failed, false};
constexpr Expected kSignature{Verdict::run_wide, Reason::invalid_signature, false};
constexpr Expected kNoRoute{Verdict::auth, Reason::no_route, false};
constexpr Expected kTimeout{Verdict::overload, Reason::timeout, true};
constexpr Expected kThrottled{Verdict::throttled, Reason::throttled, false};
constexpr Expected kGateway{Verdict::overload, Reason::gateway_error, true};
constexpr Expected kBadResponse{Verdict::untrusted, Reason::bad_response, true};

struct Documented {
  std::string sentence;
  int http_status;
  Expected expected;
};

const std::vector<Documented>& documented() {
  static const std::vector<Documented> all = {
      {"An error occurred while droping session", 500, kDropError},
      {"An error occurred while dropping session", 500, kDropError},
      {"an error occurred while dropping the session", 500, kDropError},
      {"Error dropping session", 500, kDropError},
      {"Ocorreu um erro ao derrubar a sessão", 500, kDropError},
      {"Ocorreu um erro ao interromper sessão", 500, kDropError},
      {"Erro ao encerrar a sessao", 500, kDropError},
      {"Ocurrió un error al interrumpir la sesión", 500, kDropError},
      {"Error al cerrar la sesión", 500, kDropError},
      {"Unexpected error", 500, kUnexpected},
      {"An unexpected error occurred", 500, kUnexpected},
      {"Erro inesperado", 500, kUnexpected},
      {"Ocorreu um erro inesperado", 500, kUnexpected},
      {"Error inesperado", 500, kUnexpected},
      {"You are not authorized to access this resource", 500, kNotAuthorized},
      {"You are not authorised to access this resource", 500, kNotAuthorized},
      {"Você não está autorizado a acessar este recurso", 500, kNotAuthorized},
      {"Você não tem autorização para acessar este recurso", 500, kNotAuthorized},
      {"Usted no está autorizado para acceder a este recurso", 500, kNotAuthorized},
      {"No tiene autorización para acceder a este recurso", 500, kNotAuthorized},
      {"Resource sub not found", 404, kNotFound},
      {"Recurso sub não encontrado", 404, kNotFound},
      {"Recurso no encontrado", 404, kNotFound},
      {"Client authentication failed", 401, kClientAuth},
      {"Client authentication failed", 400, kClientAuth},
      {"Client authentication failed", 500, kClientAuth},
      {"A autenticação do cliente falhou", 401, kClientAuth},
      {"Falha na autenticação do cliente", 401, kClientAuth},
      {"La autenticación del cliente falló", 401, kClientAuth},
      {"Invalid signature", 401, kSignature},
      {"Invalid signature", 500, kSignature},
      {"Assinatura inválida", 500, kSignature},
      {"Firma inválida", 500, kSignature},
      {"No route matched with those values", 404, kNoRoute},
      {"no Route matched with those values", 404, kNoRoute},
      {"Request timed out", 504, kTimeout},
      {"Request timed out", 500, kTimeout},
      {"Request timed out", 408, kTimeout},
  };
  return all;
}

std::string upper_ascii(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(judge)

BOOST_AUTO_TEST_CASE(every_documented_error_is_known_in_each_language_spelling_and_shape) {
  for (const Documented& known : documented())
    for (const std::string& sentence : {known.sentence, known.sentence + ".", known.sentence + "!",
                                        "  " + known.sentence + " ", upper_ascii(known.sentence)})
      for (const std::string& body :
           {error_envelope(sentence, 500, 1), error_envelope(sentence, 500, 7),
            R"({"code":500,)" + error_envelope(sentence).substr(1), R"({"message":")" + sentence + R"("})"})
        BOOST_TEST_CONTEXT("HTTP " << known.http_status << " " << body)
  check(judged(body, known.http_status), known.expected);
}

BOOST_AUTO_TEST_CASE(a_documented_error_is_known_whatever_the_http_status_when_the_envelope_says_error) {
  for (const Documented& known : documented())
    for (const int status : {200, 400, 404, 500})
      BOOST_TEST_CONTEXT("HTTP " << status << " " << known.sentence)
  check(judged(error_envelope(known.sentence), status), known.expected);
}

BOOST_AUTO_TEST_CASE(the_sentence_alone_under_http_200_proves_nothing) {
  for (const Documented& known : documented())
    check(judged(R"({"message":")" + known.sentence + R"("})", 200), kBadResponse);
}

BOOST_AUTO_TEST_CASE(whatever_is_said_about_two_requests_or_none_leaves_doubt) {
  for (const Documented& known : documented())
    for (const int sends : {0, 2}) BOOST_TEST_CONTEXT(known.sentence << ", " << sends << " requests") {
        BOOST_TEST(judged(error_envelope(known.sentence), known.http_status, sends).doubt);
        BOOST_TEST(judged("<html>", known.http_status, sends).doubt);
      }
  for (const int status : {302, 401, 403, 404, 405, 409, 429})
    BOOST_TEST(judged("", status, 2).doubt, "HTTP " << status);
}

BOOST_AUTO_TEST_CASE(the_gateway_and_the_oauth_server_are_known) {
  struct Case {
    int status;
    std::string body;
    Expected expected;
  };
  const Case cases[] = {
      {401, R"({"message":"Unauthorized"})", kClientAuth},
      {401, R"({"message":"No API key found in request"})", kClientAuth},
      {401, "", kClientAuth},
      {401,
       R"({"error":"invalid_client","error_description":"Client authentication failed",)"
       R"("message":"Client authentication failed"})",
       kClientAuth},
      {400, R"({"error":"invalid_client","error_description":"x"})", kClientAuth},
      {401,
       R"({"error":"access_denied","error_description":"The resource owner denied the request.",)"
       R"("hint":"Access token could not be verified","message":"denied"})",
       kClientAuth},
      {403, R"({"error":"access_denied"})", kClientAuth},
      {401, R"({"error":"invalid_token"})", kClientAuth},
      {404, R"({"message":"no Route matched with those values"})", kNoRoute},
      {429, R"({"message":"API rate limit exceeded"})", kThrottled},
      {429, "", kThrottled},
      {429, "<html>slow down</html>", kThrottled},
      {429, error_envelope("whatever", 429), kThrottled},
      {503, R"({"message":"API rate limit exceeded"})", kThrottled},
      {502, R"({"message":"An invalid response was received from the upstream server"})", kGateway},
      {503, R"({"message":"failure to get a peer from the ring-balancer"})", kGateway},
      {503, R"({"message":"name resolution failed"})", kGateway},
      {504, R"({"message":"The upstream server is timing out"})", kGateway},
      {502, "<html><h1>502 Bad Gateway</h1></html>", kGateway},
      {503, "", kGateway},
      {504, "", kGateway},
      {501, "", kGateway},
      {511, "<html>log in to the network</html>", kGateway},
      {500, R"({"message":"An unexpected error occurred"})", kUnexpected},
      {408, "", kTimeout},
      {403, "<html>blocked</html>", kNotAuthorized},
      {404, "<html>not found</html>", kNotFound},
      {404, "", kNotFound},
      {405, "", {Verdict::run_wide, Reason::http_error, false}},
      {407, "", {Verdict::run_wide, Reason::http_error, false}},
      {410, "", {Verdict::run_wide, Reason::http_error, false}},
      {301, "", {Verdict::run_wide, Reason::http_error, false}},
      {302, "<html>log in</html>", {Verdict::run_wide, Reason::http_error, false}},
      {304, "", {Verdict::run_wide, Reason::http_error, false}},
      {307, "", {Verdict::run_wide, Reason::http_error, false}},
      {308, "", {Verdict::run_wide, Reason::http_error, false}},
      {400, "<html>bad request</html>", {Verdict::refused, Reason::http_error, false}},
      {409, "", {Verdict::refused, Reason::http_error, false}},
      {422, R"({"message":"no"})", {Verdict::refused, Reason::http_error, false}},
      {500, "", {Verdict::untrusted, Reason::http_error, true}},
      {500, "<html>oops</html>", {Verdict::untrusted, Reason::http_error, true}},
      {500, "{}", {Verdict::untrusted, Reason::http_error, true}},
      {200, "", kBadResponse},
      {200, "<html>welcome</html>", kBadResponse},
      {201, "", kBadResponse},
      {202, "", kBadResponse},
      {204, "", kBadResponse},
      {206, std::string(kSuccess.substr(0, 100)), kBadResponse},
      {100, "", kBadResponse},
      {101, "", kBadResponse},
      {0, "", kBadResponse},
      {999, "", kGateway},
  };
  for (const Case& c : cases)
    BOOST_TEST_CONTEXT("HTTP " << c.status << " " << c.body) check(judged(c.body, c.status), c.expected);
}

BOOST_AUTO_TEST_CASE(an_unknown_sentence_falls_back_on_the_flags_and_the_status) {
  check(judged(error_envelope("Не удалось"), 500), kDropError);
  check(judged(error_envelope("Не удалось", 500, 7), 500), kUnexpected);
  check(judged(error_envelope("Не удалось", 400, 1), 500), kUnexpected);
  check(judged(error_envelope("Не удалось", 400, 1), 400), {Verdict::refused, Reason::http_error, false});
  check(judged(error_envelope("Не удалось", 500, 1), 200), kBadResponse);
}

BOOST_AUTO_TEST_CASE(a_session_that_the_server_does_not_know_is_about_that_session_alone) {
  for (const auto& sentence :
       {"1002: Session not found", "Session not found.", "Sessão não encontrada", "Sesión no encontrada"})
    for (const int status : {400, 404, 500}) BOOST_TEST_CONTEXT("HTTP " << status << " " << sentence)
  check(judged(error_envelope(sentence, status, 1002), status), kDropError);
  // From a gateway that same sentence is about its own sessions.
  BOOST_TEST(judged(R"({"message":"Session not found"})", 401).verdict == Verdict::auth);
  BOOST_TEST(judged(R"({"message":"Session not found"})", 404).verdict == Verdict::run_wide);
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

BOOST_AUTO_TEST_CASE(every_transport_error_is_not_sent_before_the_wire_and_in_doubt_behind_it) {
  for (int i = 1; i <= static_cast<int>(TransportError::unusable); ++i) {
    const auto error = static_cast<TransportError>(i);
    BOOST_TEST_CONTEXT("transport error " << i) {
      const Judgement before = judged(Given("", 0, 0).failing(error, "words"));
      const bool tls = error == TransportError::tls_untrusted || error == TransportError::tls_failed;
      BOOST_TEST(before.verdict == (tls ? Verdict::run_wide : Verdict::not_sent));
      BOOST_TEST(before.reason == (tls                                  ? Reason::tls_error
                                   : error == TransportError::cancelled ? Reason::not_started
                                                                        : Reason::connect_failed));
      BOOST_TEST(!before.doubt);
      BOOST_TEST(!before.documented);
      BOOST_TEST(before.message == "words");
      if (tls) BOOST_TEST(before.stop == StopKind::config);

      for (const int sends : {1, 2}) {
        const Judgement behind = judged(Given("", 0, sends).failing(error, "words"));
        BOOST_TEST(behind.doubt);
        BOOST_TEST(!behind.documented);
        const bool garbage = error == TransportError::too_large || error == TransportError::unusable;
        BOOST_TEST(behind.verdict == (garbage ? Verdict::untrusted : Verdict::overload));
        BOOST_TEST(behind.reason == (garbage                              ? Reason::bad_response
                                     : error == TransportError::timed_out ? Reason::timeout
                                                                          : Reason::connection_lost));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(stops_are_of_the_kind_that_maps_to_the_right_exit_code) {
  const auto stop_of = [](std::string_view sentence, int status) {
    return judged(error_envelope(sentence), status).stop;
  };
  BOOST_TEST(stop_of("You are not authorized to access this resource.", 500) == StopKind::auth);
  BOOST_TEST(stop_of("Invalid signature", 401) == StopKind::auth);
  BOOST_TEST(stop_of("Client authentication failed.", 401) == StopKind::auth);
  BOOST_TEST(stop_of("Resource sub not found", 404) == StopKind::config);
  BOOST_TEST(judged("", 403).stop == StopKind::auth);
  BOOST_TEST(judged("", 405).stop == StopKind::config);
}

BOOST_AUTO_TEST_CASE(a_redirect_says_where_it_points_and_what_to_do) {
  const Judgement j = judged(Given("", 302).with({{"Location", "https://sso.example/\x1b[2Jlogin"}}));
  BOOST_TEST(j.message.find("https://sso.example/") != std::string::npos);
  BOOST_TEST(j.message.find('\x1b') == std::string::npos);
  BOOST_TEST(j.advice.find("--url") != std::string::npos);
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
