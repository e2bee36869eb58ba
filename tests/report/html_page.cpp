#include "bulkdrop/report/html_page.hpp"

#include "html_outline.hpp"
#include "samples.hpp"
#include "support/property.hpp"
#include "support/temp_dir.hpp"
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <sys/stat.h>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/report/markup.hpp"
#include "bulkdrop/report/page_files.hpp"

namespace bulkdrop::report {
namespace {

using namespace std::chrono_literals;

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

Timeline ten_seconds() {
  return Timeline({{kStart, kStart + 10s}});
}

Row row_number(std::uint64_t number, std::string_view id) {
  Row row;
  row.number = number;
  row.line = number + 2;
  row.session_id = id;
  return row;
}

Result refused() {
  Result result;
  result.status = Status::failed;
  result.reason = Reason::drop_error;
  result.http_status = 500;
  result.message = "An error occurred while droping session";
  result.attempts = 2;
  result.first_sent_at = kStart + 1s;
  result.finished_at = kStart + 2s;
  result.answer_us = 41'000;
  return result;
}

Result confirmed(std::chrono::milliseconds after) {
  Result result;
  result.status = Status::dropped;
  result.reason = Reason::ok;
  result.attempts = 1;
  result.finished_at = kStart + after;
  result.answer_us = 20'000;
  return result;
}

std::string written(const test::TempDir& dir, const HtmlPage& page, const Summary& summary,
                    const PaceHistory* pace = nullptr) {
  page.write(summary, pace);
  return test::slurp(dir.path("report.html"));
}

BOOST_AUTO_TEST_SUITE(html_page)

BOOST_AUTO_TEST_CASE(a_run_that_was_stopped_is_never_called_finished) {
  const test::TempDir dir;
  Summary summary = sample_summary();
  summary.exit_code = 1;
  summary.stopped_by = Stop{StopKind::signal, ExitCode::interrupted, "stopped by SIGINT"};
  const auto exit_code = [&] {
    HtmlPage page(dir.path(), kStart, ten_seconds(), {"export.csv"});
    const std::string html = written(dir, page, summary);
    const std::size_t at = html.find("<dt>Exit code</dt><dd>");
    return html.substr(at, html.find("</dd>", at) - at);
  };
  summary.verified.emplace();
  BOOST_TEST(has(exit_code(), "<dd>1: verified, some are or may be alive"), exit_code());
  summary.verified.reset();
  BOOST_TEST(has(exit_code(), "<dd>1: not finished, some are or may be alive"), exit_code());
}

BOOST_AUTO_TEST_CASE(it_says_what_is_gone_what_is_not_why_and_what_next) {
  const test::TempDir dir;
  HtmlPage page(dir.path(), kStart, ten_seconds(), {"export.csv"});
  page.add(confirmed(300ms));
  page.add(refused());
  page.add_alive(row_number(7, "3fcf1e4a"), refused(),
                 {"ana", "root", "10.0.0.1:22", "10.9.9.9", "ssh", "", ""});
  const Outline outline = OutlineReader(written(dir, page, sample_summary())).read();
  for (const char* part :
       {"11,800 of 11,950 sessions are gone; 150 may still be alive.", "1: finished, not all is well",
        "https://pam.example", "/failed.csv", "gone: the server confirmed the drop", "drop_error",
        "first after 300 ms", "half after 5.92 s", "last after 12.1 s", "3fcf1e4a", "ana", "10.0.0.1:22",
        "HTTP 500", "export.csv:9", "03:04:07.678"})
    BOOST_TEST(has(outline.text, part), part);
  BOOST_TEST(!has(outline.text, "This page holds"));
}

BOOST_AUTO_TEST_CASE(it_loads_nothing_and_its_policy_forbids_it_to) {
  const test::TempDir dir;
  HtmlPage page(dir.path(), kStart, ten_seconds(), {"export.csv"});
  page.add_alive(row_number(0, "3fcf1e4a"), refused(), {});
  const std::string text = written(dir, page, sample_summary());
  BOOST_TEST(has(text, "default-src 'none'; style-src " + csp_hash(page_style()) + "; script-src " +
                           csp_hash(page_script()) + ";"));
  const Outline outline = OutlineReader(text).read();
  BOOST_REQUIRE(outline.scripts.size() == 2U);
  BOOST_TEST(outline.scripts[1] == page_script());
  for (const char* element : {"link", "img", "iframe", "object", "a", "form"})
    BOOST_TEST(!outline.elements.contains(element), element);
}

BOOST_AUTO_TEST_CASE(only_its_owner_may_read_it) {
  const test::TempDir dir;
  HtmlPage(dir.path(), kStart, ten_seconds(), {}).write(sample_summary(), nullptr);
  struct stat status {};
  BOOST_REQUIRE(::stat(dir.path("report.html").c_str(), &status) == 0);
  BOOST_TEST((status.st_mode & 0777U) == 0600U);
}

BOOST_AUTO_TEST_CASE(a_run_of_which_all_is_gone_has_no_table) {
  const test::TempDir dir;
  HtmlPage page(dir.path(), kStart, ten_seconds(), {"export.csv"});
  Summary summary;
  summary.counts.add(Status::dropped, 2);
  summary.requests_sent = 2;
  page.add(confirmed(1s));
  page.add(confirmed(2s));
  const Outline outline = OutlineReader(written(dir, page, summary)).read();
  BOOST_TEST(has(outline.text, "All 2 sessions are gone."));
  BOOST_TEST(has(outline.text, "None, as far as is known."));
  BOOST_TEST(outline.scripts.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_command_is_broken_only_where_a_shell_takes_it) {
  const test::TempDir dir;
  HtmlPage page(dir.path(), kStart, ten_seconds(), {"export.csv"});
  Summary summary;
  summary.url = "https://pam.example";
  summary.counts.add(Status::failed, 1);
  summary.repeat_options = {"--token-file", "it's my --token", "--allow-http", "--cacert",
                            "/etc/ssl/certs/our own authority.pem"};
  const std::string text = written(dir, page, summary);
  BOOST_TEST(has(text,
                 "<code class=\"long\"><span>bulkdrop drop</span> <span>--url https://pam.example</span> "
                 "<span>--token-file &#39;it&#39;\\&#39;&#39;s my --token&#39;</span> "
                 "<span>--allow-http</span> "
                 "<span>--cacert &#39;/etc/ssl/certs/our own authority.pem&#39;</span> <span>"),
             text.substr(text.find("<code"), 700));
}

BOOST_AUTO_TEST_CASE(commands_work_from_where_they_are_pasted_and_name_what_run_json_has) {
  const test::TempDir dir;
  HtmlPage page(dir.path(), kStart, ten_seconds(), {"export.csv"});
  Summary summary = sample_summary();
  summary.run_directory = "just/now";
  summary.origin.started_in = "/srv/the night";
  summary.origin.run_directory = "deep/er/run";
  summary.login_options = {"--token-file", "token.txt"};
  const std::string text = written(dir, page, summary);
  BOOST_TEST(has(text, "<span>cd &#39;/srv/the night&#39; &amp;&amp; bulkdrop verify deep/er/run</span>"),
             text.substr(text.find("<code"), 700));
  BOOST_TEST(has(text, "deep/er/run/failed.csv"));
  BOOST_TEST(has(text, "from the record in /srv/the night/deep/er/run:"));
  BOOST_TEST(!has(text, "just/now"));
}

BOOST_AUTO_TEST_CASE(an_audit_finds_who_ran_it_on_what_and_when) {
  const test::TempDir dir;
  HtmlPage page(dir.path(), kStart, ten_seconds(), {"export.csv"});
  Summary summary = sample_summary();
  summary.origin.user = "ana";
  summary.origin.host = "jump1";
  summary.origin.account = "client a2a (OAuth 2.0)";
  summary.origin.inputs = {{"export <1>.csv", std::string(64, 'a')}, {"-", ""}};
  summary.verified.emplace().at = kStart;
  summary.verified->listed = 3;
  const Outline outline = OutlineReader(written(dir, page, summary)).read();
  for (const std::string& part : {std::string("ana on jump1"), std::string("client a2a (OAuth 2.0)"),
                                  "export <1>.csv, SHA-256 " + std::string(64, 'a'),
                                  std::string("standard input"), std::string("2026-11-21 03:04:05 UTC")})
    BOOST_TEST(has(outline.text, part), part + " is not in " + outline.text);
  BOOST_TEST(!has(outline.text, "2026-11-21T03:04:05"), outline.text);
}

BOOST_AUTO_TEST_CASE(rows_that_could_not_be_read_back_are_not_called_gone) {
  const test::TempDir dir;
  const HtmlPage page(dir.path(), kStart, ten_seconds(), {"export.csv"});
  const Outline outline = OutlineReader(written(dir, page, sample_summary())).read();
  BOOST_TEST(has(outline.text, "could not be read back"));
  BOOST_TEST(!has(outline.text, "None, as far as is known."));
}

BOOST_AUTO_TEST_CASE(beyond_its_cap_it_says_which_file_has_the_rest) {
  const test::TempDir dir;
  HtmlPage page(dir.path(), kStart, ten_seconds(), {"export.csv"});
  const Result result = refused();
  for (std::uint64_t i = 0; i < kMostPageRows; ++i) page.add_alive(row_number(i, "aa"), result, {});
  BOOST_TEST(!page.has_room());
  page.add_alive(row_number(kMostPageRows, "the one too many"), result, {});
  const std::string text = written(dir, page, sample_summary());
  BOOST_TEST(has(text, "This page holds the first 100,000 of 100,001: failed.csv has them all."));
  BOOST_TEST(!has(text, "the one too many"));
  BOOST_TEST(std::count(text.begin(), text.end(), '\n') > static_cast<std::ptrdiff_t>(kMostPageRows));
}

BOOST_AUTO_TEST_CASE(pauses_and_the_window_are_drawn_and_told) {
  const test::TempDir dir;
  HtmlPage page(dir.path(), kStart, ten_seconds(), {});
  page.add(confirmed(1s));
  PaceHistory pace;
  pace.window(kStart, 4);
  pace.paused(kStart + 2s, "server asked to wait, <5 s> left");
  pace.resumed(kStart + 7s);
  pace.window(kStart + 7s, 9);
  pace.over(kStart + 10s);
  Summary summary = sample_summary();
  const std::string text = written(dir, page, summary, &pace);
  const Outline outline = OutlineReader(text).read();
  BOOST_TEST(has(outline.text,
                 "1 pause, marked: 5.00 s in all. The longest, of 5.00 s: server asked to wait, <5 s> left"));
  BOOST_TEST(has(outline.text, "At most 9 requests at once."));
  BOOST_TEST(has(text, "class=\"pause\""));
  BOOST_TEST(has(text, "class=\"curve second\""));
}

BOOST_AUTO_TEST_CASE(a_gap_between_two_parts_is_shown_as_such) {
  const test::TempDir dir;
  HtmlPage page(dir.path(), kStart, Timeline({{kStart, kStart + 10s}, {kStart + 24h, kStart + 24h + 5s}}),
                {});
  page.add(confirmed(1s));
  page.add(confirmed(24h + 1s));
  const Outline outline = OutlineReader(written(dir, page, sample_summary())).read();
  BOOST_TEST(has(outline.text, "23 h 59 min later"));
  BOOST_TEST(has(outline.text, "the axis leaves them out"));
}

BOOST_AUTO_TEST_CASE(whatever_stands_in_a_field_the_page_stays_what_it_is) {
  const test::TempDir dir;
  test::holds("strict HTML, two scripts, data without markup, the same twice", [&] {
    const auto text = [] {
      return *rc::gen::oneOf(
          hostile_text(),
          rc::gen::element<std::string>("</script><script>alert(1)</script>", "<!--<script>", "]]>", "&lt;",
                                        "\" onload=\"x", "\xE2\x80\xA8", "\xE2\x80\xAE", "'", "</title>",
                                        "<svg onload=x>", "\xFF\xFE", std::string("\0", 1)));
    };
    Summary summary = sample_summary();
    summary.url = text();
    summary.run_id = text();
    summary.version = text();
    summary.reason = text();
    summary.errors = {{Reason::drop_error, text(), 150}};
    summary.stopped_by = Stop{StopKind::auth, ExitCode::not_allowed, text()};
    summary.repeat_options = {text(), text()};
    summary.login_options = {text()};
    summary.ignored_lines = {{text(), 3}};
    Watched watched;
    watched.sessions = watched.alive = 1;
    watched.shown = {{text(), text(), text(), text(), text(), text(), text(), kStart, false}};
    summary.watched = watched;
    HtmlPage page(dir.path(), kStart, ten_seconds(), {text()});
    Result result = any_result();
    result.status = Status::failed;
    result.request_id = text();
    result.message = text();
    const std::string id = text();
    page.add(result);
    page.add_alive(row_number(0, id), result, {text(), text(), text(), text(), text(), text(), text()});
    PaceHistory pace;
    pace.paused(kStart, text());
    pace.over(kStart + 1s);
    const std::string first = written(dir, page, summary, &pace);
    const Outline outline = OutlineReader(first).read();
    RC_ASSERT(is_valid_utf8(first));
    RC_ASSERT(outline.scripts.size() == 2U);
    RC_ASSERT(outline.scripts[0].find_first_of("<>&") == std::string::npos);
    RC_ASSERT(outline.scripts[0].find("\xE2\x80\xA8") == std::string::npos);
    RC_ASSERT(outline.scripts[1] == page_script());
    RC_ASSERT(written(dir, page, summary, &pace) == first);
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop::report
