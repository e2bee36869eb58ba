#include "bulkdrop/sandbox/authenticator.hpp"

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "bulkdrop/core/text.hpp"

namespace bulkdrop::sandbox {
namespace {

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

// What follows `scheme` and a space, scheme names being case-insensitive (RFC 9110 §11.1).
std::optional<std::string_view> after_scheme(std::string_view authorization, std::string_view scheme) {
  if (authorization.size() <= scheme.size() || authorization[scheme.size()] != ' ') return std::nullopt;
  for (std::size_t i = 0; i < scheme.size(); ++i)
    if ((authorization[i] | 0x20) != scheme[i]) return std::nullopt;
  return trimmed(authorization.substr(scheme.size() + 1));
}

struct Client {
  std::string id;
  std::string secret;
};

std::optional<Client> from_basic(std::string_view encoded) {
  if (encoded.empty() || encoded.size() % 4 != 0 || encoded.size() > 8192) return std::nullopt;
  std::vector<unsigned char> bytes(encoded.size() / 4 * 3);
  const int size = ::EVP_DecodeBlock(
      bytes.data(), static_cast<const unsigned char*>(static_cast<const void*>(encoded.data())),
      static_cast<int>(encoded.size()));
  if (size < 0) return std::nullopt;
  std::string text(bytes.begin(), bytes.begin() + size);
  while (encoded.ends_with('=')) {  // EVP_DecodeBlock counts the padding as zero bytes
    encoded.remove_suffix(1);
    text.pop_back();
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return std::nullopt;
  // RFC 6749 §2.3.1: both parts are form-encoded inside.
  auto id = percent_decode(std::string_view(text).substr(0, colon), true);
  auto secret = percent_decode(std::string_view(text).substr(colon + 1), true);
  if (!id || !secret) return std::nullopt;
  return Client{std::move(*id), std::move(*secret)};
}

std::string oauth2_error(std::string_view error, std::string_view description) {
  return fmt::format(R"({{"error":"{0}","error_description":"{1}","message":"{1}"}})", error, description);
}

}  // namespace

std::string invalid_client_body() {
  return oauth2_error("invalid_client", "Client authentication failed");
}

std::string access_denied_body() {
  return R"({"error":"access_denied","error_description":"The resource owner or authorization server denied the )"
         R"(request.","hint":"Access token is invalid or has expired","message":"The resource owner or )"
         R"(authorization server denied the request."})";
}

AuthVerdict Authenticator::check(const Request& request) {
  if (const auto token = after_scheme(request.authorization, "bearer")) {
    if (tokens_.is_valid(*token, clock_.now())) return AuthVerdict::ok;
    const bool ready = !credentials_.bearer_token.empty() && same(*token, credentials_.bearer_token);
    return ready ? AuthVerdict::ok : AuthVerdict::access_denied;
  }
  if (!after_scheme(request.authorization, "oauth")) return AuthVerdict::access_denied;
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_.wall()).time_since_epoch().count();
  switch (oauth1_.verify(request, now)) {
    case OAuth1Verdict::ok:
      return AuthVerdict::ok;
    case OAuth1Verdict::unknown_client:
      return AuthVerdict::client_auth_failed;
    default:
      return AuthVerdict::invalid_signature;
  }
}

TokenAnswer Authenticator::issue_token(const Request& request) {
  const auto form = request.is_form() ? parse_form(request.body) : std::nullopt;
  if (!form) return {400, oauth2_error("invalid_request", "The request is not a form")};
  const auto grant = find_single(*form, "grant_type");
  if (!grant || *grant != "client_credentials")
    return {400, oauth2_error("unsupported_grant_type",
                              "The authorization grant type is not supported by the authorization server.")};
  const auto basic = after_scheme(request.authorization, "basic");
  std::optional<Client> client;
  if (basic) {
    client = from_basic(*basic);
  } else if (const auto id = find_single(*form, "client_id")) {
    client = Client{std::string(*id), std::string(find_single(*form, "client_secret").value_or(""))};
  }
  const auto tenant = find_single(*form, "tenant");
  if (!client || !same(client->id, credentials_.client_id) ||
      !same(client->secret, credentials_.client_secret) ||
      (!credentials_.tenant.empty() && tenant != credentials_.tenant))
    return {401, invalid_client_body(), basic.has_value()};
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(token_ttl_).count();
  return {200, fmt::format(R"({{"token_type":"Bearer","expires_in":{},"access_token":"{}"}})", seconds,
                           tokens_.issue(clock_.now()))};
}

}  // namespace bulkdrop::sandbox
