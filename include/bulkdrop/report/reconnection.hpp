// Who came back: sessions that were opened by users who had lost one to the run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bulkdrop/core/clock.hpp"

namespace bulkdrop::report {

// Texts as the session list has them.
struct Reconnection {
  std::string session_id;
  std::string user;
  std::string credential;
  std::string device;
  std::string origin_ip;
  std::string protocol;
  std::string start;  // the server's local time
  WallTime seen_at{};
  bool ended = false;  // as the last list has it
};

// What the session list showed after the run, again and again.
struct Watched {
  WallTime from{};
  std::optional<WallTime> until;    // when the last list had come whole; nothing = none did
  bool complete = false;            // a list came at the end of the time that was asked for
  std::uint64_t lists = 0;          // that came whole
  std::uint64_t sessions_lost = 0;  // of the run
  std::uint64_t users_lost = 0;     // who had them
  std::uint64_t user_unknown = 0;   // of sessions_lost, those whose user no list told
  std::uint64_t users = 0;          // who came back
  std::uint64_t sessions = 0;       // that they opened
  std::uint64_t alive = 0;          // of these, those that no list showed as ended
  std::vector<Reconnection> shown;  // the first kMostReconnectionsShown of them
};

inline constexpr std::size_t kMostReconnectionsShown = 20;

// The file in the run directory that holds those that are alive.
inline constexpr const char* kReconnectedFile = "reconnected.csv";

// `user ana, credential c, device d, from 10.0.0.1, ssh, since 2026-05-06 16:05:07`. Printable UTF-8, at most
// 500 bytes.
std::string who_reconnected(const Reconnection& session);

// In one sentence without a full stop: `12 lists from … to …: 2 of 5 users who lost a session opened 3, 2 of
// which are alive`.
std::string watched_words(const Watched& watched, std::string (*time)(WallTime) = rfc3339);

// Where those stand that are not shown: `… and 57 more: …`.
std::string more_reconnected(const Watched& watched);

}  // namespace bulkdrop::report
