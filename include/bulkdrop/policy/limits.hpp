// What the person asked for: how much at once, how often, how long.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/policy/backoff.hpp"

namespace bulkdrop::policy {

// Stop when so many sessions ended as `failed` or `unknown`.
struct FailureLimit {
  std::uint64_t count = 0;  // 1 …; 0 = by share
  double share = 0;         // of the sessions that have a result, once there are kSharedFrom of them
  static constexpr std::uint64_t kSharedFrom = 100;
};

struct Limits {
  std::size_t concurrency = 32;  // most requests in flight, 1 …
  bool adapt = false;            // let the window grow and shrink below that, as the server bears it
  double rate = 0;               // most requests a second; 0 = unlimited
  int attempts = 5;              // most requests on the wire for one session, 1 …
  std::uint64_t canary = 1;      // the first sessions that go one at a time; 0 = none
  Duration outage = std::chrono::minutes(10);
  std::optional<Duration> first_answer;       // how long a server may be away that never answered, if shorter
  std::optional<Duration> deadline;           // no request begins so long after the first could have
  std::optional<std::uint64_t> max_sessions;  // stop before the one after these
  std::optional<FailureLimit> max_failures;
  Backoff backoff;
};

}  // namespace bulkdrop::policy
