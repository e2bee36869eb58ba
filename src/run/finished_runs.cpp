#include "bulkdrop/run/finished_runs.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "bulkdrop/core/shell_word.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/run/last_reports.hpp"
#include "bulkdrop/run/planning.hpp"

namespace bulkdrop::run {
namespace {

void append(std::vector<std::string>& all, const std::vector<std::string>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

// By reason alone: of messages there may be any number in weeks.
void add_errors(std::vector<report::ErrorLine>& all, const std::vector<report::ErrorLine>& more) {
  for (const report::ErrorLine& line : more) {
    const auto known = std::find_if(
        all.begin(), all.end(), [&](const report::ErrorLine& error) { return error.reason == line.reason; });
    if (known == all.end())
      all.push_back({line.reason, "", line.count});
    else
      known->count += line.count;
  }
}

void add_totals(report::Summary& whole, const report::Summary& run) {
  for (const Status status : kAllStatuses) whole.counts.add(status, run.counts.of(status));
  whole.requests_sent += run.requests_sent;
  whole.requests_retries += run.requests_retries;
  whole.requests_throttled += run.requests_throttled;
  whole.finished_at = run.finished_at;
  whole.stopped_by = run.stopped_by;
  add_errors(whole.errors, run.errors);
}

int seriousness(ExitCode code) {
  switch (code) {
    case ExitCode::all_gone:
      return 0;
    case ExitCode::some_may_live:
      return 1;
    case ExitCode::run_directory:
      return 3;
    default:
      return 2;
  }
}

}  // namespace

ExitCode more_serious(ExitCode one, ExitCode other) {
  return seriousness(other) > seriousness(one) ? other : one;
}

FinishedRun finish(DropPart& part, std::optional<Stop> stop, std::uint64_t taken, const Counts& counts,
                   const Clock& clock) {
  FinishedRun run;
  run.directory = part.path();
  record::Journal& journal = part.journal();
  const auto survives = [&](auto&& work) {
    try {
      work();
    } catch (const Error& error) {
      if (stop && stop->kind == StopKind::io) return;
      run.warnings.emplace_back(error.what());
      stop = Stop{StopKind::io, error.code(), error.what()};
    }
  };
  survives([&] { part.note_what_was_read(clock.wall()); });
  append(run.warnings, oddities(part.reader().sources()));
  append(run.warnings, what_may_be_missing(part.reader().sources()));
  survives([&] {
    journal.end(stop, static_cast<int>(stop ? stop->exit_code : ExitCode::all_gone), clock.wall());
  });
  journal.release_reserve();
  part.room().release();
  try {
    run.summary = last_reports(part.read_run(), still_open(stop, taken, journal), journal, counts);
    append(run.warnings, run.summary->warnings);
  } catch (const Error& error) {
    run.trouble = error;
  } catch (const std::exception& error) {
    run.trouble = Error(ExitCode::run_directory,
                        fmt::format("{}: its reports could not be written: {}", run.directory, error.what()));
  }
  return run;
}

void FinishedRuns::add(FinishedRun run) {
  if (last_.summary)
    for (const Status status : kAllStatuses) before_last_.add(status, last_.summary->counts.of(status));
  ++stream_.runs;
  last_ = std::move(run);
  remember_if_bad();
  if (!last_.summary) {
    exit_code_ = more_serious(exit_code_, ExitCode::run_directory);
    return;
  }
  exit_code_ = more_serious(exit_code_, static_cast<ExitCode>(last_.summary->exit_code));
  if (!whole_) {
    whole_.emplace();
    whole_->started_at = last_.summary->started_at;
  }
  add_totals(*whole_, *last_.summary);
}

void FinishedRuns::remember_if_bad() {
  if (last_.summary) {
    for (const Status status : kAllStatuses) stream_.counts.add(status, last_.summary->counts.of(status));
    if (last_.summary->exit_code == 0) return;
  } else {
    ++stream_.unreported;
  }
  if (++stream_.runs_not_well > report::kMostRunsNamed) return;
  if (last_.summary) {
    stream_.not_well.push_back(report::stream_run(*last_.summary));
    stream_.not_well.back().directory = last_.directory;
  } else {
    stream_.not_well.push_back({last_.directory,
                                static_cast<int>(ExitCode::run_directory),
                                {},
                                "bulkdrop report " + shell_word(printable(last_.directory))});
  }
}

std::string FinishedRuns::line() const {
  if (!last_.summary) return last_.trouble->what();
  const std::uint64_t rows = last_.summary->counts.total();
  return fmt::format("rotated: {} is complete with {} row{}: {}", last_.directory, grouped(rows),
                     rows == 1 ? "" : "s", counts_text(last_.summary->counts));
}

RunOutcome FinishedRuns::outcome(const std::optional<Stop>& stop, WallTime now) const {
  if (last_.trouble) throw Error(*last_.trouble);
  RunOutcome outcome;
  outcome.summary = last_.summary;
  outcome.exit_code = more_serious(exit_code_, stop ? stop->exit_code : ExitCode::all_gone);
  outcome.stream = stream_;
  outcome.stream->exit_code = static_cast<int>(outcome.exit_code);
  outcome.whole = stream_.runs < 2 ? last_.summary : whole_;
  outcome.whole->exit_code = static_cast<int>(outcome.exit_code);
  outcome.whole->stopped_by = stop;
  outcome.whole->finished_at = std::max(outcome.whole->finished_at, now);
  if (stream_.runs < 2) return outcome;
  const std::string above = std::filesystem::path(last_.directory).parent_path().string();
  outcome.earlier = EarlierRuns{stream_.runs - 1, before_last_, above.empty() ? "." : above};
  return outcome;
}

}  // namespace bulkdrop::run
