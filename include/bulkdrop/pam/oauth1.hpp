// OAuth 1.0a signatures: HMAC-SHA1, version 1.0, in the Authorization header (RFC 5849). Pure: the same
// arguments give the same text, so nonce and timestamp are the caller's to choose, anew for every request
// that goes out on the wire.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bulkdrop/core/secret.hpp"

namespace bulkdrop::pam {

// Names and values, decoded.
using OAuth1Parameters = std::vector<std::pair<std::string, std::string>>;

// RFC 5849 §3.4.1. `url` is complete, without user, password and fragment; what stands in its query is signed
// along with `parameters`, which must not hold `realm` and `oauth_signature`. The path is taken as it is.
std::string signature_base_string(std::string_view method, std::string_view url,
                                  const OAuth1Parameters& parameters);

// RFC 5849 §3.4.2: both secrets, encoded and joined.
Secret signing_key(std::string_view consumer_secret, std::string_view token_secret);

// HMAC-SHA1 of the base string, in Base64.
std::string hmac_sha1_signature(std::string_view base_string, const Secret& key);

struct OAuth1Stamp {
  std::int64_t timestamp = 0;  // Unix seconds, above 0
  std::string nonce;           // never used before with this timestamp (RFC 5849 §3.3)
};

// The value of the Authorization header (RFC 5849 §3.5.1).
std::string oauth1_header(std::string_view method, std::string_view url, std::string_view consumer_key,
                          std::string_view token, const Secret& key, const OAuth1Stamp& stamp);

}  // namespace bulkdrop::pam
