#include "bulkdrop/sandbox/envelopes.hpp"

#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "bulkdrop/core/text.hpp"

namespace bulkdrop::sandbox {

std::string_view text(Message message, Language language) {
  const auto in = [language](std::string_view english, std::string_view portuguese) {
    return language == Language::en ? english : portuguese;
  };
  switch (message) {
    case Message::dropped:
      return in("Session successfully interrupted", "Sessão interrompida com sucesso");
    case Message::listed:
      return in("Remote sessions", "Sessões remotas");
    case Message::drop_error:
      return in("An error occurred while droping session", "Ocorreu um erro ao interromper a sessão");
    case Message::unexpected_error:
      return in("Unexpected error.", "Erro inesperado.");
    case Message::not_authorized:
      return in("You are not authorized to access this resource.",
                "Você não está autorizado a acessar este recurso.");
    case Message::resource_not_found:
      return in("Resource sub not found", "Sub recurso não encontrado");
    case Message::client_auth_failed:
      return in("Client authentication failed.", "Falha na autenticação do cliente.");
    case Message::invalid_signature:
      return in("Invalid signature", "Assinatura inválida");
    case Message::request_timed_out:
      return in("Request timed out.", "Tempo de requisição esgotado.");
    case Message::method_not_allowed:
      return in("Method not allowed", "Método não permitido");
    case Message::session_not_found:
      return in("1002: Session not found", "1002: Sessão não encontrada");
    case Message::unexpected_identifier:
      return in("1003: Unexpected identifier type", "1003: Tipo de identificador inesperado");
  }
  return {};
}

void append_response_member(std::string& out, const Envelope& envelope) {
  std::string message;
  append_json_string(message, envelope.message);
  std::string detail;
  append_json_string(detail, envelope.detail);
  fmt::format_to(std::back_inserter(out),
                 R"("response":{{"status":{0},"message":{1},"error":{2},"error_code":{3},"detail":{4},)"
                 R"("mensagem":{1},"erro":{2},"cod_erro":{3}}})",
                 envelope.status, message, envelope.error, envelope.error_code, detail);
}

Envelopes::Envelopes(Language language, const std::string& tenant) : language_(language) {
  if (!tenant.empty()) {
    tenant_member_ = R"(,"tenant":)";
    append_json_string(tenant_member_, tenant);
  }
  std::string response;
  append_response_member(response, {.message = message(Message::dropped)});
  success_v3_ = "{" + response + "}";
  success_v4_ = R"({"code":200,)" + response + tenant_member_ + "}";
  drop_error_ = error(500, Message::drop_error);

  list_head_ = R"({"code":200,)";
  append_response_member(list_head_, {.message = message(Message::listed)});
  list_head_ += tenant_member_.empty() ? R"(,"tenant":"sandbox")" : tenant_member_;
  list_head_ += R"(,"remote_sessions":[)";
}

std::string Envelopes::error(int status, Message what, int error_code, std::string_view detail) const {
  std::string body = "{";
  append_response_member(body, {.status = status,
                                .message = message(what),
                                .error = true,
                                .error_code = error_code,
                                .detail = detail});
  body += '}';
  return body;
}

std::string Envelopes::exception(int error_code, Message what) const {
  std::string body = R"({"code":400,)";
  append_response_member(body,
                         {.status = 400, .message = message(what), .error = true, .error_code = error_code});
  fmt::format_to(std::back_inserter(body), R"(,"exception":{{"code":{},"message":)", error_code);
  append_json_string(body, message(what));
  body += R"(,"detail":""})";
  body += tenant_member_;
  body += '}';
  return body;
}

std::string Envelopes::record(std::string_view record_json) const {
  std::string body = R"({"code":200,)";
  append_response_member(body, {.message = message(Message::listed)});
  body += tenant_member_;
  body += R"(,"remote_session":)";
  body += record_json;
  body += '}';
  return body;
}

std::string gateway_body(std::string_view message) {
  std::string body = R"({"message":)";
  append_json_string(body, message);
  body += '}';
  return body;
}

}  // namespace bulkdrop::sandbox
