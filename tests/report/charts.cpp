// What the charts are made of: axes, labels, the history of the pace, escaped text.
#include "bulkdrop/report/charts.hpp"

#include "samples.hpp"
#include "support/property.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/report/axis.hpp"
#include "bulkdrop/report/markup.hpp"

namespace bulkdrop::report {
namespace {

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(charts)

BOOST_AUTO_TEST_CASE(counts_have_round_steps) {
  BOOST_TEST(count_ticks(0, 5) == (std::vector<std::uint64_t>{0, 1}), boost::test_tools::per_element());
  BOOST_TEST(
      count_ticks(11'950, 5) == (std::vector<std::uint64_t>{0, 2000, 4000, 6000, 8000, 10'000, 12'000}),
      boost::test_tools::per_element());
  BOOST_TEST(count_label(9999) == "9,999");
  BOOST_TEST(count_label(12'500) == "12.5 k");
  BOOST_TEST(count_label(2'000'000) == "2 M");
  test::holds("few steps that reach the top", [](std::uint32_t most) {
    const auto ticks = count_ticks(most, 5);
    RC_ASSERT(ticks.size() >= 2U);
    RC_ASSERT(ticks.size() <= 7U);
    RC_ASSERT(ticks.back() >= most);
  });
}

BOOST_AUTO_TEST_CASE(times_have_the_steps_of_a_clock) {
  BOOST_TEST(time_ticks(12'300, 10).back() == 12'000U);
  BOOST_TEST(time_label(0) == "0");
  BOOST_TEST(time_label(250) == "250 ms");
  BOOST_TEST(time_label(1500) == "1.5 s");
  BOOST_TEST(time_label(90'000) == "1 min 30 s");
  BOOST_TEST(time_label(5'400'000) == "1 h 30 min");
  BOOST_TEST(time_label(86'400'000) == "1 d");
  test::holds("never many", [](std::uint64_t most) {
    RC_ASSERT(time_ticks(most % (20ULL * 365 * 86'400'000), 10).size() <= 11U);
  });
}

BOOST_AUTO_TEST_CASE(a_history_of_weeks_stays_small_and_loses_no_pause) {
  PaceHistory pace;
  WallTime now = kStart;
  constexpr std::uint64_t kPauses = 100'000;
  for (std::uint64_t i = 0; i < kPauses; ++i) {
    pace.paused(now, i == 777 ? "the longest" : "short");
    now += i == 777 ? 9s : 1s;
    pace.resumed(now);
    pace.window(now, 1 + i % 32);
    now += 5s;
  }
  pace.over(now);
  BOOST_TEST(pace.pauses().size() <= PaceHistory::kMost);
  BOOST_TEST(pace.windows().size() <= PaceHistory::kMost);
  BOOST_TEST(pace.pause_count() == kPauses);
  BOOST_TEST(pace.waited_ms() == (kPauses + 8) * 1000);
  BOOST_TEST(pace.longest_ms() == 9000U);
  BOOST_TEST(pace.longest_why() == "the longest");
  std::uint64_t waited = 0;
  for (const Pause& pause : pace.pauses()) waited += pause.waited_ms;
  BOOST_TEST(waited == pace.waited_ms());
  BOOST_TEST(pace.windows().back().requests == 0U);
}

BOOST_AUTO_TEST_CASE(a_pause_ends_with_its_part) {
  PaceHistory pace;
  pace.window(kStart, 8);
  pace.paused(kStart + 1s, "server asked to wait");
  pace.over(kStart + 2s);
  pace.resumed(kStart + 1h);
  BOOST_TEST(pace.pause_count() == 1U);
  BOOST_TEST(pace.waited_ms() == 1000U);
}

BOOST_AUTO_TEST_CASE(extreme_measures_can_be_drawn) {
  for (const std::uint64_t us :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{999}, std::uint64_t{1} << 41U}) {
    Histogram latency;
    latency.add(us);
    BOOST_TEST(latency_chart(latency, latency).find("nan") == std::string::npos);
  }
  Summary summary;
  const Timeline none;
  const Stretches nothing(none);
  for (const std::string& picture :
       {containment_chart(none, nothing, summary), pace_chart(none, nothing, nullptr),
        outcome_chart(sample_summary().counts)}) {
    BOOST_TEST(picture.find("nan") == std::string::npos);
    BOOST_TEST(picture.find("inf\"") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(markup_is_escaped) {
  BOOST_TEST(html("<b>\"a\" & 'b'</b>\n\x01") ==
             "&lt;b&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/b&gt;\\n\\x01");
  std::string json;
  append_script_string(json, "</script><!-- & \\ \" \xE2\x80\xA8");
  BOOST_TEST(json == R"("\u003c/script\u003e\u003c!-- \u0026 \\ \" \\u{2028}")");
}

// echo -n '' | openssl dgst -sha256 -binary | base64
BOOST_AUTO_TEST_CASE(the_policy_names_scripts_by_their_digest) {
  BOOST_TEST(csp_hash("") == "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop::report
