// Who is asking: the token endpoint, and the check of every other request. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/sandbox/oauth1.hpp"
#include "bulkdrop/sandbox/options.hpp"
#include "bulkdrop/sandbox/request.hpp"
#include "bulkdrop/sandbox/token_store.hpp"

namespace bulkdrop::sandbox {

enum class AuthVerdict : std::uint8_t {
  ok,
  access_denied,       // OAuth 2.0: no such token, or it has expired
  client_auth_failed,  // OAuth 1.0a: unknown consumer key or token
  invalid_signature,   // OAuth 1.0a: signature, timestamp, nonce
};

struct TokenAnswer {
  int status;
  std::string body;
  bool ask_for_basic = false;  // 401 to a Basic header names the scheme (RFC 6749 §5.2)
};

class Authenticator {
 public:
  Authenticator(const Credentials& credentials, Duration token_ttl, const Clock& clock)
      : credentials_(credentials),
        clock_(clock),
        token_ttl_(token_ttl),
        tokens_(token_ttl),
        oauth1_(credentials) {}

  // For a request that has an Authorization header.
  AuthVerdict check(const Request& request);
  // Answers a token request (client credentials, RFC 6749 §4.4), as the PHP League server words it.
  TokenAnswer issue_token(const Request& request);

 private:
  const Credentials& credentials_;
  const Clock& clock_;
  Duration token_ttl_;
  TokenStore tokens_;
  OAuth1Verifier oauth1_;
};

// 401 `invalid_client`: `error` is a string here.
std::string invalid_client_body();
// 401 for a bad or expired bearer token.
std::string access_denied_body();

}  // namespace bulkdrop::sandbox
