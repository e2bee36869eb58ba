#include <algorithm>

#include <fmt/format.h>

#include "bulkdrop/core/status_meaning.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/report/columns.hpp"
#include "bulkdrop/report/findings.hpp"
#include "bulkdrop/report/summary.hpp"
#include "bulkdrop/report/words.hpp"

namespace bulkdrop::report {
namespace {

constexpr std::size_t kLabelColumns = 10;  // of the facts at the end

void write_totals(TextPage& page, const Counts& counts) {
  const std::string total = grouped(counts.total());
  page.blank();
  const auto line = [&](std::string_view label, std::uint64_t number, std::string_view text) {
    const std::string start = fmt::format("  {:<9}  {:>{}}", label, grouped(number), total.size());
    page.beside(start, text, start.size() + 2);
  };
  for (const Status status : kAllStatuses) {
    if (counts.of(status) > 0) line(name(status), counts.of(status), meaning(status));
  }
  line("total", counts.total(), counts.total() == 1 ? "row read" : "rows read");
}

void write_messages(TextPage& page, const ReasonGroup& group) {
  const Said all = said(group);
  for (const auto& [count, message] : all.messages) {
    const std::string start = fmt::format("    {} × ", grouped(count));
    page.beside(start, printable(message), columns(start));
  }
  if (all.others > 0) {
    const std::string start = fmt::format("    {} × ", grouped(all.others));
    page.beside(start, "other messages: see sessions.csv", columns(start));
  }
  if (group.reason == Reason::still_alive)
    page.paragraph("Who: see the list above, or sessions.csv.", Tone::plain, 4);
}

// Every reason once, with its cause and what to do; under it what was said.
void write_errors(TextPage& page, const std::vector<ErrorLine>& errors) {
  if (errors.empty()) return;
  const std::vector<ReasonGroup> groups = by_reason(errors);
  page.heading("What went wrong");
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (i == kMaxReasons) {
      page.paragraph(
          fmt::format("… and {} more: see summary.json", counted(groups.size() - i, "reason", "reasons")),
          Tone::plain, 2);
      return;
    }
    const Advice& advice = groups[i].advice;
    page.paragraph(fmt::format("{}: {}", name(groups[i].reason), counted(groups[i].count, "row", "rows")),
                   Tone::plain, 2);
    page.paragraph(advice.cause, Tone::plain, 4);
    if (!advice.action.empty()) page.paragraph(fmt::format("To do: {}", advice.action), Tone::plain, 4);
    write_messages(page, groups[i]);
  }
}

void write_sessions(TextPage& page, std::string_view heading, const std::vector<StillAlive>& first,
                    std::uint64_t count) {
  if (count == 0) return;
  page.heading(heading);
  for (const StillAlive& session : first)
    page.beside(fmt::format("  {}  ", printable(session.session_id)), printable(session.who), 4);
  if (count > first.size())
    page.paragraph(fmt::format("… and {} more: see sessions.csv", grouped(count - first.size())), Tone::plain,
                   2);
}

void write_alive(TextPage& page, const Summary& summary) {
  if (const auto& verified = summary.verified)
    write_sessions(page, "Still alive, says the server's list", verified->alive, verified->still_alive);
  write_sessions(page, "Confirmed as gone, and alive by the server's list", summary.active_once.first,
                 summary.active_once.count);
}

void write_reconnected(TextPage& page, const std::optional<Watched>& watched) {
  if (!watched || watched->sessions == 0) return;
  page.heading("Opened by users who had lost a session");
  for (const Reconnection& session : watched->shown)
    page.beside(fmt::format("  {}  ", printable(session.session_id)), who_reconnected(session), 4);
  if (watched->sessions > watched->shown.size()) page.paragraph(more_reconnected(*watched), Tone::plain, 2);
}

void write_next(TextPage& page, const Summary& summary) {
  const std::vector<Step> steps = next_steps(summary);
  if (steps.empty()) return;
  page.heading("What next");
  for (const Step& step : steps) {
    page.paragraph(step.text, Tone::plain, 2);
    for (const std::string& command : step.commands) page.command(command);
    if (!step.more.empty()) page.paragraph(step.more, Tone::plain, 2);
  }
}

}  // namespace

std::string to_text(const Summary& summary, int width, bool colour) {
  TextPage page(width, colour);
  for (const Sentence& sentence : headline(summary)) page.paragraph(sentence.text, sentence.tone);
  write_totals(page, summary.counts);
  write_alive(page, summary);
  write_reconnected(page, summary.watched);
  write_errors(page, summary.errors);
  write_next(page, summary);
  page.blank();
  for (const auto& [label, text] : figures(summary)) page.beside(label, text, kLabelColumns);
  for (const auto& [label, text] : origins(summary)) page.beside(label, text, kLabelColumns);
  return page.take();
}

}  // namespace bulkdrop::report
