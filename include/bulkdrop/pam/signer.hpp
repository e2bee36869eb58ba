// An OAuth 1.0a client: signs each request anew, in the server's time.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/judgement.hpp"
#include "bulkdrop/core/secret.hpp"

namespace bulkdrop::pam {

struct OAuth1Client {
  std::string consumer_key;
  Secret consumer_secret;
  std::string token;
  Secret token_secret;
};

class Signer {
 public:
  // A server refuses timestamps that are some minutes off; what is nearer than this is no reason for a
  // refusal.
  static constexpr std::chrono::seconds kTolerance{30};

  explicit Signer(OAuth1Client client);

  // The Authorization header's value for one request on the wire: never the same twice. `now` is our clock.
  [[nodiscard]] std::string header(std::string_view method, std::string_view url, WallTime now) const;

  // `ahead`: how far the server's clock is ahead of ours. True if that is news, in which case it signs with
  // the server's time from now on; false if it does so already, within the tolerance.
  bool follow(std::chrono::seconds ahead);
  [[nodiscard]] std::chrono::seconds offset() const { return offset_; }

 private:
  std::string consumer_key_;
  std::string token_;
  Secret key_;
  std::chrono::seconds offset_{0};
};

// How far the clock of a server that blames the login is ahead of ours; empty if it did not say.
std::optional<std::chrono::seconds> server_ahead(const Judgement& judgement, WallTime ours);

}  // namespace bulkdrop::pam
