// Times as the server writes them: what its clock showed, mostly without a zone.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace date {
class time_zone;
}

namespace bulkdrop::pam {

using ClockTime = std::chrono::local_seconds;  // what a clock on a wall shows
using Instant = std::chrono::sys_seconds;

struct WrittenTime {
  ClockTime clock;
  std::optional<std::chrono::seconds> offset;  // from UTC, where the text says so
};

// `2024-05-06 16:05:07`, also with `T`, without seconds, with a fraction (cut off), with `Z` or `±HH:MM`
// (RFC 3339 §5.6). Empty for anything else and for dates that no calendar has, such as all zeros.
std::optional<WrittenTime> parse_time(std::string_view text);

// The same, or a date alone, which means its first second.
std::optional<WrittenTime> parse_time_or_date(std::string_view text);

// A time zone of the IANA database, as installed on this machine.
class Zone {
 public:
  // Empty if this machine knows no such zone.
  static std::optional<Zone> named(const std::string& name);
  // This machine's own: what TZ names (POSIX: the variable wins), else what /etc/localtime is. Empty if that
  // has no name in the database.
  static std::optional<Zone> local();

  [[nodiscard]] std::string name() const;

  // The first and the last instant at which a clock there can have shown that time. They differ where clocks
  // are set back (the hour comes twice) and where they are set forward (the hour does not come: it was
  // written before or after the change was noticed).
  struct Instants {
    Instant first;
    Instant last;
  };
  [[nodiscard]] Instants instants(ClockTime clock) const;
  // The same for a time that may carry its own offset from UTC.
  [[nodiscard]] Instants instants(const WrittenTime& time) const;

 private:
  explicit Zone(const date::time_zone* zone) : zone_(zone) {}
  const date::time_zone* zone_;  // of the database, which lives as long as the program
};

}  // namespace bulkdrop::pam
