#include "bulkdrop/core/session_id.hpp"

#include <algorithm>

namespace bulkdrop {
namespace {

constexpr bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == '~' || c == '-';
}

}  // namespace

bool is_sendable(std::string_view session_id) {
  return !session_id.empty() && session_id.size() <= kMaxSessionIdBytes && session_id != "." &&
         session_id != ".." && std::all_of(session_id.begin(), session_id.end(), is_unreserved);
}

}  // namespace bulkdrop
