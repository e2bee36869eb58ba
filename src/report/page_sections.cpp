#include "bulkdrop/report/page_sections.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "bulkdrop/core/status_meaning.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/report/charts.hpp"
#include "bulkdrop/report/findings.hpp"
#include "bulkdrop/report/markup.hpp"
#include "bulkdrop/report/words.hpp"

namespace bulkdrop::report {
namespace {

constexpr std::size_t kMostPrintedColumns = 84;
constexpr std::size_t kMostInputs = 8;
constexpr std::size_t kMostRuns = 64;

template <typename... Values>
void append(std::string& out, fmt::format_string<Values...> format, Values&&... values) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Values>(values)...);
}

std::string_view name_of(Tone tone) {
  switch (tone) {
    case Tone::good:
      return "good";
    case Tone::bad:
      return "bad";
    default:
      return "plain";
  }
}

std::string share(std::uint64_t part, std::uint64_t whole) {
  if (part == whole) return "100%";
  const double percent = 100 * static_cast<double>(part) / static_cast<double>(whole);
  if (percent < 0.1) return "< 0.1%";
  if (percent > 99.9) return "> 99.9%";
  return fmt::format("{:.1f}%", percent);
}

void append_messages(std::string& out, const ReasonGroup& group) {
  const Said all = said(group);
  for (const auto& [count, message] : all.messages)
    append(out, "<div>{} × {}</div>", grouped(count), html(message));
  if (all.others > 0) append(out, "<div>{} × other messages: see sessions.csv</div>", grouped(all.others));
  if (group.reason == Reason::still_alive) out += "<div>Who: see the table below.</div>";
}

// A command's words, as many in one as stay in one line: an option with its value.
std::vector<std::string_view> lines_of(std::string_view command) {
  std::vector<std::string_view> lines;
  bool quoted = false;
  std::size_t begin = 0;   // of the line
  std::size_t word = 0;    // of the word
  std::size_t values = 0;  // behind the option of the line
  bool has_option = false;
  for (std::size_t i = 0; i < command.size(); ++i) {
    if (command[i] == '\\' && !quoted) {
      ++i;
    } else if (command[i] == '\'') {
      quoted = !quoted;
    } else if (command[i] == ' ' && !quoted) {
      if (has_option && word != begin) ++values;
      word = i + 1;
      const bool is_option = command.substr(word).starts_with("--");
      if (!is_option && (!has_option || values == 0)) continue;
      lines.push_back(command.substr(begin, i - begin));
      begin = word;
      has_option = is_option;
      values = 0;
    }
  }
  lines.push_back(command.substr(begin));
  return lines;
}

// On paper a command that is too long for a line is broken where a shell takes it.
void append_command(std::string& out, std::string_view command) {
  append(out, "\n<div class=\"command\"><pre><code{}>",
         command.size() > kMostPrintedColumns ? " class=\"long\"" : "");
  std::string_view between;
  for (const std::string_view line : lines_of(command)) {
    append(out, "{}<span>{}</span>", between, html(line));
    between = " ";
  }
  out += "</code></pre></div>";
}

void append_inputs(std::string& out, const std::vector<InputOrigin>& inputs) {
  if (inputs.empty()) return;
  append(out, "<div class=\"wide\"><dt>{}</dt><dd>", inputs.size() == 1 ? "Input" : "Inputs");
  for (std::size_t i = 0; i < std::min(inputs.size(), kMostInputs); ++i) {
    append(out, "<div>{}", inputs[i].name == "-" ? "standard input" : html(inputs[i].name));
    if (!inputs[i].sha256.empty())
      append(out, "<span class=\"digest\">, SHA-256 {}</span>", html(inputs[i].sha256));
    out += "</div>";
  }
  if (inputs.size() > kMostInputs) append(out, "<div>… and {} more</div>", inputs.size() - kMostInputs);
  out += "</dd></div>\n";
}

// Of a merged report, whose directory has no record of its own.
void append_runs(std::string& out, const std::vector<MergedRun>& runs) {
  append(out, "<p>Merged from {}:</p>\n<ul>\n", counted(runs.size(), "run", "runs"));
  for (std::size_t i = 0; i < std::min(runs.size(), kMostRuns); ++i)
    append(out, "<li>shard {}: run {} in {}{}{}</li>\n", html(runs[i].shard), html(runs[i].run_id),
           html(runs[i].directory), runs[i].by.empty() ? "" : ", started by ", html(runs[i].by));
  if (runs.size() > kMostRuns)
    append(out, "<li>… and {} more: see merged.json</li>\n", runs.size() - kMostRuns);
  out += "</ul>\n";
}

std::string accounts_of(const Origin& origin) {
  std::string text = origin.account;
  for (const std::string& account : origin.earlier_accounts)
    text += (&account == origin.earlier_accounts.data() ? "; before: " : ", ") + account;
  if (origin.begun_by_other && origin.earlier_accounts.empty())
    text += "; the run was begun with another login: see run.json";
  return text;
}

// A run that stopped and was verified since has 1, too: the session list is the last word then.
std::string_view what_exit_says(const Summary& summary) {
  const bool ended = !summary.stopped_by && !summary.cut_off;
  if (ended || summary.exit_code != static_cast<int>(ExitCode::some_may_live))
    return meaning_of_exit(summary.exit_code);
  return summary.verified ? "verified, some are or may be alive" : "not finished, some are or may be alive";
}

}  // namespace

void append_header(std::string& out, const Summary& summary) {
  append(out, "<header>\n<p class=\"brand\"><b>bulkdrop</b> · run {}</p>\n", html(summary.run_id));
  bool first = true;
  for (const Sentence& sentence : headline(summary)) {
    if (first) {
      append(out, "<h1 class=\"{}\">{}</h1>\n", name_of(sentence.tone), html(sentence.text));
    } else {
      append(out, "<p class=\"alarm\">{}</p>\n", html(sentence.text));
    }
    first = false;
  }
  out += "<dl>\n";
  const auto fact = [&](std::string_view label, std::string_view text) {
    append(out, "<div><dt>{}</dt><dd>{}</dd></div>\n", label, html(text));
  };
  fact("Exit code", fmt::format("{}: {}", summary.exit_code, what_exit_says(summary)));
  fact("Server", summary.url);
  const Origin& origin = summary.origin;
  if (!origin.account.empty()) fact("Account", accounts_of(origin));
  if (const std::string by = origin.started_by(); !by.empty()) fact("Started by", by);
  if (summary.reason) fact("Reason given", *summary.reason);
  fact("Started", day_and_time(summary.started_at));
  fact(summary.cut_off ? "Last on record" : "Finished", day_and_time(summary.finished_at));
  if (const std::string proof = proof_in_short(summary); !proof.empty()) fact("Proof", proof);
  if (summary.watched && summary.watched->until) fact("Watched until", day_and_time(*summary.watched->until));
  if (summary.stopped_by) fact("Stopped by", name(summary.stopped_by->kind));
  append_inputs(out, origin.inputs);
  out += "</dl>\n</header>\n";
}

void append_next_steps(std::string& out, const Summary& summary) {
  const std::vector<Step> steps = next_steps(summary);
  if (steps.empty()) return;
  out += "<section id=\"next\">\n<h2>What next</h2>\n";
  for (const Step& step : steps) {
    append(out, "<div class=\"step\"><p>{}</p>", html(step.text));
    for (const std::string& command : step.commands) append_command(out, command);
    if (!step.more.empty()) append(out, "<p class=\"note\">{}</p>", html(step.more));
    out += "</div>\n";
  }
  out += "</section>\n";
}

void append_outcomes(std::string& out, const Summary& summary) {
  const Counts& counts = summary.counts;
  const std::uint64_t total = counts.total();
  append(out, "<section id=\"outcome\">\n<h2>What became of {}</h2>\n", counted(total, "row", "rows"));
  if (total > 0) out += outcome_chart(counts);
  out +=
      "<table class=\"outcomes\"><thead><tr><th scope=\"col\">Status</th>"
      "<th scope=\"col\" class=\"number\">Rows</th><th scope=\"col\" class=\"number\">Share</th>"
      "<th scope=\"col\">Is the session gone, and how is that known?</th></tr></thead>\n<tbody>\n";
  for (const Status status : kAllStatuses) {
    if (counts.of(status) == 0) continue;
    append(out,
           "<tr><th scope=\"row\"><svg class=\"swatch\" viewBox=\"0 0 12 12\" aria-hidden=\"true\"><rect "
           "width=\"12\" height=\"12\" class=\"s-{0}\"/></svg>{0}</th><td class=\"number\">{1}</td>"
           "<td class=\"number\">{2}</td><td>{3}</td></tr>\n",
           name(status), grouped(counts.of(status)), html(share(counts.of(status), total)), meaning(status));
  }
  append(out,
         "</tbody>\n<tfoot><tr><th scope=\"row\">total</th><td class=\"number\">{}</td>"
         "<td></td><td></td></tr></tfoot></table>\n",
         grouped(total));
  out += "</section>\n<section id=\"figures\">\n<h2>In figures</h2>\n<dl>\n";
  for (const auto& [label, text] : figures(summary, day_and_time))
    append(out, "<dt>{}</dt><dd>{}</dd>\n", label, html(text));
  out += "</dl>\n</section>\n";
}

void append_errors(std::string& out, const Summary& summary) {
  if (summary.errors.empty()) return;
  out +=
      "<section id=\"errors\">\n<h2>What went wrong</h2>\n<table class=\"errors\"><thead><tr>"
      "<th scope=\"col\">Reason</th><th scope=\"col\" class=\"number\">Rows</th>"
      "<th scope=\"col\">Cause</th><th scope=\"col\">What to do</th><th scope=\"col\">What was said</th>"
      "</tr></thead>\n<tbody>\n";
  for (const ReasonGroup& group : by_reason(summary.errors)) {
    append(out,
           "<tr><th scope=\"row\">{}</th><td class=\"number\">{}</td><td>{}</td><td>{}</td><td "
           "class=\"said\">",
           name(group.reason), grouped(group.count), html(group.advice.cause), html(group.advice.action));
    append_messages(out, group);
    out += "</td></tr>\n";
  }
  out += "</tbody></table>\n</section>\n";
}

void append_reconnected(std::string& out, const Summary& summary) {
  if (!summary.watched || summary.watched->sessions == 0) return;
  const Watched& watched = *summary.watched;
  out +=
      "<section id=\"reconnected\">\n<h2>Opened by users who had lost a session</h2>\n"
      "<div class=\"scroll\"><table><thead><tr>";
  for (const std::string_view title :
       {"Session", "User", "Credential", "Device", "From", "Protocol", "Since", "Seen", "State"})
    append(out, "<th scope=\"col\">{}</th>", title);
  out += "</tr></thead>\n<tbody>\n";
  for (const Reconnection& session : watched.shown) {
    append(out, "<tr><td class=\"c-id\">{}</td>", html(session.session_id));
    for (const std::string* text : {&session.user, &session.credential, &session.device, &session.origin_ip,
                                    &session.protocol, &session.start})
      append(out, "<td>{}</td>", html(*text));
    append(out, "<td>{}</td><td>{}</td></tr>\n", day_and_time(session.seen_at),
           session.ended ? "ended" : "alive");
  }
  out += "</tbody></table></div>\n";
  if (watched.sessions > watched.shown.size())
    append(out, "<p class=\"note\">{}</p>\n", more_reconnected(watched));
  out += "</section>\n";
}

void append_footer(std::string& out, const Summary& summary) {
  const std::string place = summary.origin.place().empty() ? summary.run_directory : summary.origin.place();
  const bool merged = !summary.origin.runs.empty();
  append(
      out,
      "<footer>\n<p>All times are UTC, but for those that the server wrote (Since): they are in its own "
      "zone. Made by bulkdrop {} {} {}: sessions.csv has every row, summary.json the totals, {}. This page "
      "loads nothing from anywhere.</p>\n",
      html(summary.version), merged ? "into" : "from the record in", html(place),
      merged ? "merged.json the runs; what happened stands in journal.jsonl of each"
             : "journal.jsonl what happened");
  if (merged) append_runs(out, summary.origin.runs);
  out += "</footer>\n";
}

}  // namespace bulkdrop::report
