#include "bulkdrop/core/clock.hpp"

#include <array>
#include <cstddef>

namespace bulkdrop {
namespace {

struct Fields {
  unsigned year, month, day, hour, minute, second, millisecond;
};

Fields split(WallTime time) {
  using std::chrono::floor;
  const auto day = floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const auto in_day = static_cast<std::uint64_t>((time - day).count());
  const auto clamped_year = static_cast<int>(date.year());
  return {static_cast<unsigned>(clamped_year < 0      ? 0
                                : clamped_year > 9999 ? 9999
                                                      : clamped_year),
          static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day()),
          static_cast<unsigned>(in_day / 3'600'000),
          static_cast<unsigned>(in_day / 60'000 % 60),
          static_cast<unsigned>(in_day / 1000 % 60),
          static_cast<unsigned>(in_day % 1000)};
}

void digits(char* out, unsigned value, int count) {
  for (int i = count - 1; i >= 0; --i, value /= 10) out[i] = static_cast<char>('0' + value % 10);
}

}  // namespace

void rfc3339_to(WallTime time, char* out) {
  const Fields f = split(time);
  digits(out, f.year, 4);
  out[4] = '-';
  digits(out + 5, f.month, 2);
  out[7] = '-';
  digits(out + 8, f.day, 2);
  out[10] = 'T';
  digits(out + 11, f.hour, 2);
  out[13] = ':';
  digits(out + 14, f.minute, 2);
  out[16] = ':';
  digits(out + 17, f.second, 2);
  out[19] = '.';
  digits(out + 20, f.millisecond, 3);
  out[23] = 'Z';
}

std::string rfc3339(WallTime time) {
  std::string text(24, '\0');
  rfc3339_to(time, text.data());
  return text;
}

std::string compact_utc(WallTime time) {
  const Fields f = split(time);
  std::string text(16, '\0');
  digits(text.data(), f.year, 4);
  digits(text.data() + 4, f.month, 2);
  digits(text.data() + 6, f.day, 2);
  text[8] = 'T';
  digits(text.data() + 9, f.hour, 2);
  digits(text.data() + 11, f.minute, 2);
  digits(text.data() + 13, f.second, 2);
  text[15] = 'Z';
  return text;
}

}  // namespace bulkdrop
