// A gateway that lets so many requests through in a time, and says so in one of the ways that gateways have.
#pragma once

#include <chrono>
#include <cstdint>

#include "support/behaviour.hpp"

#include "bulkdrop/core/clock.hpp"

namespace bulkdrop::test {

enum class Dialect : std::uint8_t {
  silent,               // 429 and no more
  retry_after_seconds,  // RFC 9110 §10.2.3
  retry_after_date,     // the same
  ratelimit,    // RateLimit-Limit, -Remaining, -Reset in seconds (draft-ietf-httpapi-ratelimit-headers-03)
  x_ratelimit,  // X-RateLimit-Limit, -Remaining, -Reset as a Unix time
};

// The first `limit` requests of each `window`, counted from the start, go to what is `behind`; the others are
// throttled at once, and told in whole seconds, rounded up, when the next window begins. `Date`,
// `ratelimit` and `x_ratelimit` stand on every answer.
BehaviourPtr quota(std::uint64_t limit, std::chrono::seconds window, Dialect dialect, BehaviourPtr behind);

}  // namespace bulkdrop::test
