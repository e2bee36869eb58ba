#include "bulkdrop/report/html_page.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/report/charts.hpp"
#include "bulkdrop/report/findings.hpp"
#include "bulkdrop/report/markup.hpp"
#include "bulkdrop/report/page_files.hpp"
#include "bulkdrop/report/page_sections.hpp"
#include "bulkdrop/report/words.hpp"

namespace bulkdrop::report {
namespace {

// Patterns, so that no two statuses differ by colour alone.
constexpr std::string_view kPatterns = R"svg(<svg class="defs" aria-hidden="true"><defs>
<pattern id="hatch-unknown" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="8" height="8" class="fill-unknown"/><line x1="0" y1="0" x2="0" y2="8" class="line-hatch"/></pattern>
<pattern id="hatch-unsent" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)"><rect width="8" height="8" class="fill-unsent"/><line x1="0" y1="0" x2="0" y2="8" class="line-hatch"/></pattern>
<pattern id="gap-lines" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line x1="0" y1="0" x2="0" y2="6" class="line-gap"/></pattern>
</defs></svg>
)svg";

void append_head(std::string& out, const Summary& summary) {
  out += "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  // As far as a page may say it of itself: nothing is loaded, sent or framed; only our own style and script
  // run.
  out += fmt::format(
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src {}; "
      "script-src {}; base-uri 'none'; form-action 'none'\">\n",
      csp_hash(page_style()), csp_hash(page_script()));
  out +=
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" content=\"noindex\">\n";
  out += fmt::format("<title>{} · bulkdrop {}</title>\n<style>", html(headline(summary).front().text),
                     html(summary.run_id));
  out += page_style();
  out += "</style>\n</head>\n<body>\n";
  out += kPatterns;
}

void append_figure(std::string& out, std::string_view title, std::string_view note,
                   const std::string& picture) {
  out += fmt::format(
      "<figure><figcaption><h3>{}</h3><p class=\"note\">{}</p></figcaption>"
      "<div class=\"picture\">{}</div></figure>\n",
      title, html(note), picture);
}

std::string containment_note(const Timeline& timeline, const Summary& summary) {
  std::string note = "Drops that the server confirmed, against the time since the start.";
  if (const std::uint64_t ended = summary.counts.of(Status::ended); ended > 0)
    note += fmt::format(
        " {} more, which the session list shows as ended, {} not on the curve: when they ended is not known.",
        grouped(ended), ended == 1 ? "is" : "are");
  if (!timeline.gaps().empty())
    note += " The hatched bands are times between two parts of the run; the axis leaves them out.";
  return note;
}

std::string pace_note(const PaceHistory* pace) {
  if (pace == nullptr)
    return "Of all runs together. The window and the pauses of each stand in its own report.";
  if (pace->pause_count() == 0) return "There was no pause.";
  return fmt::format("{}, marked: {} in all. The longest, of {}: {}",
                     counted(pace->pause_count(), "pause", "pauses"), milliseconds(pace->waited_ms()),
                     milliseconds(pace->longest_ms()), pace->longest_why());
}

std::string other_files(const Summary& summary) {
  std::string files;
  for (const std::string& file : summary.failed_files) files += (files.empty() ? "" : " and ") + file;
  return files;
}

void append_rows_head(std::string& out, const PageRows& rows, const Summary& summary) {
  const Outcome outcome(summary.counts);
  const std::string files = other_files(summary);
  out += "<section id=\"sessions\" class=\"sessions\">\n<h2>Sessions that may still be alive</h2>\n";
  if (rows.count() == 0) {
    out += outcome.alive + outcome.invalid == 0
               ? "<p class=\"note\">None, as far as is known.</p>\n</section>\n"
               : "<p class=\"alarm\">They can't be shown: the rows of the input could not be read back. "
                 "journal.jsonl has what became of each.</p>\n</section>\n";
    return;
  }
  std::string note = counted(outcome.alive, "session", "sessions");
  if (outcome.invalid > 0)
    note += fmt::format(", and {} without a usable ID", counted(outcome.invalid, "row", "rows"));
  note += fmt::format(". The original rows stand in {}.", files);
  out += fmt::format("<p class=\"note\">{}</p>\n", html(note));
  if (rows.count() > rows.shown())
    out += fmt::format(
        "<p class=\"alarm\" id=\"cap\">This page holds the first {} of {}: {} has them all.</p>\n",
        grouped(rows.shown()), grouped(rows.count()), html(files));
  if (rows.shown() > kPlainPageRows)
    out += fmt::format(
        "<noscript><p class=\"alarm\">Without JavaScript only the first {} of them are shown: see {}.</p>"
        "</noscript>\n",
        kPlainPageRows, html(files));
  out +=
      "<div class=\"controls\" id=\"controls\" hidden><label for=\"search\">Search</label>"
      "<input type=\"search\" id=\"search\" autocomplete=\"off\" spellcheck=\"false\" "
      "aria-describedby=\"found\" aria-keyshortcuts=\"/\"><kbd aria-hidden=\"true\">/</kbd>"
      "<span id=\"found\" role=\"status\"></span></div>\n"
      "<p class=\"note\" id=\"printed\"></p>\n"
      "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Sessions that may still be "
      "alive\"><table id=\"table\">\n";
}

constexpr std::string_view kRowsFoot =
    "</table></div>\n<div class=\"pager\" id=\"pager\" role=\"group\" aria-label=\"Pages of the table\" "
    "hidden><button type=\"button\" id=\"first\">First</button><button type=\"button\" "
    "id=\"previous\">Previous</button><span id=\"place\" aria-live=\"polite\"></span><button "
    "type=\"button\" id=\"next-page\">Next</button><button type=\"button\" id=\"last\">Last</button></div>\n"
    "</section>\n";

}  // namespace

HtmlPage::HtmlPage(const std::string& directory, WallTime started_at, Timeline timeline,
                   std::vector<std::string> sources)
    : directory_(directory),
      timeline_(std::move(timeline)),
      sources_(std::move(sources)),
      gone_(timeline_),
      settled_(timeline_),
      rows_(directory, started_at) {}

void HtmlPage::add(const Result& result) {
  if (result.answer_us) latency_us_.add(static_cast<std::uint64_t>(*result.answer_us));
  if (!result.finished_at || result.attempts == 0) return;
  settled_.add(*result.finished_at);
  if (result.status == Status::dropped) gone_.add(*result.finished_at);
}

void HtmlPage::add_alive(const Row& row, const Result& result, const Particulars& particulars) {
  rows_.add(row, result, particulars);
}

void HtmlPage::write(const Summary& found, const PaceHistory* pace) const {
  // Where the directory lies just now is no part of the run: the page must come out the same from anywhere.
  Summary summary = found;
  summary.run_directory = summary.origin.run_directory;
  summary.commands_start_in = summary.origin.started_in;
  if (summary.run_directory.empty()) {  // made by a version that did not record it
    std::error_code unknown;
    summary.run_directory = std::filesystem::canonical(directory_, unknown).filename().string();
    summary.commands_start_in.clear();
  }

  AtomicFile file(directory_ + "/" + kPageFile);
  std::string& out = file.buffer();
  append_head(out, summary);
  append_header(out, summary);
  out += "<main>\n";
  append_next_steps(out, summary);
  append_reconnected(out, summary);
  append_outcomes(out, summary);
  if (summary.requests_sent > 0) {
    out += "<section id=\"course\">\n<h2>How it went</h2>\n";
    append_figure(out, "Sessions gone", containment_note(timeline_, summary),
                  containment_chart(timeline_, gone_, summary));
    append_figure(out, "Rate and window", pace_note(pace), pace_chart(timeline_, settled_, pace));
    if (summary.latency_us.measured)
      append_figure(out, "How long answers took",
                    "Of single requests that got an answer, the last of each row.",
                    latency_chart(latency_us_, summary.latency_us));
    out += "</section>\n";
  }
  append_errors(out, summary);
  append_rows_head(out, rows_, summary);
  if (rows_.count() > 0) {
    rows_.append_table(out, sources_);
    out += kRowsFoot;
  }
  out += "</main>\n";
  append_footer(out, summary);
  if (rows_.count() > 0) {
    out += "<script type=\"application/json\" id=\"data\">";
    rows_.append_data(file, sources_);
    out += "</script>\n";
  }
  out += "<script>";
  out += page_script();
  out += "</script>\n</body>\n</html>\n";
  file.commit();
}

}  // namespace bulkdrop::report
