#include "bulkdrop/report/reconnection.hpp"

#include "samples.hpp"
#include "support/property.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/report/summary.hpp"

namespace bulkdrop::report {
namespace {

Reconnection back() {
  return {"c0ffee", "ana", "usrdomadm01", "10.0.0.1:22", "172.16.0.9", "ssh", "2026-05-06 16:06:00",
          kStart,   false};
}

Summary with_one_back() {
  Summary summary = sample_summary();
  Watched& watched = summary.watched.emplace();
  watched.from = kStart;
  watched.until = kStart + std::chrono::minutes{10};
  watched.complete = true;
  watched.lists = 60;
  watched.sessions_lost = 11'800;
  watched.users_lost = 250;
  watched.users = 1;
  watched.sessions = 1;
  watched.alive = 1;
  watched.shown = {back()};
  return summary;
}

BOOST_AUTO_TEST_SUITE(reconnection)

BOOST_AUTO_TEST_CASE(it_is_said_who_came_back_with_what_is_known_of_the_session) {
  Reconnection session = back();
  BOOST_TEST(who_reconnected(session) ==
             "user ana, credential usrdomadm01, device 10.0.0.1:22, from 172.16.0.9, ssh, since 2026-05-06 "
             "16:06:00");
  session.credential = session.device = session.origin_ip = session.protocol = session.start = "";
  session.ended = true;
  session.user = "\x1b[2Jana";
  BOOST_TEST(who_reconnected(session) == "user \\x1B[2Jana, has ended");
}

BOOST_AUTO_TEST_CASE(a_watch_is_told_in_a_sentence) {
  Watched watched = *with_one_back().watched;
  BOOST_TEST(watched_words(watched) ==
             "60 lists from 2026-11-21T03:04:05.678Z to 2026-11-21T03:14:05.678Z: 1 of 250 users who lost a "
             "session opened 1 new one, which is alive");
  watched.sessions = 3;
  watched.users = 2;
  watched.complete = false;
  watched.user_unknown = 1;
  BOOST_TEST(watched_words(watched).ends_with(
      ": 2 of 250 users who lost a session opened 3 new ones, 1 of them alive; whose 1 lost session was, no "
      "list told; cut short"));
  watched = {};
  watched.from = kStart;
  watched.sessions_lost = 2;
  watched.users_lost = 1;
  BOOST_TEST(watched_words(watched) ==
             "no list since 2026-11-21T03:04:05.678Z: none of 1 user who lost a session was seen with a new "
             "one; cut short");
  BOOST_TEST(watched_words(Watched()) == "no session was lost, so that nobody could come back");
}

BOOST_AUTO_TEST_CASE(the_summary_has_it_only_where_it_was_asked_for) {
  BOOST_TEST(to_json(sample_summary(), false).find("watched") == std::string::npos);
  BOOST_TEST(
      to_json(with_one_back(), false)
          .ends_with(
              R"("verified":null,"watched":{"from":"2026-11-21T03:04:05.678Z","until":"2026-11-21T03:14:05.678Z",)"
              R"("complete":true,"lists":60,"sessions_lost":11800,"users_lost":250,"user_unknown":0,)"
              R"("users_reconnected":1,"reconnected":1,"alive":1,"first":[{"session_id":"c0ffee","user":"ana",)"
              R"("credential":"usrdomadm01","device":"10.0.0.1:22","origin_ip":"172.16.0.9","protocol":"ssh",)"
              R"("start":"2026-05-06 16:06:00","seen_at":"2026-11-21T03:04:05.678Z","ended":false}]}})"
              "\n"));
  Summary none = with_one_back();
  none.watched->until.reset();
  BOOST_TEST(to_json(none, false).find(R"("until":null,)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_page_lists_who_came_back_and_how_to_drop_them) {
  Summary summary = with_one_back();
  summary.counts = {};
  summary.counts.add(Status::dropped, 11'800);
  summary.errors.clear();
  summary.repeat_options = {"--api", "v3", "--field", "3", "--tenant", "t"};
  const std::string text = to_text(summary, 100, true);
  BOOST_TEST(
      text.starts_with("\x1b[1;31mAll 11,800 sessions are gone.\x1b[0m\n"
                       "\x1b[1;31m1 user who lost a session opened 1 new one since, 1 alive.\x1b[0m\n"),
      text);
  BOOST_TEST(text.find("Opened by users who had lost a session\x1b[0m\n  c0ffee  user ana, credential ") !=
                 std::string::npos,
             text);
  BOOST_TEST(text.find("    bulkdrop drop --url https://pam.example --api v3 --tenant t "
                       "bulkdrop-20261121T030405Z-5e884898/reconnected.csv\n") != std::string::npos,
             text);
  summary.watched->alive = summary.watched->sessions = 22;
  BOOST_TEST(to_text(summary, 100, false).find("… and 21 more: see reconnected.csv\n") != std::string::npos);
  summary.watched->alive = 5;
  BOOST_TEST(
      to_text(summary, 100, false)
          .find("… and 21 more: reconnected.csv has those that are alive, journal.jsonl all of them\n") !=
      std::string::npos);
  summary.watched->alive = 0;
  const std::string ended = to_text(summary, 100, false);
  BOOST_TEST(ended.find("reconnected.csv") == std::string::npos, ended);
  BOOST_TEST(ended.find("… and 21 more: see journal.jsonl") != std::string::npos, ended);
  BOOST_TEST(ended.find("since, none of them alive.") != std::string::npos, ended);
}

BOOST_AUTO_TEST_CASE(what_a_server_writes_stays_on_the_page) {
  test::holds("printable and short", [] {
    Summary summary = with_one_back();
    Reconnection& session = summary.watched->shown[0];
    session = {*hostile_text(), *hostile_text(), *hostile_text(),
               *hostile_text(), *hostile_text(), *hostile_text(),
               *hostile_text(), kStart,          true};
    const std::string who = who_reconnected(session);
    RC_ASSERT(who.size() <= 500U);
    RC_ASSERT(printable(who) == who);
    const std::string text = to_text(summary, 60, false);
    std::string lines = text;
    std::erase(lines, '\n');
    RC_ASSERT(printable(lines) == lines);
    RC_ASSERT(is_valid_utf8(to_json(summary, false)));
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop::report
