#include "bulkdrop/pam/pause.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>

#include <time.h>

#include "bulkdrop/core/text.hpp"

namespace bulkdrop::pam {
namespace {

constexpr std::int64_t kEpochAbove = 1'000'000'000;

std::optional<double> number(std::string_view text) {
  text = trimmed(text);
  // from_chars reads `inf`, too.
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= 0)) return std::nullopt;
  return value;
}

Duration bounded(double seconds) {
  const double longest = std::chrono::duration<double>(kLongestPause).count();
  return Duration(static_cast<std::int64_t>(std::clamp(seconds, 0.0, longest) * 1e9));
}

// Until `then`. Empty if that is over: the clocks are apart, or the answer is old.
std::optional<Duration> until(double then, double now) {
  if (then < now) return std::nullopt;
  return bounded(then - now);
}

// In Unix seconds: as the server says, else as we believe.
double server_time(const HeaderFields& headers, WallTime wall) {
  const auto date = parse_http_date(headers.value("Date"));
  return date ? static_cast<double>(*date) : static_cast<double>(wall.time_since_epoch().count()) / 1000.0;
}

std::optional<Duration> reset(const HeaderFields& headers, double now) {
  for (const char* name : {"RateLimit-Reset", "X-RateLimit-Reset", "X-Rate-Limit-Reset"}) {
    const auto seconds = number(headers.value(name));
    if (!seconds) continue;
    if (*seconds <= static_cast<double>(kEpochAbove)) return bounded(*seconds);
    if (const auto wait = until(*seconds, now)) return wait;
  }
  return std::nullopt;
}

// The value of `;name=…` (RFC 8941 §3.1.2), if it is a number.
std::optional<double> parameter(std::string_view item, std::string_view name) {
  while (!item.empty()) {
    item.remove_prefix(std::min(item.find(';'), item.size()));
    if (!item.empty()) item.remove_prefix(1);
    const std::string_view one = trimmed(item.substr(0, item.find(';')));
    if (one.starts_with(name) && one.substr(name.size()).starts_with('='))
      return number(one.substr(name.size() + 1));
  }
  return std::nullopt;
}

// What is between commas.
std::string_view take_member(std::string_view& rest) {
  const std::size_t end = std::min(rest.find(','), rest.size());
  const std::string_view member = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return trimmed(member);
}

// The value of a member `name=…` of a dictionary (RFC 8941 §3.2), without its parameters, if it is a number.
std::optional<double> member(std::string_view field, std::string_view name) {
  while (!field.empty()) {
    const std::string_view one = take_member(field);
    if (one.starts_with(name) && one.substr(name.size()).starts_with('='))
      return number(one.substr(name.size() + 1, one.find(';') - name.size() - 1));
  }
  return std::nullopt;
}

// The quota that is nearer to its end counts.
void consider(std::optional<Quota>& nearest, double remaining, Duration reset) {
  if (nearest && static_cast<double>(nearest->remaining) <= remaining) return;
  nearest = Quota{static_cast<std::uint64_t>(std::min(remaining, 1e15)), reset};
}

std::optional<Quota> quota_of_field(const HeaderFields& headers) {
  std::optional<Quota> nearest;
  const std::string field = headers.value("RateLimit");
  // limit=100, remaining=50, reset=30
  const auto left = member(field, "remaining");
  const auto seconds_left = member(field, "reset");
  if (left && seconds_left) consider(nearest, *left, bounded(*seconds_left));
  // "default";r=50;t=30, and more of them behind commas
  for (std::string_view rest = field; !rest.empty();) {
    const std::string_view policy = take_member(rest);
    const auto remaining = parameter(policy, "r");
    const auto seconds = parameter(policy, "t");
    if (remaining && seconds) consider(nearest, *remaining, bounded(*seconds));
  }
  return nearest;
}

}  // namespace

std::optional<std::int64_t> parse_http_date(std::string_view text) {
  const std::string copy(trimmed(text));
  struct tm parts {};
  const char* end = ::strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return ::timegm(&parts);
}

std::optional<Duration> requested_pause(const HeaderFields& headers, WallTime wall) {
  const double now = server_time(headers, wall);
  const std::string retry_after = headers.value("Retry-After");
  if (const auto seconds = number(retry_after)) return bounded(*seconds);
  if (const auto date = parse_http_date(retry_after))
    if (const auto wait = until(static_cast<double>(*date), now)) return wait;
  if (const auto wait = reset(headers, now)) return wait;
  if (const auto quota = quota_of_field(headers); quota && quota->remaining == 0) return quota->reset;
  return std::nullopt;
}

std::optional<Quota> announced_quota(const HeaderFields& headers, WallTime wall) {
  std::optional<Quota> nearest;
  if (const auto wait = reset(headers, server_time(headers, wall)))
    for (const char* name :
         {"RateLimit-Remaining", "X-RateLimit-Remaining", "X-Rate-Limit-Remaining",
          "X-RateLimit-Remaining-Second", "X-RateLimit-Remaining-Minute", "X-RateLimit-Remaining-Hour"})
      if (const auto remaining = number(headers.value(name))) consider(nearest, *remaining, *wait);
  return nearest ? nearest : quota_of_field(headers);
}

}  // namespace bulkdrop::pam
