#include "bulkdrop/core/duration.hpp"

#include <array>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>

namespace bulkdrop {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t nanoseconds;
};

// Longest first, so that format_duration finds the shortest text.
constexpr std::array kUnits = {Unit{"d", 86'400'000'000'000},
                               Unit{"h", 3'600'000'000'000},
                               Unit{"m", 60'000'000'000},
                               Unit{"s", 1'000'000'000},
                               Unit{"ms", 1'000'000},
                               Unit{"us", 1'000},
                               Unit{"ns", 1}};
constexpr std::int64_t kLongest = 3650 * kUnits[0].nanoseconds;

// A number and a unit, at the beginning of `text`, which they are taken off. Nanoseconds.
struct Part {
  double nanoseconds;
  std::int64_t unit;
  bool bare;  // no unit stands there
};

std::optional<Part> take_part(std::string_view& text) {
  std::size_t i = 0;
  double whole = 0;
  double share = 1;
  bool any_digit = false;
  bool in_fraction = false;
  for (; i < text.size() && i < 20; ++i) {
    const char c = text[i];
    if (c == '.' && !in_fraction && any_digit) {
      in_fraction = true;
      any_digit = false;  // `1.` is not a number: a digit must follow
    } else if (c >= '0' && c <= '9') {
      any_digit = true;
      if (in_fraction) {
        share /= 10;
        whole += (c - '0') * share;
      } else {
        whole = whole * 10 + (c - '0');
      }
    } else {
      break;
    }
  }
  if (!any_digit) return std::nullopt;
  text.remove_prefix(i);
  const std::string_view unit = text.substr(0, text.find_first_of("0123456789."));
  text.remove_prefix(unit.size());
  const std::string_view wanted = unit.empty() ? "s" : unit;
  for (const Unit& known : kUnits)
    if (known.name == wanted)
      return Part{whole * static_cast<double>(known.nanoseconds), known.nanoseconds, unit.empty()};
  return std::nullopt;
}

// Of any length.
std::optional<double> nanoseconds_of(std::string_view text) {
  double sum = 0;
  std::int64_t last_unit = 0;
  do {
    const auto part = take_part(text);
    if (!part) return std::nullopt;
    const bool alone = last_unit == 0 && text.empty();
    // `1h30`: of what?
    if ((part->bare && !alone) || (last_unit != 0 && part->unit >= last_unit)) return std::nullopt;
    sum += part->nanoseconds;
    last_unit = part->unit;
  } while (!text.empty());
  return sum;
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  const auto nanoseconds = nanoseconds_of(text);
  if (!nanoseconds || *nanoseconds > static_cast<double>(kLongest)) return std::nullopt;
  return Duration(std::llround(*nanoseconds));
}

bool is_too_long_a_duration(std::string_view text) {
  const auto nanoseconds = nanoseconds_of(text);
  return nanoseconds && *nanoseconds > static_cast<double>(kLongest);
}

std::string format_duration(Duration duration) {
  const std::int64_t count = duration.count();
  if (count == 0) return "0s";
  for (const Unit& unit : kUnits)
    if (count % unit.nanoseconds == 0) return fmt::format("{}{}", count / unit.nanoseconds, unit.name);
  return fmt::format("{}ns", count);
}

std::string humane_duration(Duration duration) {
  const double seconds = std::chrono::duration<double>(duration).count();
  if (seconds < 0.9995) return fmt::format("{:.0f} ms", seconds * 1000);
  if (seconds < 9.995) return fmt::format("{:.2f} s", seconds);
  if (seconds < 59.95) return fmt::format("{:.1f} s", seconds);
  const std::int64_t whole = std::llround(seconds);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  if (whole < 86400) return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
  return fmt::format("{} d {:02} h", whole / 86400, whole / 3600 % 24);
}

}  // namespace bulkdrop
