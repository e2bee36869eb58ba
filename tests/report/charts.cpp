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

// What stands where, a letter of a label taken to be 6.5 units wide.
struct Box {
  std::string what;
  double left, top, right, bottom;
};

double attribute(std::string_view tag, std::string_view name) {
  const std::size_t at = tag.find(std::string(" ") + std::string(name) + "=\"");
  return std::stod(std::string(tag.substr(at + name.size() + 3, 12)));
}

// Labels but for those of the axes, and marks.
std::vector<Box> boxes(const std::string& picture) {
  std::vector<Box> all;
  for (std::size_t at = 0; (at = picture.find('<', at)) != std::string::npos; ++at) {
    const std::string_view rest = std::string_view(picture).substr(at);
    const std::string_view tag = rest.substr(0, rest.find('>'));
    if (tag.starts_with("<circle")) {
      const double x = attribute(tag, "cx");
      const double y = attribute(tag, "cy");
      all.push_back({"mark", x - 4, y - 4, x + 4, y + 4});
    }
    if (!tag.starts_with("<text")) continue;
    const std::string words(rest.substr(tag.size() + 1, rest.find("</text>") - tag.size() - 1));
    if (words.find(' ') == std::string::npos ||
        words.find_first_not_of("0123456789. kMmsinhd") == std::string::npos)
      continue;
    const double width = 6.5 * static_cast<double>(words.size());
    double x = attribute(tag, "x");
    if (tag.find("\"middle\"") != std::string_view::npos) x -= width / 2;
    if (tag.find("\"end\"") != std::string_view::npos) x -= width;
    const double y = attribute(tag, "y");
    all.push_back({words, x, y - 10, x + width, y + 2});
  }
  return all;
}

void check_apart(const std::string& picture) {
  const std::vector<Box> all = boxes(picture);
  BOOST_TEST(all.size() >= 2U);
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = i + 1; j < all.size(); ++j) {
      if (all[i].what == "mark" && all[j].what == "mark") continue;
      BOOST_TEST((all[i].left >= all[j].right || all[j].left >= all[i].right || all[i].top >= all[j].bottom ||
                  all[j].top >= all[i].bottom),
                 all[i].what << " covers " << all[j].what);
    }
}

BOOST_AUTO_TEST_CASE(labels_and_marks_do_not_cover_each_other) {
  // A run that was taken up again early, and all kinds of distances between the first and the last.
  for (const auto& gap : {std::chrono::milliseconds(500), std::chrono::milliseconds(6'000)}) {
    const auto away = std::chrono::milliseconds(40'700);
    const Timeline timeline({{kStart, kStart + gap}, {kStart + gap + away, kStart + away + 60s}});
    const Stretches nothing(timeline);
    check_apart(pace_chart(timeline, nothing, nullptr));
    for (const std::uint64_t asked : {3U, 1'000U, 200'000U})
      for (const std::uint64_t confirmed : {std::uint64_t{3}, asked / 2 + 1, asked})
        for (const std::uint64_t first : {1U, 1'240U, 9'000U, 57'000U, 99'000U})
          for (const std::uint64_t half : {10U, 3'000U, 8'000U})
            for (const std::uint64_t rest : {10U, 3'000U, 30'000U}) {
              Summary summary;
              summary.started_at = kStart;
              summary.counts.add(Status::dropped, confirmed);
              summary.counts.add(Status::failed, asked - std::min(asked, confirmed));
              summary.contained_ms.measured = true;
              summary.contained_ms.least = first;
              summary.contained_ms.p50 = first + half;
              summary.contained_ms.most = first + half + rest;
              check_apart(containment_chart(timeline, nothing, summary));
            }
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
