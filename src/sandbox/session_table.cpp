#include "bulkdrop/sandbox/session_table.hpp"

#include <algorithm>

namespace bulkdrop::sandbox {
namespace {

constexpr std::array kAccess = {
    Access{"rdp", 3389, "RDP Proxy"},           Access{"rdp", 3389, "Web Proxy"},
    Access{"ssh", 22, "Terminal Proxy"},        Access{"ssh", 22, "Web Proxy"},
    Access{"ssh", 22, "SSH Tunneling"},         Access{"mysql", 3306, "Database Proxy"},
    Access{"postgres", 5432, "Database Proxy"}, Access{"https", 443, "senhasegura.go"},
};
constexpr std::int64_t kOldest = 36 * 3600;
constexpr unsigned kUsers = 250;
constexpr unsigned kCredentials = 60;

void write_hex(char* out, std::uint64_t bits, std::size_t digits) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (std::size_t i = 0; i < digits; ++i, bits >>= 4) out[i] = kDigits[bits & 15];
}

}  // namespace

const Access& access_of(const Session& session) {
  return kAccess[session.access];
}

void SessionTable::draw_id(Session& session) {
  char* const id = session.session_id.data();
  write_hex(id, random_.bits(), 16);
  write_hex(id + 16, random_.bits(), 16);
  write_hex(id + 32, random_.bits(), 8);
}

SessionTable::SessionTable(std::size_t count, std::uint64_t seed, std::int64_t now, std::size_t room)
    : random_(seed), live_(count) {
  sessions_.reserve(count + room);
  sessions_.resize(count);
  by_id_.reserve(count);
  for (std::size_t i = 0; i < count;) {
    Session& session = sessions_[i];
    draw_id(session);
    if (!by_id_.emplace(session.id(), static_cast<std::uint32_t>(i)).second) continue;
    session.device = 0x0A000000U | static_cast<std::uint32_t>(random_.below(1U << 24));
    session.origin = 0xAC100000U | static_cast<std::uint32_t>(random_.below(1U << 20));
    session.requests = 0;
    session.user = static_cast<std::uint16_t>(1 + random_.below(kUsers));
    // One credential has a share of its own that stands out: the one that a rehearsal calls compromised.
    session.credential =
        static_cast<std::uint16_t>(random_.below(5) == 0 ? 1 : 1 + random_.below(kCredentials));
    session.access = static_cast<std::uint8_t>(random_.below(kAccess.size()));
    // Squared: most sessions are young, some are stale.
    const double age = random_.uniform();
    session.started_at = now - 60 - static_cast<std::int64_t>(age * age * (kOldest - 60));
    session.ended_at = 0;
    ++i;
  }
}

std::uint32_t SessionTable::open_again(std::uint32_t index, std::int64_t now) {
  if (sessions_.size() == sessions_.capacity()) return kNone;
  const auto fresh = static_cast<std::uint32_t>(sessions_.size());
  Session& session = sessions_.emplace_back(sessions_[index]);
  do draw_id(session);
  while (!by_id_.emplace(session.id(), fresh).second);
  session.started_at = now;
  session.ended_at = 0;
  session.requests = 0;
  ++live_;
  return fresh;
}

std::uint32_t SessionTable::find(std::string_view session_id) const {
  const auto found = by_id_.find(session_id);
  return found == by_id_.end() ? kNone : found->second;
}

bool SessionTable::end(std::uint32_t index, std::int64_t now) {
  Session& session = sessions_[index];
  if (session.ended_at != 0) return false;
  session.ended_at = std::max(now, session.started_at);
  --live_;
  return true;
}

}  // namespace bulkdrop::sandbox
