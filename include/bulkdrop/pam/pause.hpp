// How long a server or gateway asks its clients to wait.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "bulkdrop/core/answer.hpp"
#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/quota.hpp"

namespace bulkdrop::pam {

inline constexpr Duration kLongestPause = std::chrono::hours(24);

// From Retry-After (RFC 9110 §10.2.3: seconds or a date), RateLimit-Reset, X-RateLimit-Reset or
// X-Rate-Limit-Reset (seconds, or a Unix time if above 10⁹), in this order, or else from a RateLimit field,
// as below, whose quota is used up. Dates are measured against the server's own Date header where it sent
// one, else against `wall`; one that is over by then says nothing. Never negative, at most kLongestPause;
// empty if nothing usable is there.
std::optional<Duration> requested_pause(const HeaderFields& headers, WallTime wall);

// What the answer says of a quota: the smallest RateLimit-Remaining, X-RateLimit-Remaining,
// X-Rate-Limit-Remaining or, of a Kong gateway, X-RateLimit-Remaining-Second, -Minute or -Hour, and the
// -Reset, as above; or `remaining` and `reset` of a RateLimit field
// (draft-ietf-httpapi-ratelimit-headers-07), or its `r` and `t` (-08), of the policy that is nearest to its
// end. Empty if it does not say both.
std::optional<Quota> announced_quota(const HeaderFields& headers, WallTime wall);

// An HTTP date (RFC 9110 §5.6.7, the preferred form only) as Unix seconds.
std::optional<std::int64_t> parse_http_date(std::string_view text);

}  // namespace bulkdrop::pam
