// OAuth 1.0a as a server checks it (RFC 5849): HMAC-SHA1, version 1.0, in the Authorization header.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "bulkdrop/sandbox/options.hpp"
#include "bulkdrop/sandbox/percent.hpp"
#include "bulkdrop/sandbox/request.hpp"

namespace bulkdrop::sandbox {

// The parameters of `OAuth a="b", c="d"`, decoded (§3.5.1); empty if it is not of that form.
std::optional<Parameters> parse_oauth_header(std::string_view authorization);

// §3.4.1. `base_uri` is scheme, authority and path (§3.4.1.2); `parameters` are decoded, of query, header and
// form body alike; `realm` and `oauth_signature` are left out here.
std::string signature_base_string(std::string_view method, std::string_view base_uri,
                                  const Parameters& parameters);

// §3.4.2, Base64.
std::string hmac_sha1_signature(std::string_view base_string, std::string_view consumer_secret,
                                std::string_view token_secret);

enum class OAuth1Verdict : std::uint8_t {
  ok,
  unknown_client,
  bad_signature,
  bad_timestamp,
  used_nonce,
  malformed
};

// Remembers nonces for as long as their timestamps are accepted. Not thread-safe.
class OAuth1Verifier {
 public:
  static constexpr std::int64_t kTolerance = 300;  // seconds, either side
  // More nonces than this at once: those of the oldest timestamp are forgotten.
  static constexpr std::size_t kMostNonces = 4'000'000;

  explicit OAuth1Verifier(const Credentials& credentials) : credentials_(credentials) {}
  // `now` in Unix seconds.
  OAuth1Verdict verify(const Request& request, std::int64_t now);

 private:
  bool take_nonce(std::int64_t timestamp, std::string_view nonce, std::int64_t now);

  const Credentials& credentials_;
  std::map<std::int64_t, std::unordered_set<std::string>> nonces_;  // by timestamp
  std::size_t nonce_count_ = 0;
};

}  // namespace bulkdrop::sandbox
