// What the session list said, kept in the journal and read back.
#include "bulkdrop/run/notes.hpp"

#include <chrono>
#include <string>

#include "record/samples.hpp"
#include "support/manual_clock.hpp"
#include "support/temp_dir.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/record/journal.hpp"

using namespace bulkdrop;
using namespace bulkdrop::run;
using bulkdrop::record::Journal;
using bulkdrop::record::JournalReader;
using bulkdrop::record::kNow;
using bulkdrop::record::sample_run;
using bulkdrop::test::kWallStart;
using bulkdrop::test::TempDir;

namespace {

// A journal with such notes, in this order.
class Noted {
 public:
  Noted& note(std::string_view kind, const std::string& json) {
    journal_.note(kind, json, kNow);
    journal_.sync();
    return *this;
  }
  [[nodiscard]] JournalReader read() const { return JournalReader(path_); }

 private:
  TempDir directory_;
  std::string path_ = directory_.path("journal.jsonl");
  Journal journal_{path_, sample_run(3), [] {}};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(notes)

BOOST_AUTO_TEST_CASE(what_was_seen_of_reconnections_is_read_back) {
  for (const bool until : {false, true}) {
    report::Watched watched;
    watched.from = kWallStart;
    if (until) watched.until = kWallStart + std::chrono::minutes(1);
    watched.complete = until;
    watched.lists = 6;
    watched.sessions_lost = 5;
    watched.users_lost = 4;
    watched.user_unknown = 1;
    watched.users = 2;
    watched.sessions = 3;
    watched.alive = 2;
    watched.shown = {
        {"c0", "ana \"1\"", "c", "d", "10.0.0.1", "ssh", "2026-05-06 16:06:00", kWallStart, true},
        {"c1", "eva", "", "", "", "", "", kWallStart, false}};
    const std::string json = report::to_json(watched);
    const auto read = watched_note(Noted().note(kWatchedNote, json).read());
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST(report::to_json(*read) == json);
  }
}

BOOST_AUTO_TEST_CASE(why_there_is_no_proof_is_read_back) {
  const auto read =
      unverified_note(Noted().note(kUnverifiedNote, unverified_json({kWallStart, "\"503\"\n", 7})).read());
  BOOST_REQUIRE(read.has_value());
  BOOST_TEST((read->at == kWallStart));
  BOOST_TEST(read->why == "\"503\"\n");
  BOOST_TEST(read->active_once == 7U);
  const auto older = unverified_note(
      Noted().note(kUnverifiedNote, R"({"at":"2026-05-06T16:07:59.000Z","why":"503"})").read());
  BOOST_REQUIRE(older.has_value());
  BOOST_TEST(older->active_once == 0U);
}

BOOST_AUTO_TEST_CASE(what_was_verified_is_read_back) {
  report::Verified verified;
  verified.at = kWallStart;
  verified.listed = 10;
  verified.ended = 3;
  verified.still_alive = 2;
  verified.not_listed = 1;
  verified.alive = {{"c0", "user ana \"1\", since 2026"}, {"c1", ""}};
  const std::string json = report::to_json(verified);
  const auto read = verified_note(Noted().note(kVerifiedNote, json).read());
  BOOST_REQUIRE(read.has_value());
  BOOST_TEST(report::to_json(*read) == json);
}

BOOST_AUTO_TEST_CASE(the_last_one_counts) {
  Noted noted;
  noted.note(kRowsNote, rows_json(7)).note(kRowsNote, rows_json(9));
  BOOST_TEST((rows_note(noted.read()) == 9U));
}

BOOST_AUTO_TEST_CASE(where_there_is_none_there_is_none) {
  const Noted noted;
  BOOST_TEST(!watched_note(noted.read()).has_value());
  BOOST_TEST(!verified_note(noted.read()).has_value());
  BOOST_TEST(!rows_note(noted.read()).has_value());
}

BOOST_AUTO_TEST_CASE(half_of_one_is_an_error) {
  BOOST_CHECK_THROW(static_cast<void>(watched_note(Noted().note(kWatchedNote, R"({"lists":1})").read())),
                    Error);
  BOOST_CHECK_THROW(static_cast<void>(rows_note(Noted().note(kRowsNote, R"({"rows":"1"})").read())), Error);
}

BOOST_AUTO_TEST_SUITE_END()
