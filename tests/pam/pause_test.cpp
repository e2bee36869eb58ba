#include "bulkdrop/pam/pause.hpp"

#include <chrono>
#include <cstdint>
#include <limits>

#include "answers.hpp"
#include "support/property.hpp"
#include <boost/test/unit_test.hpp>

namespace bulkdrop::pam::test {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kNow = 1'800'000'000;  // Fri, 15 Jan 2027 08:00:00 GMT

std::optional<Duration> pause(const Headers& headers) {
  return requested_pause(headers, WallTime(std::chrono::seconds(kNow)));
}

bool is(const std::optional<Duration>& pause, Duration expected) {
  return pause.has_value() && *pause == expected;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pauses)

BOOST_AUTO_TEST_CASE(seconds_are_taken_as_they_are) {
  BOOST_TEST(is(pause({{"Retry-After", "120"}}), 120s));
  BOOST_TEST(is(pause({{"Retry-After", " 0 "}}), 0s));
  BOOST_TEST(is(pause({{"Retry-After", "1.5"}}), 1500ms));
  BOOST_TEST(is(pause({{"RateLimit-Reset", "9"}}), 9s));
  BOOST_TEST(is(pause({{"X-RateLimit-Reset", "9"}}), 9s));
}

BOOST_AUTO_TEST_CASE(a_date_is_measured_on_the_servers_own_clock) {
  // Without a Date header only our clock is left.
  BOOST_TEST(is(pause({{"Retry-After", "Fri, 15 Jan 2027 08:00:30 GMT"}}), 30s));
  // The server's clock is a day behind ours.
  BOOST_TEST(
      is(pause({{"Date", "Thu, 14 Jan 2027 08:00:00 GMT"}, {"Retry-After", "Thu, 14 Jan 2027 08:00:10 GMT"}}),
         10s));
  BOOST_TEST(is(pause({{"Date", "rubbish"}, {"Retry-After", "Fri, 15 Jan 2027 08:00:30 GMT"}}), 30s));
}

BOOST_AUTO_TEST_CASE(a_reset_above_a_thousand_million_is_a_unix_time) {
  BOOST_TEST(is(pause({{"X-RateLimit-Reset", std::to_string(kNow + 45)}}), 45s));
  BOOST_TEST(is(pause({{"Date", "Thu, 14 Jan 2027 08:00:00 GMT"},
                       {"X-RateLimit-Reset", std::to_string(kNow - 86400 + 5)}}),
                5s));
  BOOST_TEST(is(pause({{"X-RateLimit-Reset", "1000000000"}}), kLongestPause));
}

// Where the clocks are apart, "at once" would be the answer to every request that is turned away.
BOOST_AUTO_TEST_CASE(a_time_that_is_over_says_nothing) {
  const std::string past = std::to_string(kNow - 45);
  BOOST_TEST(!pause({{"X-RateLimit-Reset", past}}).has_value());
  BOOST_TEST(!pause({{"Retry-After", "Fri, 15 Jan 2027 07:59:59 GMT"}}).has_value());
  BOOST_TEST(
      !pause({{"Date", "Sat, 16 Jan 2027 08:00:00 GMT"}, {"Retry-After", "Fri, 15 Jan 2027 08:00:30 GMT"}})
           .has_value());
  // What else is there may say more.
  BOOST_TEST(is(pause({{"RateLimit-Reset", past}, {"X-RateLimit-Reset", "7"}}), 7s));
  BOOST_TEST(is(pause({{"Retry-After", "Fri, 15 Jan 2027 07:59:59 GMT"}, {"RateLimit-Reset", "7"}}), 7s));
  BOOST_TEST(is(pause({{"X-RateLimit-Reset", std::to_string(kNow)}}), 0s));
}

BOOST_AUTO_TEST_CASE(retry_after_comes_before_the_rate_limit_headers_and_rubbish_is_passed_over) {
  BOOST_TEST(is(pause({{"Retry-After", "3"}, {"RateLimit-Reset", "5"}, {"X-RateLimit-Reset", "7"}}), 3s));
  BOOST_TEST(is(pause({{"RateLimit-Reset", "5"}, {"X-RateLimit-Reset", "7"}}), 5s));
  BOOST_TEST(is(pause({{"Retry-After", "soon"}, {"RateLimit-Reset", "x"}, {"X-RateLimit-Reset", "7"}}), 7s));
}

BOOST_AUTO_TEST_CASE(a_rate_limit_field_says_how_long_only_where_its_quota_is_used_up) {
  BOOST_TEST(is(pause({{"RateLimit", "limit=100, remaining=0, reset=30"}}), 30s));
  BOOST_TEST(is(pause({{"RateLimit", R"("minute";r=0;t=30, "hour";r=500;t=1800)"}}), 30s));
  BOOST_TEST(!pause({{"RateLimit", "limit=100, remaining=7, reset=30"}}).has_value());
  BOOST_TEST(is(pause({{"X-RateLimit-Reset", "7"}, {"RateLimit", "limit=100, remaining=0, reset=30"}}), 7s));
}

BOOST_AUTO_TEST_CASE(rubbish_is_no_pause) {
  for (const auto* value : {"",
                            " ",
                            "-1",
                            "+5",
                            "soon",
                            "5 s",
                            "5,6",
                            "0x10",
                            "1e5",
                            "inf",
                            "infinity",
                            "nan",
                            "NaN",
                            "-inf",
                            ".",
                            "٣",
                            "Fri, 32 Jan 2027 08:00:30 GMT",
                            "2027-01-15T08:00:30Z",
                            "Fri, 15 Jan 2027 08:00:30",
                            "Fri, 15 Jan 2027 08:00:30 GMT x"})
    for (const auto* name : {"Retry-After", "RateLimit-Reset", "X-RateLimit-Reset"})
      BOOST_TEST(!pause({{name, value}}).has_value(), name << ": " << value);
}

BOOST_AUTO_TEST_CASE(no_pause_is_longer_than_a_day) {
  for (const auto* value : {"86401", "999999999999999999999999999999", "99999999999", "18446744073709551616",
                            "Fri, 31 Dec 9999 23:59:59 GMT"})
    BOOST_TEST(is(pause({{"Retry-After", value}}), kLongestPause), value);
  bulkdrop::test::holds("whatever the headers say, 0 to 24 hours",
                        [](const std::string& a, const std::string& b) {
                          const Headers headers = {{"Retry-After", a}, {"X-RateLimit-Reset", b}, {"Date", a}};
                          const auto wait = requested_pause(headers, WallTime(std::chrono::seconds(kNow)));
                          RC_ASSERT(!wait || (*wait >= Duration::zero() && *wait <= kLongestPause));
                        });
}

BOOST_AUTO_TEST_CASE(http_dates_are_read_in_their_preferred_form) {
  BOOST_TEST((parse_http_date("Fri, 15 Jan 2027 08:00:00 GMT") == kNow));
  BOOST_TEST((parse_http_date("Thu, 01 Jan 1970 00:00:00 GMT") == 0));
  BOOST_TEST(!parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT").has_value());
  BOOST_TEST(!parse_http_date("Fri, 15 Jan 2027 08:00:00 CET").has_value());
  BOOST_TEST(!parse_http_date("").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::pam::test
