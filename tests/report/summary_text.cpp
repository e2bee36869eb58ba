#include <sstream>

#include "samples.hpp"
#include "support/property.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/report/columns.hpp"
#include "bulkdrop/report/summary.hpp"

namespace bulkdrop::report {
namespace {

std::string verdict(std::initializer_list<std::pair<Status, std::uint64_t>> counts) {
  return first_line(to_text(with_counts(counts), 200, false));
}

BOOST_AUTO_TEST_SUITE(summary_text)

BOOST_AUTO_TEST_CASE(the_pause_before_a_resume_is_no_time_of_sending) {
  Summary summary = with_counts({{Status::dropped, 19}});
  summary.requests_sent = 19;
  summary.finished_at = summary.started_at + std::chrono::seconds(529);
  summary.paused = std::chrono::seconds(519);
  const std::string text = to_text(summary, 200, false);
  BOOST_TEST(
      text.find("Time      10.0 s and a pause of 8 min 39 s, 19 requests (1.9/s)\n") != std::string::npos,
      text);
}

BOOST_AUTO_TEST_CASE(a_run_with_failures_says_what_is_gone_what_is_not_why_and_what_next) {
  Summary summary = sample_summary();
  summary.errors = {{Reason::timeout, "no answer within 30 s", 150}, {Reason::missing_field, "", 12}};
  summary.reason = "INC-2042";
  summary.ignored_lines = {{"siem.log", 1204}, {"-", 1}, {"clean.log", 0}};
  BOOST_TEST(to_text(summary, 80, false) ==
             R"(11,800 of 11,950 sessions are gone; 150 may still be alive. 12 rows hold no
usable ID: nothing was sent for them.

  dropped    11,800  gone: the server confirmed the drop
  failed        150  not gone, as far as is known: refused, or listed as alive
  invalid        12  no usable ID in the row; nothing was sent
  duplicate      38  the same ID stands in an earlier row
  total      12,000  rows read

What went wrong
  timeout: 150 rows
    No answer came in time.
    To do: Check the connection and the server's load; raise --timeout or lower
    --concurrency.
    150 × no answer within 30 s
  missing_field: 12 rows
    The row has no session ID.
    To do: Fill it in, or name the right column with --field.

What next
  Send what may still be alive again, with the sign-in options of this run (rows
  without a usable ID are in the same file; correct them first):
    bulkdrop drop --url https://pam.example bulkdrop-20261121T030405Z-5e884898/failed.csv
  Or ask for them again in this run, whose reports then have what became of
  them:
    bulkdrop resume bulkdrop-20261121T030405Z-5e884898 --retry failed
  Dropping is not locking: whoever lost a session can open a new one as long as
  the credential and the user's access still stand.

Time      12.3 s, 12,105 requests (984/s), 155 retries, 40 turned away as too
          many
Answers   half within 41 ms, 90% within 66 ms, 99% within 950 ms, slowest 950 ms
Gone      of the 11,800 that are gone: first after 300 ms, half after 5.92 s,
          90% after 12.1 s, last after 12.1 s
Ignored   1,204 lines of siem.log that are not rows
Ignored   1 line of standard input that is not rows
Server    https://pam.example
Reason    INC-2042
Run       5e884898, 2026-11-21T03:04:05.678Z to 2026-11-21T03:04:17.978Z
Record    bulkdrop-20261121T030405Z-5e884898 (report.html: to read;
          sessions.csv: every row)
)");
}

BOOST_AUTO_TEST_CASE(a_clean_run_is_short) {
  Summary summary = with_counts({{Status::dropped, 12'000}});
  summary.run_id = "5e884898";
  summary.started_at = kStart;
  summary.finished_at = kStart + std::chrono::seconds{20};
  summary.requests_sent = 12'000;
  BOOST_TEST(to_text(summary, 80, false) == R"(All 12,000 sessions are gone.

  dropped    12,000  gone: the server confirmed the drop
  total      12,000  rows read

What next
  Dropping is not locking: whoever lost a session can open a new one as long as
  the credential and the user's access still stand.

Time      20.0 s, 12,000 requests (600/s)
Server    https://pam.example
Run       5e884898, 2026-11-21T03:04:05.678Z to 2026-11-21T03:04:25.678Z
Record    out (report.html: to read; sessions.csv: every row)
)");
}

BOOST_AUTO_TEST_CASE(the_first_line_is_the_verdict) {
  BOOST_TEST(verdict({{Status::dropped, 11'000}, {Status::ended, 1'000}}) == "All 12,000 sessions are gone.");
  BOOST_TEST(verdict({{Status::dropped, 1}}) == "The session is gone.");
  BOOST_TEST(verdict({{Status::unknown, 1}}) == "The session may still be alive.");
  BOOST_TEST(verdict({{Status::dropped, 1}, {Status::failed, 1}}) ==
             "1 of 2 sessions is gone; 1 may still be alive.");
  BOOST_TEST(
      verdict({{Status::dropped, 400}, {Status::failed, 1}, {Status::unknown, 2}, {Status::unsent, 3}}) ==
      "400 of 406 sessions are gone; 6 may still be alive.");
  BOOST_TEST(verdict({{Status::failed, 2}, {Status::unsent, 3}}) ==
             "None of 5 sessions is known to be gone; all may still be alive.");
  BOOST_TEST(verdict({{Status::dropped, 5}, {Status::invalid, 1}, {Status::duplicate, 7}}) ==
             "All 5 sessions are gone. 1 row holds no usable ID: nothing was sent for it.");
  BOOST_TEST(verdict({{Status::invalid, 2}}) ==
             "There was no session to drop. 2 rows hold no usable ID: nothing was sent for them.");
  BOOST_TEST(verdict({{Status::protected_, 2}}) == "There was no session to drop.");
  BOOST_TEST(verdict({}) == "There was no session to drop.");
}

BOOST_AUTO_TEST_CASE(what_stopped_the_run_stands_right_under_the_verdict) {
  Summary summary = with_counts({{Status::dropped, 1}, {Status::unsent, 9}});
  summary.stopped_by = Stop{StopKind::auth, ExitCode::not_allowed, "the server refused the credentials"};
  BOOST_TEST(to_text(summary, 80, false)
                 .find("may still be alive.\nStopped (auth): the server refused the credentials\n\n") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_signal_is_said_once_to_have_stopped_the_run) {
  Summary summary = with_counts({{Status::dropped, 1}, {Status::unsent, 9}});
  summary.stopped_by = Stop{StopKind::signal, ExitCode::interrupted, "stopped by SIGINT"};
  BOOST_TEST(to_text(summary, 80, false).find("may still be alive.\nStopped by SIGINT\n\n") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(many_errors_are_cut_with_a_word_about_the_rest) {
  Summary summary = with_counts({{Status::failed, 100}});
  for (int i = 0; i < 5; ++i) summary.errors.push_back({Reason::timeout, "message " + std::to_string(i), 10});
  for (std::size_t i = 0; i < 12; ++i) summary.errors.push_back({static_cast<Reason>(i), "m", 1});
  const std::string text = to_text(summary, 80, false);
  BOOST_TEST(text.find("    20 × other messages: see sessions.csv\n") != std::string::npos, text);
  BOOST_TEST(text.find("  … and 5 reasons more: see summary.json\n") != std::string::npos);
  BOOST_TEST(text.find("message 3") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(messages_beyond_those_that_are_told_have_one_line) {
  Summary summary = with_counts({{Status::failed, 100}});
  for (int i = 0; i < 4; ++i) summary.errors.push_back({Reason::timeout, "message " + std::to_string(i), 8});
  summary.errors.push_back({Reason::timeout, std::string(kOtherMessages), 68});
  const std::string text = to_text(summary, 200, false);
  BOOST_TEST(text.find("    8 × message 2\n    76 × other messages: see sessions.csv\n") != std::string::npos,
             text);
  BOOST_TEST(text.find(kOtherMessages) == std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(times_are_of_those_that_are_gone) {
  Summary summary = sample_summary();
  BOOST_TEST(to_text(summary, 200, false).find("Gone      of the 11,800 that are gone: first after") !=
             std::string::npos);
  summary.counts.add(Status::ended, 1);
  BOOST_TEST(to_text(summary, 200, false).find("Gone      of the 11,800 that the server confirmed: first") !=
             std::string::npos);
  Summary all = with_counts({{Status::dropped, 3}});
  all.contained_ms = summary.contained_ms;
  BOOST_TEST(to_text(all, 200, false).find("Gone      first after") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(colour_is_only_there_if_asked_for) {
  BOOST_TEST(to_text(sample_summary(), 80, false).find('\x1b') == std::string::npos);
  const std::string good = to_text(with_counts({{Status::dropped, 2}}), 80, true);
  BOOST_TEST(good.starts_with("\x1b[1;32mAll 2 sessions are gone.\x1b[0m\n"));
  const std::string bad = to_text(with_counts({{Status::failed, 2}}), 40, true);
  BOOST_TEST(
      bad.starts_with("\x1b[1;31mNone of 2 sessions is known to be gone;\x1b[0m\n"
                      "\x1b[1;31mall may still be alive.\x1b[0m\n"));
}

BOOST_AUTO_TEST_CASE(whatever_came_from_outside_the_page_keeps_its_shape) {
  test::holds("printable lines, none wider than the page but for the command", [] {
    Summary summary = with_counts({});
    for (const Status status : kAllStatuses) {
      summary.counts.add(
          status, *rc::gen::inRange<std::uint64_t>(0, 3) * *rc::gen::inRange<std::uint64_t>(1, 100'000));
    }
    summary.url = *hostile_text();
    summary.reason = *hostile_text();
    summary.run_directory = *hostile_text();
    summary.run_id = "5e884898";
    summary.ignored_lines = {{*hostile_text(), *rc::gen::inRange<std::uint64_t>(0, 5)}};
    summary.stopped_by = Stop{StopKind::config, ExitCode::usage, *hostile_text()};
    summary.errors = {{Reason::http_error, *hostile_text(), 7}};
    const int width = *rc::gen::inRange(0, 120);
    std::istringstream lines(to_text(summary, width, false));
    for (std::string line; std::getline(lines, line);) {
      RC_ASSERT(printable(line) == line);
      if (line.starts_with("    bulkdrop drop --url") || line.starts_with("    bulkdrop resume") ||
          line.starts_with("    bulkdrop verify"))
        continue;
      RC_ASSERT(columns(line) <= static_cast<std::size_t>(std::max(width, 40)));
    }
  });
}

BOOST_AUTO_TEST_CASE(who_is_still_alive_is_listed_and_what_the_list_said_is_told_in_a_line) {
  Summary summary = sample_summary();
  Verified& verified = summary.verified.emplace();
  verified.at = kStart;
  verified.listed = 4012;
  verified.ended = 11'798;
  verified.still_alive = 3;
  verified.not_listed = 149;
  verified.alive = {{"3fcf1e4a", "still listed as active: user ana\x1b[2J"}, {"9bd7b6f6", "by bob"}};
  const std::string text = to_text(summary, 100, false);
  BOOST_TEST(text.find("Still alive, says the server's list\n"
                       "  3fcf1e4a  still listed as active: user ana\\x1B[2J\n"
                       "  9bd7b6f6  by bob\n"
                       "  … and 1 more: see sessions.csv\n") != std::string::npos,
             text);
  BOOST_TEST(
      text.find("Verified  2026-11-21T03:04:05.678Z, against the server's list of 4,012 sessions: 11,798 "
                "ended, 3\n          still alive, 149 not listed (which proves nothing)\n") !=
          std::string::npos,
      text);
  BOOST_TEST(
      to_json(summary, false)
          .find(
              R"("verified":{"at":"2026-11-21T03:04:05.678Z","listed":4012,"ended":11798,"still_alive":3,"not_listed":149}})") !=
      std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop::report
