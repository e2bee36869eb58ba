// Which sessions of a list are wanted. Pure: the time is an argument.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/pam/listed_session.hpp"
#include "bulkdrop/pam/server_time.hpp"

namespace bulkdrop::pam {

// All that is given must hold. Of several patterns for one thing, one is enough.
struct FilterSpec {
  bool active = false;
  std::vector<std::string> user;  // exact or with `*` for any text, in either case
  std::vector<std::string> credential;
  std::vector<std::string> device;
  std::vector<std::string> origin_ip;
  std::vector<std::string> protocol;
  std::vector<std::string> proxy;
  std::optional<Duration> older_than;
  std::optional<WrittenTime> started_before;
  std::optional<WrittenTime> started_after;  // at that time or after
  std::optional<Zone> zone;                  // of the server; needed with any of the three

  [[nodiscard]] bool uses_time() const { return older_than || started_before || started_after; }
};

class SessionFilter {
 public:
  // `now` is what ages are measured against.
  SessionFilter(FilterSpec spec, WallTime now);

  // A start that the server's clock can have shown at two instants counts as the later one: no session is
  // ever held older than it can be. Not const: it counts.
  [[nodiscard]] bool passes(const ListedSession& session);

  // Sessions that passed all but the time filters, which they can't pass: no start can be read.
  [[nodiscard]] std::uint64_t unreadable_starts() const { return unreadable_starts_; }
  // One of those starts, as the server wrote it.
  [[nodiscard]] const std::string& unreadable_start() const { return unreadable_start_; }

 private:
  struct Patterns {
    std::vector<std::string> patterns;
    std::string ListedSession::*member;
  };
  bool matches(const Patterns& wanted, const ListedSession& session);
  bool passes_time(const ListedSession& session);

  FilterSpec spec_;
  std::vector<Patterns> patterns_;
  std::optional<Instant> before_;
  std::optional<Instant> after_;
  std::string lowered_;
  std::uint64_t unreadable_starts_ = 0;
  std::string unreadable_start_;
};

// As names are compared: `out` becomes `text` with letters of ASCII and Latin-1 in lower case. Accents stay:
// José and Jose are two users.
void lower(std::string_view text, std::string& out);

// True if `text` is `pattern`, in which `*` stands for any text, also for none. Case matters.
bool matches_glob(std::string_view pattern, std::string_view text);

}  // namespace bulkdrop::pam
