// Times as the server writes them: what is read is a time that a calendar has, and the digits say it.
#include "bulkdrop/pam/server_time.hpp"

#include "fuzz/target.hpp"
#include <date/date.h>

#include "bulkdrop/core/text.hpp"

using namespace bulkdrop;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Bytes bytes(data, size);
  const std::string_view text = bytes.text();
  const auto time = pam::parse_time(text);
  const auto time_or_date = pam::parse_time_or_date(text);
  fuzz::holds(!time || time_or_date, "a time is a time or a date");
  if (!time_or_date) return 0;
  // A leap second is the first one of the next minute to those who count seconds.
  const std::chrono::seconds leap(text.find(":60") == std::string_view::npos ? 0 : 1);
  const auto since = time_or_date->clock.time_since_epoch() - leap;
  const auto day = std::chrono::floor<date::days>(since);
  const date::year_month_day calendar{date::sys_days{day}};
  const std::string written = date::format("%F", calendar);
  fuzz::holds(trimmed(text).starts_with(written), "the date is as it stands there", written);
  if (time) {
    const std::string clock = date::format("%R", since - day);
    fuzz::holds(text.find(clock) != std::string_view::npos, "and so is the time", clock);
  }
  if (time_or_date->offset)
    fuzz::holds(std::chrono::abs(*time_or_date->offset) <= std::chrono::hours(24), "no zone is a day away");
  static const auto zone = pam::Zone::named("America/Sao_Paulo");
  if (!zone) return 0;  // this machine has no time zones
  const auto instants = zone->instants(*time_or_date);
  fuzz::holds(instants.first <= instants.last && instants.last - instants.first <= std::chrono::hours(24),
              "first comes before last");
  return 0;
}
