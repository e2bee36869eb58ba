// The bearer tokens that were issued and how long each is good. Not thread-safe.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "bulkdrop/core/clock.hpp"

namespace bulkdrop::sandbox {

class TokenStore {
 public:
  // Beyond this many live tokens the oldest ones lose their validity.
  static constexpr std::size_t kMost = 10'000;

  explicit TokenStore(Duration ttl) : ttl_(ttl) {}
  std::string issue(TimePoint now);
  [[nodiscard]] bool is_valid(std::string_view token, TimePoint now) const;
  [[nodiscard]] std::size_t size() const { return tokens_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  void make_room(TimePoint now);

  Duration ttl_;
  std::unordered_map<std::string, TimePoint, Hash, std::equal_to<>> tokens_;  // token: when it expires
};

}  // namespace bulkdrop::sandbox
