#include "bulkdrop/core/session_id.hpp"

#include <algorithm>
#include <array>

namespace bulkdrop {
namespace {

// Looked at for every request. RFC 3986 §2.3: the unreserved characters.
constexpr std::array<bool, 256> kUnreserved = [] {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._~-"))
    table[static_cast<unsigned char>(c)] = true;
  return table;
}();

bool is_unreserved(char c) {
  return kUnreserved[static_cast<unsigned char>(c)];
}

}  // namespace

bool is_sendable(std::string_view session_id) {
  return !session_id.empty() && session_id.size() <= kMaxSessionIdBytes && session_id != "." &&
         session_id != ".." && std::all_of(session_id.begin(), session_id.end(), is_unreserved);
}

}  // namespace bulkdrop
