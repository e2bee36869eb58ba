// The last guard in front of the wire.
#pragma once

#include <cstddef>
#include <string_view>

namespace bulkdrop {

inline constexpr std::size_t kMaxSessionIdBytes = 256;

// True for `[A-Za-z0-9._~-]{1,256}` other than `.` and `..`: characters that need no escaping in a URL path
// (RFC 3986 §2.3) and cannot change which path is asked for (§5.2.4: dot segments). Whatever pattern the user
// gives, nothing else is ever sent.
bool is_sendable(std::string_view session_id);

}  // namespace bulkdrop
