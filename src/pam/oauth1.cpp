#include "bulkdrop/pam/oauth1.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <stdexcept>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/pam/api.hpp"

namespace bulkdrop::pam {
namespace {

struct UrlParts {
  std::string base_uri;    // RFC 5849 §3.4.1.2
  std::string_view query;  // without the question mark
};

UrlParts split(std::string_view url) {
  UrlParts parts;
  url = url.substr(0, url.find('#'));
  if (const std::size_t mark = url.find('?'); mark != std::string_view::npos) {
    parts.query = url.substr(mark + 1);
    url = url.substr(0, mark);
  }
  const std::size_t scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) throw std::logic_error("a URL without a scheme can't be signed");
  const std::size_t authority = scheme_end + 3;
  const std::size_t path = std::min(url.find('/', authority), url.size());
  parts.base_uri = lower_ascii(url.substr(0, path));
  const std::string_view default_port = parts.base_uri.starts_with("https://") ? ":443" : ":80";
  if (parts.base_uri.ends_with(default_port))
    parts.base_uri.resize(parts.base_uri.size() - default_port.size());
  parts.base_uri += path == url.size() ? "/" : url.substr(path);
  return parts;
}

// application/x-www-form-urlencoded. A percent sign that begins no escape stands for itself.
std::string form_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    const char* const digits = text.data() + i + 1;
    if (text[i] == '%' && text.size() - i > 2 &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      out.push_back(static_cast<char>(byte));
      i += 2;
    } else {
      out.push_back(text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

// RFC 5849 §3.4.1.3.1.
void append_query(OAuth1Parameters& parameters, std::string_view query) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    parameters.emplace_back(form_decoded(pair.substr(0, equals)),
                            form_decoded(pair.substr(std::min(equals + 1, pair.size()))));
  }
}

}  // namespace

std::string signature_base_string(std::string_view method, std::string_view url,
                                  const OAuth1Parameters& parameters) {
  const UrlParts parts = split(url);
  OAuth1Parameters all = parameters;
  append_query(all, parts.query);
  // RFC 5849 §3.4.1.3.2: encoded first, then sorted in byte order.
  for (auto& [name, value] : all) {
    name = percent_encoded(name);
    value = percent_encoded(value);
  }
  std::sort(all.begin(), all.end());
  std::string normalized;
  for (const auto& [name, value] : all) {
    if (!normalized.empty()) normalized += '&';
    normalized.append(name).append(1, '=').append(value);
  }
  return fmt::format("{}&{}&{}", method, percent_encoded(parts.base_uri), percent_encoded(normalized));
}

Secret signing_key(std::string_view consumer_secret, std::string_view token_secret) {
  std::string consumer = percent_encoded(consumer_secret);
  std::string token = percent_encoded(token_secret);
  std::string key = fmt::format("{}&{}", consumer, token);
  wipe(consumer);
  wipe(token);
  return Secret(key);
}

std::string hmac_sha1_signature(std::string_view base_string, const Secret& key) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (::HMAC(::EVP_sha1(), key.reveal().data(), static_cast<int>(key.reveal().size()),
             reinterpret_cast<const unsigned char*>(base_string.data()), base_string.size(), digest.data(),
             &size) == nullptr)
    throw std::runtime_error("libcrypto makes no HMAC-SHA1: is it switched off here (FIPS)?");
  std::array<unsigned char, std::size_t{2} * EVP_MAX_MD_SIZE> text{};
  const int length = ::EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(size));
  return {text.begin(), text.begin() + length};
}

std::string oauth1_header(std::string_view method, std::string_view url, std::string_view consumer_key,
                          std::string_view token, const Secret& key, const OAuth1Stamp& stamp) {
  OAuth1Parameters parameters = {{"oauth_consumer_key", std::string(consumer_key)},
                                 {"oauth_token", std::string(token)},
                                 {"oauth_signature_method", "HMAC-SHA1"},
                                 {"oauth_timestamp", std::to_string(stamp.timestamp)},
                                 {"oauth_nonce", stamp.nonce},
                                 {"oauth_version", "1.0"}};
  std::string signature = hmac_sha1_signature(signature_base_string(method, url, parameters), key);
  parameters.emplace_back("oauth_signature", std::move(signature));
  std::string header = "OAuth ";
  for (const auto& [name, value] : parameters)
    header += fmt::format(R"({}{}="{}")", name == parameters.front().first ? "" : ", ", name,
                          percent_encoded(value));
  return header;
}

}  // namespace bulkdrop::pam
