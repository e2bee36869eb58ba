// Header fields about waiting, one a line: never below zero nor above a day, and what is simple is taken as
// it is written.
#include "bulkdrop/pam/pause.hpp"

#include <algorithm>
#include <charconv>

#include "fuzz/target.hpp"
#include "support/headers.hpp"
#include <fmt/chrono.h>

#include "bulkdrop/core/text.hpp"

using namespace bulkdrop;

namespace {

constexpr WallTime kNow{std::chrono::seconds(1'800'000'000)};

test::Headers fields_of(std::string_view text) {
  test::Headers headers;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos)
      headers.set(std::string(line.substr(0, colon)), std::string(line.substr(colon + 1)));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return headers;
}

void date_comes_back(std::string_view text) {
  const auto date = pam::parse_http_date(text);
  if (!date) return;
  const std::string written = fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(std::time_t{*date}));
  fuzz::holds(pam::parse_http_date(written) == date, "a date is the same when it is written again", written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Bytes bytes(data, size);
  const test::Headers headers = fields_of(bytes.text());
  const auto pause = pam::requested_pause(headers, kNow);
  if (pause)
    fuzz::holds(*pause >= Duration::zero() && *pause <= pam::kLongestPause, "a pause is 0 to 24 hours");
  const auto quota = pam::announced_quota(headers, kNow);
  if (quota)
    fuzz::holds(quota->reset >= Duration::zero() && quota->reset <= pam::kLongestPause,
                "so is a quota's reset");

  const std::string value = headers.value("Retry-After");
  const std::string_view digits = trimmed(value);
  if (!digits.empty() && digits.size() < 10 &&
      digits.find_first_not_of("0123456789") == std::string_view::npos) {
    std::int64_t seconds = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
    const Duration wanted = std::min<Duration>(std::chrono::seconds(seconds), pam::kLongestPause);
    fuzz::holds(pause == wanted, "seconds are taken as they are", digits);
  }
  date_comes_back(value);
  date_comes_back(headers.value("Date"));
  return 0;
}
