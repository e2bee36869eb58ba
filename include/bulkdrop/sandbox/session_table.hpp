// The sessions that the sandbox knows, made from a seed: the same seed and count give the same session IDs,
// users, devices and ages. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bulkdrop/core/random.hpp"

namespace bulkdrop::sandbox {

struct Session {
  std::array<char, 40> session_id;  // lower-case hex
  std::int64_t started_at;          // Unix time, seconds
  std::int64_t ended_at;            // 0 while it is alive
  std::uint32_t device;             // IPv4 address, 10.0.0.0/8
  std::uint32_t origin;             // IPv4 address, 172.16.0.0/12
  std::uint32_t requests;           // drop requests that named it
  std::uint16_t user;
  std::uint16_t credential;
  std::uint8_t access;  // protocol and proxy: see access_of()

  [[nodiscard]] std::string_view id() const { return {session_id.data(), session_id.size()}; }
};

// How a session reaches its device.
struct Access {
  std::string_view protocol;
  std::uint16_t port;
  std::string_view proxy;
};

const Access& access_of(const Session& session);

class SessionTable {
 public:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::size_t kMost = 5'000'000;

  // `now` in Unix seconds: the sessions began up to 36 hours before it. `count` at most kMost. `room`: how
  // many more can be opened later.
  SessionTable(std::size_t count, std::uint64_t seed, std::int64_t now, std::size_t room = 0);

  [[nodiscard]] std::size_t size() const { return sessions_.size(); }
  [[nodiscard]] std::size_t live() const { return live_; }
  [[nodiscard]] const Session& at(std::uint32_t index) const { return sessions_[index]; }
  // kNone if no session has this ID.
  [[nodiscard]] std::uint32_t find(std::string_view session_id) const;
  // Counts one more drop request for the session; returns how many there were with this one.
  std::uint32_t count_request(std::uint32_t index) { return ++sessions_[index].requests; }
  // False if it had already ended.
  bool end(std::uint32_t index, std::int64_t now);
  // Another session of the same user, by the same way to the same device. Returns its index, kNone if there
  // is no room.
  std::uint32_t open_again(std::uint32_t index, std::int64_t now);

 private:
  void draw_id(Session& session);

  Random random_;
  std::vector<Session> sessions_;
  std::unordered_map<std::string_view, std::uint32_t> by_id_;  // views into sessions_, which never moves
  std::size_t live_ = 0;
};

}  // namespace bulkdrop::sandbox
