#include "bulkdrop/sandbox/token_store.hpp"

#include <algorithm>
#include <array>

#include <openssl/rand.h>

#include "bulkdrop/core/error.hpp"

namespace bulkdrop::sandbox {

std::string TokenStore::issue(TimePoint now) {
  make_room(now);
  std::array<unsigned char, 32> random{};
  if (::RAND_bytes(random.data(), static_cast<int>(random.size())) != 1)
    throw Error(ExitCode::usage, "the operating system gives no random bytes for a token");
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string token;
  for (const unsigned char byte : random) {
    token += kDigits[byte >> 4];
    token += kDigits[byte & 15];
  }
  tokens_.emplace(token, now + ttl_);
  return token;
}

bool TokenStore::is_valid(std::string_view token, TimePoint now) const {
  const auto found = tokens_.find(token);
  return found != tokens_.end() && now < found->second;
}

void TokenStore::make_room(TimePoint now) {
  if (tokens_.size() < kMost) return;
  std::erase_if(tokens_, [now](const auto& entry) { return entry.second <= now; });
  if (tokens_.size() < kMost) return;
  const auto oldest = std::min_element(tokens_.begin(), tokens_.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
  tokens_.erase(oldest);
}

}  // namespace bulkdrop::sandbox
