#include "answer_corpus.hpp"

namespace bulkdrop::pam::test {
namespace {

const Expected kDropped{.verdict = Verdict::dropped, .reason = Reason::ok, .documented = true};
const Expected kDropError{.verdict = Verdict::drop_error, .reason = Reason::drop_error, .documented = true};
const Expected kUnexpected{.verdict = Verdict::untrusted, .reason = Reason::unexpected_error, .doubt = true};
const Expected kNotAuthorized{
    .verdict = Verdict::run_wide, .reason = Reason::not_authorized, .stop = StopKind::auth, .advice = "A2A"};
const Expected kNotFound{
    .verdict = Verdict::run_wide, .reason = Reason::resource_not_found, .advice = "--api"};
const Expected kClientAuth{.verdict = Verdict::auth,
                           .reason = Reason::client_auth_failed,
                           .stop = StopKind::auth,
                           .advice = "secret"};
const Expected kSignature{.verdict = Verdict::run_wide,
                          .reason = Reason::invalid_signature,
                          .stop = StopKind::auth,
                          .advice = "URL"};
const Expected kNoRoute{
    .verdict = Verdict::auth, .reason = Reason::no_route, .stop = StopKind::auth, .advice = "new token"};
const Expected kTimeout{.verdict = Verdict::overload, .reason = Reason::timeout, .doubt = true};
const Expected kThrottled{.verdict = Verdict::throttled, .reason = Reason::throttled, .pause = true};
const Expected kGateway{.verdict = Verdict::overload, .reason = Reason::gateway_error, .doubt = true};
const Expected kGatewayPause{
    .verdict = Verdict::overload, .reason = Reason::gateway_error, .doubt = true, .pause = true};
const Expected kBadResponse{.verdict = Verdict::untrusted, .reason = Reason::bad_response, .doubt = true};
const Expected kServerError{.verdict = Verdict::untrusted, .reason = Reason::http_error, .doubt = true};
const Expected kRefused{.verdict = Verdict::refused, .reason = Reason::http_error};
const Expected kRunWide{.verdict = Verdict::run_wide, .reason = Reason::http_error, .advice = "--url"};
const Expected kRedirect{
    .verdict = Verdict::run_wide, .reason = Reason::http_error, .advice = "never followed"};
const Expected kProxy{.verdict = Verdict::run_wide, .reason = Reason::http_error, .advice = "--proxy"};
const Expected kProxyRefused{
    .verdict = Verdict::run_wide, .reason = Reason::connect_failed, .advice = "--proxy"};
const Expected kTls{.verdict = Verdict::run_wide, .reason = Reason::tls_error, .advice = "--cacert"};
const Expected kClientCertificate{
    .verdict = Verdict::run_wide, .reason = Reason::tls_error, .advice = "--cert and --key"};
const Expected kHttpsWanted{.verdict = Verdict::run_wide, .reason = Reason::http_error, .advice = "https://"};
const Expected kNotConnected{.verdict = Verdict::not_sent, .reason = Reason::connect_failed};
const Expected kNotStarted{.verdict = Verdict::not_sent, .reason = Reason::not_started};
const Expected kLost{.verdict = Verdict::overload, .reason = Reason::connection_lost, .doubt = true};

Expected in_doubt(Expected expected) {
  expected.doubt = true;
  expected.documented = false;
  return expected;
}

std::string sentence_alone(std::string_view sentence) {
  std::string body = R"({"message":)";
  append_json_string(body, sentence);
  return body + "}";
}

class Corpus {
 public:
  void add(int status, const std::string& body, const Expected& expected) {
    answers.push_back({.body = body, .http_status = status, .expected = expected});
  }
  void add(int status, const std::string& body, int sends, const Expected& expected) {
    answers.push_back({.body = body, .http_status = status, .wire_sends = sends, .expected = expected});
  }
  void failing(TransportError error, int sends, const Expected& expected) {
    answers.push_back(
        {.body = "", .http_status = 0, .wire_sends = sends, .error = error, .expected = expected});
  }

  std::vector<CorpusAnswer> answers;
};

void add_success(Corpus& corpus) {
  const std::string success(kSuccess);
  corpus.add(200, success, kDropped);
  for (const int sends : {0, 2}) corpus.add(200, success, sends, kBadResponse);
  for (const int status : {199, 201, 202, 299, 300, 308, 399, 400, 409, 499, 500})
    corpus.add(status, success, kBadResponse);
  corpus.add(404, success, in_doubt(kNotFound));
}

void add_documented_errors(Corpus& corpus) {
  for (const DocumentedError& known : documented_errors()) {
    corpus.add(known.http_status, error_envelope(known.sentence), known.expected);
    corpus.add(known.http_status, error_envelope(known.sentence, 400, 7), known.expected);
    corpus.add(known.http_status, sentence_alone(known.sentence), known.expected);
    // The envelope says error: the HTTP status adds nothing.
    for (const int status : {200, 400, 404, 500, 503}) {
      Expected expected = known.expected;
      corpus.add(status, error_envelope(known.sentence), expected);
      corpus.add(status, error_envelope(known.sentence, 400, 7), expected);
      if (status >= 400) corpus.add(status, sentence_alone(known.sentence), expected);
      corpus.add(status, error_envelope(known.sentence), 2, in_doubt(expected));
      // Says error in one place and success in another.
      if (known.expected.verdict != Verdict::drop_error)
        corpus.add(status, error_envelope(known.sentence, 200, 1), in_doubt(expected));
    }
    // A sentence alone under a status that is no error proves nothing.
    corpus.add(200, sentence_alone(known.sentence), kBadResponse);
  }
  for (const auto* sentence :
       {"1002: Session not found", "Session not found.", "Sessão não encontrada", "Sesión no encontrada"}) {
    for (const int status : {200, 400, 404, 500})
      corpus.add(status, error_envelope(sentence, 500, 1002), kDropError);
    corpus.add(400, error_envelope(sentence), kDropError);
    // From a gateway that same sentence is about its own sessions.
    corpus.add(401, sentence_alone(sentence), kClientAuth);
    corpus.add(404, sentence_alone(sentence), kNotFound);
  }
  for (const auto* sentence : {"An error occurred while droping session", "Session not found"}) {
    corpus.add(500, error_envelope(sentence, 200, 1), kUnexpected);
    corpus.add(500, error_envelope(sentence, 500, 0), kUnexpected);
    corpus.add(400, error_envelope(sentence, 500, 0), kBadResponse);
    corpus.add(200, error_envelope(sentence, 500, 0), kBadResponse);
  }
}

void add_gateway_and_oauth(Corpus& corpus) {
  for (const auto* body : {
           R"({"error":"invalid_client","error_description":"x"})",
           R"({"error":"access_denied","error_description":"denied","hint":"expired","message":"denied"})",
           R"({"error":"invalid_token"})",
           R"({"error":"invalid_client","message":"An error occurred while droping session"})",
       })
    for (const int status : {400, 401, 403, 500, 503}) corpus.add(status, body, kClientAuth);
  const std::string error = error_envelope("x");
  corpus.add(500, R"({"error":"invalid_token",)" + error.substr(1), kClientAuth);
  corpus.add(400, R"({"error":"invalid_token",)" + error_envelope("x", 400, 7).substr(1), kClientAuth);
  corpus.add(200, R"({"error":"invalid_token",)" + error_envelope("x", 200, 7).substr(1),
             in_doubt(kClientAuth));

  const std::vector<std::string> bodies = {"", "<html>x</html>", "{}", R"({"message":"Unauthorized"})",
                                           error_envelope("Не удалось", 400, 7)};
  for (const std::string& body : bodies) {
    corpus.add(401, body, kClientAuth);
    corpus.add(403, body, kNotAuthorized);
    corpus.add(404, body, kNotFound);
    corpus.add(405, body, kRunWide);
    corpus.add(407, body, kProxy);
    corpus.add(408, body, kTimeout);
    corpus.add(410, body, kRunWide);
    corpus.add(429, body, kThrottled);
    for (const int status : {502, 503, 504}) corpus.add(status, body, kGatewayPause);
    for (const int status : {501, 505, 511, 599, 999}) corpus.add(status, body, kGateway);
    for (const int status : {400, 402, 406, 409, 411, 422, 428, 430, 499}) corpus.add(status, body, kRefused);
    for (const int sends : {0, 2}) corpus.add(409, body, sends, in_doubt(kRefused));
  }
  for (const auto* body : {"", "<html>log in</html>", "{}", R"({"message":"moved"})"})
    for (const int status : {300, 301, 302, 303, 304, 307, 308, 399}) corpus.add(status, body, kRedirect);
  for (const auto* body : {"", "<html>x</html>", "{}", R"({"message":"no sentence that is known"})"})
    corpus.add(500, body, kServerError);
  for (const auto* body : {"", "OK", "[]", "{}", "<html>welcome</html>", R"({"message":"done"})",
                           R"({"response":{"status":500,"message":"x"}})"})
    for (const int status : {0, 100, 101, 199, 200, 201, 202, 204, 206, 299})
      corpus.add(status, body, kBadResponse);
}

void add_unknown_sentences(Corpus& corpus) {
  const std::string words = "Не удалось";
  corpus.add(500, error_envelope(words, 500, 1), kDropError);
  corpus.add(500, error_envelope(words, 500, 7), kUnexpected);
  corpus.add(500, error_envelope(words, 400, 1), kUnexpected);
  corpus.add(500, error_envelope(words, 200, 1), kUnexpected);
  corpus.add(400, error_envelope(words, 500, 1), kRefused);
  corpus.add(501, error_envelope(words, 500, 1), kGateway);
  corpus.add(499, error_envelope(words, 500, 1), kRefused);
  corpus.add(200, error_envelope(words, 500, 1), kBadResponse);
}

void add_contradictions(Corpus& corpus) {
  const std::string twins_disagree = success_with(R"("erro":false)", R"("erro":true)");
  const std::string key_twice = success_with(R"("error":false)", R"("error":false,"error":true)");
  const std::string half_a_success = success_with(R"("error_code":0)", R"("error_code":7)");
  for (const std::string& body : {twins_disagree, key_twice, half_a_success}) {
    for (const int status : {0, 100, 200, 201, 299, 300, 302, 399, 400, 409, 499, 500})
      corpus.add(status, body, kBadResponse);
    corpus.add(401, body, in_doubt(kClientAuth));
    corpus.add(403, body, in_doubt(kNotAuthorized));
    corpus.add(404, body, in_doubt(kNotFound));
    corpus.add(405, body, in_doubt(kRunWide));
    corpus.add(429, body, in_doubt(kThrottled));
    corpus.add(503, body, kGatewayPause);
    corpus.add(501, body, kGateway);
  }
  for (const int status : {200, 302, 399, 400, 499})
    corpus.add(status, error_envelope("Не удалось", 200, 1), kBadResponse);
  corpus.add(501, error_envelope("Не удалось", 200, 1), kGateway);
}

// As nginx 1.22 and Apache httpd 2.4 write them.
void add_pages(Corpus& corpus) {
  const std::string head = "<html>\r\n<head><title>400 ";
  const auto page = [&](const std::string& title, const std::string& words) {
    return head + title +
           "</title></head>\r\n<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n<center>" + words +
           "</center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";
  };
  const std::string none = "No required SSL certificate was sent";
  const std::string wrong = "The SSL certificate error";
  const std::string https = "The plain HTTP request was sent to HTTPS port";
  const std::string apache =
      "<p>Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />\n Instead use the HTTPS "
      "scheme";
  for (const std::string& words : {none, wrong}) {
    corpus.add(400, page(words, words), kClientCertificate);
    corpus.add(400, page(words, words), 2, in_doubt(kClientCertificate));
  }
  for (const std::string& words : {https, apache}) {
    corpus.add(400, page("Bad Request", words), kHttpsWanted);
  }
  for (const std::string& words : {none, https}) {
    corpus.add(200, page(words, words), kBadResponse);
    corpus.add(399, page(words, words), kRedirect);
    corpus.add(401, page(words, words), kClientAuth);
    corpus.add(500, page(words, words), kServerError);
  }
  corpus.add(400, page("Request Header Or Cookie Too Large", "Request Header Or Cookie Too Large"), kRefused);
  // What the API itself says of a certificate is about something else.
  corpus.add(400, error_envelope("The SSL certificate error", 400, 7), kRefused);
}

void add_transport_errors(Corpus& corpus) {
  using enum TransportError;
  for (const TransportError error : {tls_failed, tls_untrusted}) corpus.failing(error, 0, kTls);
  corpus.failing(proxy_refused, 0, kProxyRefused);
  corpus.failing(cancelled, 0, kNotStarted);
  for (const TransportError error : {resolve_failed, connect_failed, timed_out, connection_lost, too_large,
                                     sent_twice, out_of_step, unusable})
    corpus.failing(error, 0, kNotConnected);
  for (const int sends : {1, 2}) {
    corpus.failing(timed_out, sends, kTimeout);
    for (const TransportError error : {too_large, out_of_step, unusable})
      corpus.failing(error, sends, kBadResponse);
    for (const TransportError error : {tls_failed, tls_untrusted})
      corpus.failing(error, sends, in_doubt(kClientCertificate));
    for (const TransportError error :
         {resolve_failed, connect_failed, proxy_refused, connection_lost, sent_twice, cancelled})
      corpus.failing(error, sends, kLost);
  }
}

}  // namespace

const std::vector<DocumentedError>& documented_errors() {
  static const std::vector<DocumentedError> all = {
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
      {"Tempo limite da requisição excedido", 504, kTimeout},
      {"Tiempo de espera agotado", 504, kTimeout},
      {"API rate limit exceeded", 429, kThrottled},
      {"API rate limit exceeded", 503, kThrottled},
      {"Too many requests", 429, kThrottled},
  };
  return all;
}

const std::vector<CorpusAnswer>& answer_corpus() {
  static const std::vector<CorpusAnswer> all = [] {
    Corpus corpus;
    add_success(corpus);
    add_documented_errors(corpus);
    add_gateway_and_oauth(corpus);
    add_unknown_sentences(corpus);
    add_contradictions(corpus);
    add_pages(corpus);
    add_transport_errors(corpus);
    return corpus.answers;
  }();
  return all;
}

}  // namespace bulkdrop::pam::test
