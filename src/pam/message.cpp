#include "bulkdrop/pam/message.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>

#include "bulkdrop/core/text.hpp"

namespace bulkdrop::pam {
namespace {

bool has_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

// `error`, `erro`, `errors`: as a word, for `interrompida` holds those letters, too.
bool speaks_of_an_error(std::string_view text) {
  for (std::size_t at = text.find("erro"); at != std::string_view::npos; at = text.find("erro", at + 1))
    if (at == 0 || text[at - 1] < 'a' || text[at - 1] > 'z') return true;
  return false;
}

struct Phrase {
  std::string_view text;  // folded; found anywhere in the folded message
  Meaning meaning;
};

constexpr std::array kPhrases = {
    Phrase{"resource sub not found", Meaning::resource_not_found},
    Phrase{"resource not found", Meaning::resource_not_found},
    Phrase{"recurso sub nao encontrado", Meaning::resource_not_found},
    Phrase{"recurso nao encontrado", Meaning::resource_not_found},
    Phrase{"recurso no encontrado", Meaning::resource_not_found},
    Phrase{"not authorized to access", Meaning::not_authorized},
    Phrase{"not authorised to access", Meaning::not_authorized},
    Phrase{"nao esta autorizado", Meaning::not_authorized},
    Phrase{"nao tem autorizacao", Meaning::not_authorized},
    Phrase{"nao autorizado a acessar", Meaning::not_authorized},
    Phrase{"no esta autorizado", Meaning::not_authorized},
    Phrase{"no tiene autorizacion", Meaning::not_authorized},
    Phrase{"no autorizado para acceder", Meaning::not_authorized},
    Phrase{"client authentication failed", Meaning::client_auth_failed},
    Phrase{"autenticacao do cliente falhou", Meaning::client_auth_failed},
    Phrase{"falha na autenticacao do cliente", Meaning::client_auth_failed},
    Phrase{"autenticacion del cliente", Meaning::client_auth_failed},
    Phrase{"invalid signature", Meaning::invalid_signature},
    Phrase{"assinatura invalida", Meaning::invalid_signature},
    Phrase{"firma invalida", Meaning::invalid_signature},
    Phrase{"firma no valida", Meaning::invalid_signature},
    Phrase{"no route matched", Meaning::no_route},
    Phrase{"request timed out", Meaning::timed_out},
    Phrase{"tempo limite da requisicao", Meaning::timed_out},
    Phrase{"tempo da requisicao esgotado", Meaning::timed_out},
    Phrase{"tiempo de espera agotado", Meaning::timed_out},
    Phrase{"rate limit exceeded", Meaning::rate_limited},
    Phrase{"too many requests", Meaning::rate_limited},
    Phrase{"unexpected error", Meaning::unexpected_error},
    Phrase{"erro inesperado", Meaning::unexpected_error},
    Phrase{"error inesperado", Meaning::unexpected_error},
    Phrase{"session not found", Meaning::session_not_found},
    Phrase{"sessao nao encontrada", Meaning::session_not_found},
    Phrase{"sesion no encontrada", Meaning::session_not_found},
};

}  // namespace

Meaning meaning_of(std::string_view message) {
  const std::string text = folded(message.substr(0, 500));
  for (const Phrase& phrase : kPhrases)
    if (text.find(phrase.text) != std::string::npos) return phrase.meaning;
  // An error, about a session, at ending it: the wording varies most here.
  if (speaks_of_an_error(text) && has_any(text, {"session", "sessao", "sesion"}) &&
      has_any(text, {"drop", "derrub", "encerr", "interromp", "interrump", "finaliz", "termina", "cerrar",
                     "desconect"}))
    return Meaning::drop_error;
  return Meaning::none;
}

Meaning meaning_of_page(std::string_view body) {
  const std::string text = folded(body.substr(0, 2000));
  if (has_any(text, {"no required ssl certificate", "the ssl certificate error"}))
    return Meaning::certificate_refused;
  if (has_any(text, {"plain http request was sent to https port", "plain http to an ssl-enabled"}))
    return Meaning::https_wanted;
  return Meaning::none;
}

}  // namespace bulkdrop::pam
