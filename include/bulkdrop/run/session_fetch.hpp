// Fetches the server's session list once, whole: token, request, retries, and what the answers mean.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/net/pool.hpp"
#include "bulkdrop/net/transport_options.hpp"
#include "bulkdrop/pam/credentials.hpp"
#include "bulkdrop/pam/listed_session.hpp"
#include "bulkdrop/run/console.hpp"
#include "bulkdrop/run/signals.hpp"

namespace bulkdrop::run {

struct FetchSettings {
  // Where the list may be: the first is asked. If there is no such thing, the next one is, once.
  std::vector<std::string> list_urls;
  std::string token_url;  // unused with a ready token
  net::TransportOptions transport;
  Duration idle_timeout = std::chrono::minutes(10);  // no byte of the list for so long = try again
  int attempts = 5;
  std::string attempts_note;                // which these are, where that may be mistaken
  TimePoint not_before = TimePoint::min();  // the list is not asked for earlier
  TimePoint give_up_at = TimePoint::max();  // and not waited for longer
};

// What a fetch needs from its surroundings.
struct FetchParts {
  const Clock& clock;
  Signals& signals;
  Console& console;
  pam::Credentials& credentials;  // nobody else is using them
  std::function<std::unique_ptr<net::Pool>(const net::TransportOptions&)> pool;
};

// Who takes the sessions. What it has is worth nothing until the fetch returned.
class SessionTaker {
 public:
  virtual ~SessionTaker() = default;
  // From the start: what came before, of a list that broke off, does not count.
  virtual void restart() = 0;
  virtual void take(const pam::ListedSession& session) = 0;
};

struct FetchTally {
  std::uint64_t sessions = 0;    // all of them were taken
  std::uint64_t unreadable = 0;  // elements of the list that are no records
};

// Returns when the list came complete and valid. Else throws Error: usage (path, redirect, certificate,
// something that is no PAM server), not_allowed (token, permission), safety_limit (the server is not
// available, or gave no whole list, `attempts` times or until `give_up_at`), interrupted or terminated; and
// what `taker` throws.
FetchTally fetch_sessions(const FetchSettings& settings, const FetchParts& parts, SessionTaker& taker);

}  // namespace bulkdrop::run
