#include <fmt/format.h>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/report/findings.hpp"
#include "bulkdrop/report/stream.hpp"
#include "bulkdrop/report/words.hpp"

namespace bulkdrop::report {
namespace {

std::string words_of(const StreamRun& run) {
  if (run.counts.total() == 0)
    return run.exit_code == 7 ? "its reports could not be written" : "it was stopped";
  const Outcome outcome(run.counts);
  std::string words;
  if (outcome.alive > 0)
    words = fmt::format("{} of {} may still be alive", grouped(outcome.alive),
                        counted(outcome.gone + outcome.alive, "session", "sessions"));
  if (outcome.invalid > 0)
    words += fmt::format("{}{} without a usable ID", words.empty() ? "" : ", ",
                         counted(outcome.invalid, "row", "rows"));
  return words.empty() ? fmt::format("exit code {}", run.exit_code) : words;
}

}  // namespace

std::string stream_text(const Stream& stream, int width, bool colour) {
  if (stream.runs < 2) return {};
  TextPage page(width, colour);
  Summary whole;
  whole.counts = stream.counts;
  Sentence verdict = headline(whole).front();
  if (stream.exit_code != 0) verdict.tone = Tone::bad;
  page.paragraph(verdict.text, verdict.tone);
  if (stream.unreported > 0)
    page.paragraph(fmt::format("The sessions of {} are not in these numbers.",
                               counted(stream.unreported, "run without reports", "runs without reports")),
                   Tone::bad);
  if (stream.runs_not_well > 0) {
    page.heading(fmt::format("Not all is well in {} of this stream's {}", grouped(stream.runs_not_well),
                             counted(stream.runs, "run", "runs")));
    for (const StreamRun& run : stream.not_well) {
      page.beside(fmt::format("  {}  ", printable(run.directory)), words_of(run), 4);
      if (!run.command.empty()) page.command(run.command);
    }
    if (stream.runs_not_well > stream.not_well.size())
      page.paragraph(fmt::format("… and {} more: see exit_code in the summary.json of each run",
                                 counted(stream.runs_not_well - stream.not_well.size(), "run", "runs")),
                     Tone::plain, 2);
  }
  page.heading("The last run");
  return page.take();
}

}  // namespace bulkdrop::report
