// What answers say of a quota, and when the judge looks for it.
#include <chrono>
#include <optional>

#include "answers.hpp"
#include "support/property.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/pam/pause.hpp"

namespace bulkdrop::pam::test {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kNow{std::chrono::seconds(1'800'000'000)};  // Fri, 15 Jan 2027 08:00:00 GMT

std::optional<Quota> quota(const Headers& headers) {
  return announced_quota(headers, kNow);
}

bool is(const std::optional<Quota>& quota, std::uint64_t remaining, Duration reset) {
  return quota.has_value() && quota->remaining == remaining && quota->reset == reset;
}

const Headers kFifty = {{"RateLimit-Remaining", "50"}, {"RateLimit-Reset", "30"}};

// Has it judge so many answers that say nothing of a quota.
void bore(Judge& judge, int answers) {
  Given silent = Given(std::string(kSuccess)).with({});
  for (int i = 0; i < answers; ++i) judge.judge(silent.get(), kNow);
}

// How many answers with a quota it takes until the judge sees it.
int answers_until_seen(Judge& judge) {
  Given telling = Given(std::string(kSuccess)).with(kFifty);
  for (int i = 1; i < 1000; ++i)
    if (judge.judge(telling.get(), kNow).quota) return i;
  return 0;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(quotas)

BOOST_AUTO_TEST_CASE(are_read_in_every_dialect) {
  BOOST_TEST(is(quota(kFifty), 50, 30s));
  BOOST_TEST(is(quota({{"X-RateLimit-Remaining", "50"}, {"X-RateLimit-Reset", "30"}}), 50, 30s));
  BOOST_TEST(is(quota({{"X-RateLimit-Remaining", "50"}, {"X-RateLimit-Reset", "1800000030"}}), 50, 30s));
  BOOST_TEST(is(quota({{"RateLimit", R"("default";r=50;t=30)"}}), 50, 30s));
  BOOST_TEST(is(quota({{"RateLimit", R"("default"; t=30 ; r=50)"}}), 50, 30s));
  BOOST_TEST(is(quota({{"RateLimit", "limit=100, remaining=50, reset=30"}}), 50, 30s));
  BOOST_TEST(is(quota({{"RateLimit", "limit=100;w=60,reset=30,remaining=50"}}), 50, 30s));
  BOOST_TEST(is(quota({{"X-Rate-Limit-Remaining", "50"}, {"X-Rate-Limit-Reset", "1800000030"}}), 50, 30s));
  BOOST_TEST(is(quota({{"RateLimit-Remaining", "0"}, {"RateLimit-Reset", "0"}}), 0, 0s));
}

BOOST_AUTO_TEST_CASE(of_a_unix_time_are_measured_on_the_servers_own_clock) {
  BOOST_TEST(is(quota({{"Date", "Thu, 14 Jan 2027 08:00:00 GMT"},
                       {"X-RateLimit-Remaining", "5"},
                       {"X-RateLimit-Reset", std::to_string(1'800'000'000 - 86'400 + 7)}}),
                5, 7s));
}

BOOST_AUTO_TEST_CASE(of_a_kong_gateway_are_read_with_the_name_of_their_window) {
  BOOST_TEST(is(quota({{"X-RateLimit-Limit-Minute", "100"},
                       {"X-RateLimit-Remaining-Minute", "42"},
                       {"RateLimit-Limit", "100"},
                       {"RateLimit-Remaining", "42"},
                       {"RateLimit-Reset", "18"}}),
                42, 18s));
  BOOST_TEST(is(quota({{"X-RateLimit-Remaining-Minute", "42"}, {"RateLimit-Reset", "18"}}), 42, 18s));
  BOOST_TEST(is(quota({{"X-RateLimit-Remaining-Second", "3"},
                       {"X-RateLimit-Remaining-Hour", "900"},
                       {"RateLimit-Reset", "1"}}),
                3, 1s));
}

BOOST_AUTO_TEST_CASE(that_are_nearest_to_their_end_count_if_there_are_several) {
  BOOST_TEST(is(quota({{"RateLimit", R"("burst";r=9;t=1, "day";r=4;t=3600,"hour";r=50;t=60)"}}), 4, 3600s));
  BOOST_TEST(
      is(quota({{"RateLimit-Remaining", "7"}, {"X-RateLimit-Remaining", "5"}, {"RateLimit-Reset", "30"}}), 5,
         30s));
}

BOOST_AUTO_TEST_CASE(are_none_if_half_of_them_is_missing_or_nonsense) {
  BOOST_TEST(!quota({}));
  BOOST_TEST(!quota({{"RateLimit-Remaining", "50"}}));
  BOOST_TEST(!quota({{"RateLimit-Reset", "30"}}));
  BOOST_TEST(!quota({{"RateLimit-Limit", "100"}, {"RateLimit-Reset", "30"}}));
  for (const auto* nonsense : {"", "-1", "many", "inf", "nan", "1e3", "5, 6", "0x10"}) {
    BOOST_TEST(!quota({{"RateLimit-Remaining", nonsense}, {"RateLimit-Reset", "30"}}), nonsense);
    BOOST_TEST(!quota({{"RateLimit-Remaining", "50"}, {"RateLimit-Reset", nonsense}}), nonsense);
  }
  for (const auto* nonsense :
       {"50", ";", ",;,;r=;t=", R"("default";r=50)", R"("default";t=30)", R"("default";rr=50;tt=30)",
        R"("default";r=50,"other";t=30)", "limit=100, remaining=50", "limit=100, reset=30",
        "remaining=x, reset=30", "remaining=50, reset=", "remaining = 50, reset = 30 s",
        "xremaining=50, reset=30"})
    BOOST_TEST(!quota({{"RateLimit", nonsense}}), nonsense);
  // A time that is over is no time at which anything begins.
  BOOST_TEST(!quota({{"X-RateLimit-Remaining", "50"}, {"X-RateLimit-Reset", "1799999990"}}));
}

BOOST_AUTO_TEST_CASE(are_bounded_whatever_the_headers_say) {
  BOOST_TEST(is(quota({{"RateLimit-Remaining", "99999999999999999999999999"}, {"RateLimit-Reset", "999999"}}),
                1'000'000'000'000'000, kLongestPause));
  bulkdrop::test::holds("0 to 24 hours",
                        [](const std::string& a, const std::string& b, const std::string& c) {
                          for (const Headers& headers :
                               {Headers{{"RateLimit-Remaining", a}, {"RateLimit-Reset", b}},
                                Headers{{"RateLimit", c}}, Headers{{"RateLimit", "\"x\";r=" + a + ";t=" + b}},
                                Headers{{"RateLimit", "remaining=" + a + ", reset=" + b}}})
                            if (const auto told = quota(headers))
                              RC_ASSERT(told->reset >= Duration::zero() && told->reset <= kLongestPause);
                        });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(the_judge_and_quotas)

BOOST_AUTO_TEST_CASE(tells_them_of_every_answer_as_long_as_there_are_some) {
  Judge judge;
  Given telling = Given(std::string(kSuccess)).with(kFifty);
  for (int i = 0; i < 200; ++i) BOOST_TEST(is(judge.judge(telling.get(), kNow).quota, 50, 30s));
}

BOOST_AUTO_TEST_CASE(tells_them_of_answers_that_are_turned_away_too) {
  BOOST_TEST(is(judged(Given("", 429).with({{"RateLimit-Remaining", "0"}, {"RateLimit-Reset", "30"}})).quota,
                0, 30s));
  BOOST_TEST(!judged(Given("", 429)).quota);
}

// Looking costs as much as reading the body.
BOOST_AUTO_TEST_CASE(are_looked_for_only_now_and_then_behind_a_gateway_that_has_none) {
  Judge at_first;
  bore(at_first, 8);
  BOOST_TEST(answers_until_seen(at_first) == 1);
  Judge later;
  bore(later, 1000);
  const int looked = answers_until_seen(later);
  BOOST_TEST(looked > 1);
  BOOST_TEST(looked <= 32);
  // From then on it looks at every one.
  BOOST_TEST(answers_until_seen(later) == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::pam::test
