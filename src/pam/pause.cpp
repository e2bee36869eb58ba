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

}  // namespace

std::optional<std::int64_t> parse_http_date(std::string_view text) {
  const std::string copy(trimmed(text));
  struct tm parts {};
  const char* end = ::strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return ::timegm(&parts);
}

std::optional<Duration> requested_pause(const HeaderFields& headers, WallTime wall) {
  const auto server_date = parse_http_date(headers.value("Date"));
  const double now = server_date ? static_cast<double>(*server_date)
                                 : static_cast<double>(wall.time_since_epoch().count()) / 1000.0;
  const std::string retry_after = headers.value("Retry-After");
  if (const auto seconds = number(retry_after)) return bounded(*seconds);
  if (const auto date = parse_http_date(retry_after)) return bounded(static_cast<double>(*date) - now);
  for (const char* name : {"RateLimit-Reset", "X-RateLimit-Reset"}) {
    if (const auto seconds = number(headers.value(name)))
      return bounded(*seconds > static_cast<double>(kEpochAbove) ? *seconds - now : *seconds);
  }
  return std::nullopt;
}

}  // namespace bulkdrop::pam
