#include "bulkdrop/pam/signer.hpp"

#include <array>
#include <cstdint>
#include <iterator>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <openssl/rand.h>

#include "bulkdrop/pam/oauth1.hpp"

namespace bulkdrop::pam {
namespace {

// 128 bits from the operating system's generator: no two alike, whatever other processes use this token.
std::string fresh_nonce() {
  std::array<unsigned char, 16> bytes{};
  if (::RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    throw std::runtime_error("libcrypto has no random numbers");
  std::string text;
  for (const unsigned char byte : bytes) fmt::format_to(std::back_inserter(text), "{:02x}", byte);
  return text;
}

}  // namespace

Signer::Signer(OAuth1Client client)
    : consumer_key_(std::move(client.consumer_key)),
      token_(std::move(client.token)),
      key_(signing_key(client.consumer_secret.reveal(), client.token_secret.reveal())) {}

std::string Signer::header(std::string_view method, std::string_view url, WallTime now) const {
  const std::int64_t seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  return oauth1_header(method, url, consumer_key_, token_, key_, {seconds + offset_.count(), fresh_nonce()});
}

bool Signer::follow(std::chrono::seconds ahead) {
  if (std::chrono::abs(ahead - offset_) <= kTolerance) return false;
  offset_ = ahead;
  return true;
}

std::optional<std::chrono::seconds> server_ahead(const Judgement& judgement, WallTime ours) {
  if (!judgement.server_time) return std::nullopt;
  return std::chrono::seconds(*judgement.server_time) -
         std::chrono::floor<std::chrono::seconds>(ours).time_since_epoch();
}

}  // namespace bulkdrop::pam
