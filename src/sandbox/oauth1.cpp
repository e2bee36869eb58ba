#include "bulkdrop/sandbox/oauth1.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "bulkdrop/core/text.hpp"

namespace bulkdrop::sandbox {
namespace {

constexpr std::string_view kScheme = "oauth";

// Whether `authorization` begins with the scheme, in any case, and a space.
bool is_oauth(std::string_view authorization) {
  return authorization.size() > kScheme.size() && authorization[kScheme.size()] == ' ' &&
         lower_ascii(authorization.substr(0, kScheme.size())) == kScheme;
}

// §3.4.1.2: lower-case scheme and host, no default port, no query.
std::string base_uri(const Request& request) {
  const bool tls = lower_ascii(request.forwarded_proto) == "https";
  std::string_view host = request.host;
  const std::string_view default_port = tls ? ":443" : ":80";
  if (host.ends_with(default_port)) host.remove_suffix(default_port.size());
  std::string uri = tls ? "https://" : "http://";
  uri += lower_ascii(host);
  uri += request.path();
  return uri;
}

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

std::optional<Parameters> parse_oauth_header(std::string_view authorization) {
  if (!is_oauth(authorization)) return std::nullopt;
  std::string_view rest = authorization.substr(kScheme.size() + 1);
  Parameters parameters;
  while (!trimmed(rest).empty()) {
    const std::size_t equals = rest.find('=');
    if (equals == std::string_view::npos || equals + 1 >= rest.size() || rest[equals + 1] != '"')
      return std::nullopt;
    const std::size_t close = rest.find('"', equals + 2);
    if (close == std::string_view::npos) return std::nullopt;
    auto name = percent_decode(trimmed(rest.substr(0, equals)), false);
    auto value = percent_decode(rest.substr(equals + 2, close - equals - 2), false);
    if (!name || name->empty() || !value) return std::nullopt;
    parameters.emplace_back(std::move(*name), std::move(*value));
    rest = trimmed(rest.substr(close + 1));
    if (rest.empty()) break;
    if (rest.front() != ',') return std::nullopt;
    rest.remove_prefix(1);
  }
  return parameters;
}

std::string signature_base_string(std::string_view method, std::string_view uri,
                                  const Parameters& parameters) {
  // §3.4.1.3.2: encoded first, then sorted by name and value in byte order.
  std::vector<std::pair<std::string, std::string>> encoded;
  for (const auto& [name, value] : parameters)
    if (name != "realm" && name != "oauth_signature")
      encoded.emplace_back(percent_encode(name), percent_encode(value));
  std::sort(encoded.begin(), encoded.end());
  std::string joined;
  for (const auto& [name, value] : encoded) {
    if (!joined.empty()) joined += '&';
    joined += name;
    joined += '=';
    joined += value;
  }
  std::string base(method);
  base += '&';
  base += percent_encode(uri);
  base += '&';
  base += percent_encode(joined);
  return base;
}

std::string hmac_sha1_signature(std::string_view base_string, std::string_view consumer_secret,
                                std::string_view token_secret) {
  std::string key = percent_encode(consumer_secret);
  key += '&';
  key += percent_encode(token_secret);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  ::HMAC(::EVP_sha1(), key.data(), static_cast<int>(key.size()),
         static_cast<const unsigned char*>(static_cast<const void*>(base_string.data())), base_string.size(),
         digest.data(), &size);
  std::array<unsigned char, EVP_MAX_MD_SIZE * 2> encoded{};
  const int length = ::EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(size));
  return {encoded.begin(), encoded.begin() + length};
}

OAuth1Verdict OAuth1Verifier::verify(const Request& request, std::int64_t now) {
  const auto header = parse_oauth_header(request.authorization);
  const auto query = parse_form(request.query());
  const auto form = parse_form(request.is_form() ? std::string_view(request.body) : std::string_view());
  if (!header || !query || !form) return OAuth1Verdict::malformed;
  Parameters all = *header;
  all.insert(all.end(), query->begin(), query->end());
  all.insert(all.end(), form->begin(), form->end());

  const auto key = find_single(*header, "oauth_consumer_key");
  const auto token = find_single(*header, "oauth_token");
  const auto method = find_single(*header, "oauth_signature_method");
  const auto signature = find_single(*header, "oauth_signature");
  const auto stamp = find_single(*header, "oauth_timestamp");
  const auto nonce = find_single(*header, "oauth_nonce");
  const auto version = find_single(all, "oauth_version");
  if (!key || !token || !method || !signature || !stamp || !nonce || nonce->empty() ||
      *method != "HMAC-SHA1" || (version && *version != "1.0"))
    return OAuth1Verdict::malformed;
  if (*key != credentials_.consumer_key || *token != credentials_.oauth_token)
    return OAuth1Verdict::unknown_client;

  const std::string expected =
      hmac_sha1_signature(signature_base_string(request.method_name, base_uri(request), all),
                          credentials_.consumer_secret, credentials_.oauth_token_secret);
  if (!same(*signature, expected)) return OAuth1Verdict::bad_signature;

  std::int64_t timestamp = 0;
  const auto [end, error] = std::from_chars(stamp->data(), stamp->data() + stamp->size(), timestamp);
  if (error != std::errc() || end != stamp->data() + stamp->size() || timestamp < now - kTolerance ||
      timestamp > now + kTolerance)
    return OAuth1Verdict::bad_timestamp;
  return take_nonce(timestamp, *nonce, now) ? OAuth1Verdict::ok : OAuth1Verdict::used_nonce;
}

bool OAuth1Verifier::take_nonce(std::int64_t timestamp, std::string_view nonce, std::int64_t now) {
  while (!nonces_.empty() && (nonces_.begin()->first < now - kTolerance || nonce_count_ >= kMostNonces)) {
    nonce_count_ -= nonces_.begin()->second.size();
    nonces_.erase(nonces_.begin());
  }
  const bool fresh = nonces_[timestamp].emplace(nonce).second;
  if (fresh) ++nonce_count_;
  return fresh;
}

}  // namespace bulkdrop::sandbox
