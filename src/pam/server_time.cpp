#include "bulkdrop/pam/server_time.hpp"

#include <algorithm>
#include <stdexcept>

#include <date/tz.h>
#include <stdlib.h>
#include <unistd.h>

#include "bulkdrop/core/text.hpp"

namespace bulkdrop::pam {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// Takes text off the front, piece by piece.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}
  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // Exactly so many digits.
  std::optional<int> number(std::size_t digits) {
    if (rest_.size() < digits) return std::nullopt;
    int value = 0;
    for (const char c : rest_.substr(0, digits)) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(digits);
    return value;
  }
  bool skip_digits() {
    std::size_t digits = 0;
    while (digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9') ++digits;
    rest_.remove_prefix(digits);
    return digits > 0;
  }

 private:
  std::string_view rest_;
};

std::optional<std::chrono::local_days> read_date(Scanner& in) {
  const auto year = in.number(4);
  if (!year || !in.take('-')) return std::nullopt;
  const auto month = in.number(2);
  if (!month || !in.take('-')) return std::nullopt;
  const auto day = in.number(2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::local_days(date);
}

std::optional<seconds> read_time_of_day(Scanner& in) {
  const auto hour = in.number(2);
  if (!hour || *hour > 23 || !in.take(':')) return std::nullopt;
  const auto minute = in.number(2);
  if (!minute || *minute > 59) return std::nullopt;
  seconds time = hours(*hour) + minutes(*minute);
  if (in.take(':')) {
    const auto second = in.number(2);
    if (!second || *second > 60) return std::nullopt;  // 60: a leap second
    time += seconds(*second);
    if ((in.take('.') || in.take(',')) && !in.skip_digits()) return std::nullopt;
  }
  return time;
}

// False if what stands there is no offset. Nothing is none.
bool read_offset(Scanner& in, std::optional<seconds>& offset) {
  if (in.at_end()) return true;
  if (in.take('Z') || in.take('z')) {
    offset = seconds(0);
    return in.at_end();
  }
  const bool west = in.take('-');
  if (!west && !in.take('+')) return false;
  const auto hour = in.number(2);
  if (!hour || *hour > 23) return false;
  in.take(':');
  const auto minute = in.number(2);
  if (!minute || *minute > 59) return false;
  const seconds distance = hours(*hour) + minutes(*minute);
  offset = west ? -distance : distance;
  return in.at_end();
}

std::optional<WrittenTime> parse(std::string_view text, bool date_suffices) {
  Scanner in(trimmed(text));
  const auto day = read_date(in);
  if (!day) return std::nullopt;
  if (in.at_end()) return date_suffices ? std::optional(WrittenTime{*day, std::nullopt}) : std::nullopt;
  if (!in.take(' ') && !in.take('T') && !in.take('t')) return std::nullopt;
  const auto time = read_time_of_day(in);
  if (!time) return std::nullopt;
  WrittenTime written{*day + *time, std::nullopt};
  if (!read_offset(in, written.offset)) return std::nullopt;
  return written;
}

}  // namespace

std::optional<WrittenTime> parse_time(std::string_view text) {
  return parse(text, false);
}

std::optional<WrittenTime> parse_time_or_date(std::string_view text) {
  return parse(text, true);
}

std::optional<Zone> Zone::named(const std::string& name) {
  try {
    return Zone(date::locate_zone(name));
  } catch (const std::runtime_error&) {  // no such zone, or no database
    return std::nullopt;
  }
}

std::optional<Zone> Zone::local() {
  if (const char* variable = ::getenv("TZ"); variable != nullptr) {
    std::string_view name(variable);
    if (name.starts_with(':')) name.remove_prefix(1);
    return named(name.empty() ? "UTC" : std::string(name));
  }
  try {
    return Zone(date::current_zone());
  } catch (const std::runtime_error&) {
    // Without that file, clocks show UTC (tzset(3)).
    return ::access("/etc/localtime", F_OK) == 0 ? std::nullopt : named("UTC");
  }
}

std::string Zone::name() const {
  return zone_->name();
}

Zone::Instants Zone::instants(ClockTime clock) const {
  const auto local = date::local_seconds(clock.time_since_epoch());
  const date::local_info info = zone_->get_info(local);
  const auto at = [&](const date::sys_info& period) {
    return Instant(clock.time_since_epoch() - period.offset);
  };
  const Instant one = at(info.first);
  if (info.result == date::local_info::unique) return {one, one};
  const Instant other = at(info.second);
  return {std::min(one, other), std::max(one, other)};
}

Zone::Instants Zone::instants(const WrittenTime& time) const {
  if (!time.offset) return instants(time.clock);
  const Instant at(time.clock.time_since_epoch() - *time.offset);
  return {at, at};
}

}  // namespace bulkdrop::pam
