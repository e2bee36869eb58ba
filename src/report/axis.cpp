#include "bulkdrop/report/axis.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "bulkdrop/core/text.hpp"

namespace bulkdrop::report {
namespace {

constexpr std::uint64_t kSecond = 1000;
constexpr std::uint64_t kMinute = 60 * kSecond;
constexpr std::uint64_t kHour = 60 * kMinute;
constexpr std::uint64_t kDay = 24 * kHour;

constexpr std::array<std::uint64_t, 36> kTimeSteps = {1,
                                                      2,
                                                      5,
                                                      10,
                                                      20,
                                                      50,
                                                      100,
                                                      200,
                                                      500,
                                                      kSecond,
                                                      2 * kSecond,
                                                      5 * kSecond,
                                                      10 * kSecond,
                                                      15 * kSecond,
                                                      30 * kSecond,
                                                      kMinute,
                                                      2 * kMinute,
                                                      5 * kMinute,
                                                      10 * kMinute,
                                                      15 * kMinute,
                                                      30 * kMinute,
                                                      kHour,
                                                      2 * kHour,
                                                      3 * kHour,
                                                      6 * kHour,
                                                      12 * kHour,
                                                      kDay,
                                                      2 * kDay,
                                                      7 * kDay,
                                                      14 * kDay,
                                                      30 * kDay,
                                                      60 * kDay,
                                                      90 * kDay,
                                                      180 * kDay,
                                                      365 * kDay,
                                                      3650 * kDay};

// Thousandths as a number without needless zeros.
std::string decimal(std::uint64_t thousandths) {
  std::string text = fmt::format("{}.{:03}", thousandths / 1000, thousandths % 1000);
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::vector<std::uint64_t> steps_up_to(std::uint64_t most, std::uint64_t step) {
  std::vector<std::uint64_t> ticks;
  for (std::uint64_t tick = 0; tick <= most; tick += step) ticks.push_back(tick);
  return ticks;
}

std::string two_units(std::uint64_t whole, std::uint64_t unit, std::string_view name, std::uint64_t part,
                      std::string_view part_name) {
  std::string text = fmt::format("{} {}", whole / unit, name);
  if (const std::uint64_t rest = whole % unit / part; rest > 0)
    text += fmt::format(" {} {}", rest, part_name);
  return text;
}

}  // namespace

std::vector<std::uint64_t> count_ticks(std::uint64_t most, std::size_t about) {
  most = std::max<std::uint64_t>(most, 1);
  std::uint64_t step = 1;
  for (int i = 0; most / step > about; ++i) step = i % 3 == 1 ? step / 2 * 5 : step * 2;
  return steps_up_to((most + step - 1) / step * step, step);
}

std::vector<std::uint64_t> time_ticks(std::uint64_t most, std::size_t about) {
  const auto step = std::find_if(kTimeSteps.begin(), kTimeSteps.end() - 1,
                                 [&](std::uint64_t candidate) { return most / candidate <= about; });
  return steps_up_to(most, *step);
}

std::string time_label(std::uint64_t milliseconds) {
  if (milliseconds == 0) return "0";
  if (milliseconds < kSecond) return fmt::format("{} ms", milliseconds);
  if (milliseconds < kMinute) return decimal(milliseconds) + " s";
  if (milliseconds < kHour) return two_units(milliseconds, kMinute, "min", kSecond, "s");
  if (milliseconds < kDay) return two_units(milliseconds, kHour, "h", kMinute, "min");
  return two_units(milliseconds, kDay, "d", kHour, "h");
}

std::string count_label(std::uint64_t number) {
  if (number < 10'000) return grouped(number);
  if (number < 1'000'000) return decimal(number) + " k";
  return decimal(number / 1000) + " M";
}

}  // namespace bulkdrop::report
