// summary.json, read back as it was written.
#include "bulkdrop/run/stored_summary.hpp"

#include <chrono>

#include "support/manual_clock.hpp"
#include "support/temp_dir.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/core/error.hpp"

using namespace bulkdrop;
using namespace bulkdrop::run;
using bulkdrop::test::TempDir;

BOOST_AUTO_TEST_SUITE(stored_summary)

BOOST_AUTO_TEST_CASE(what_was_seen_of_reconnections_is_read_back) {
  const TempDir dir;
  report::Summary summary;
  summary.run_id = "5e884898";
  for (const bool until : {false, true}) {
    report::Watched& watched = summary.watched.emplace();
    watched.from = bulkdrop::test::kWallStart;
    if (until) watched.until = bulkdrop::test::kWallStart + std::chrono::minutes(1);
    watched.complete = until;
    watched.lists = 6;
    watched.sessions_lost = 5;
    watched.users_lost = 4;
    watched.user_unknown = 1;
    watched.users = 2;
    watched.sessions = 3;
    watched.alive = 2;
    watched.shown = {{"c0", "ana \"1\"", "c", "d", "10.0.0.1", "ssh", "2026-05-06 16:06:00",
                      bulkdrop::test::kWallStart, true},
                     {"c1", "eva", "", "", "", "", "", bulkdrop::test::kWallStart, false}};
    const std::string text = report::to_json(summary, true);
    const report::Summary read = read_summary(dir.file("summary.json", text));
    BOOST_TEST(report::to_json(read, true) == text);
  }
}

BOOST_AUTO_TEST_CASE(one_that_was_not_watched_stays_so) {
  const TempDir dir;
  BOOST_TEST(!read_summary(dir.file("summary.json", report::to_json({}, true))).watched.has_value());
}

BOOST_AUTO_TEST_CASE(half_of_it_is_no_summary) {
  const TempDir dir;
  report::Summary summary;
  summary.watched.emplace();
  std::string text = report::to_json(summary, false);
  text.replace(text.find("\"lists\":0"), 9, "\"lists\":\"\"");
  BOOST_CHECK_THROW(static_cast<void>(read_summary(dir.file("summary.json", text))), Error);
}

BOOST_AUTO_TEST_SUITE_END()
