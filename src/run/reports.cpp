#include "bulkdrop/run/reports.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/histogram.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/report/tables.hpp"
#include "bulkdrop/run/failures.hpp"
#include "bulkdrop/run/notes.hpp"
#include "bulkdrop/run/outcome.hpp"
#include "bulkdrop/run/repeat_options.hpp"

namespace bulkdrop::run {
namespace {

// The numbers of the summary that come from the rows.
class Totals {
 public:
  explicit Totals(WallTime started_at) : started_at_(started_at) {}

  void add(const Result& result) {
    counts_.add(result.status);
    errors_.add(result);
    sent_ += static_cast<std::uint64_t>(result.attempts);
    retries_ += static_cast<std::uint64_t>(std::max(0, result.attempts - 1));
    throttled_ += static_cast<std::uint64_t>(result.throttled);
    if (result.answer_us) latency_us_.add(static_cast<std::uint64_t>(*result.answer_us));
    if (result.status == Status::dropped && result.finished_at)
      contained_ms_.add(
          static_cast<std::uint64_t>(std::max<std::int64_t>(0, (*result.finished_at - started_at_).count())));
  }

  void put_into(report::Summary& summary) const {
    summary.counts = counts_;
    summary.errors = errors_.lines();
    summary.requests_sent = sent_;
    summary.requests_retries = retries_;
    summary.requests_throttled = throttled_;
    summary.latency_us = latency_us_;
    summary.contained_ms = contained_ms_;
  }

 private:
  WallTime started_at_;
  Counts counts_;
  report::ErrorTally errors_;
  std::uint64_t sent_ = 0;
  std::uint64_t retries_ = 0;
  std::uint64_t throttled_ = 0;
  Histogram latency_us_;
  Histogram contained_ms_;
};

// What keeps one report from being written keeps no other from it: the first is told of.
class Trouble {
 public:
  template <typename Work>
  bool survived(Work&& work) {
    try {
      work();
      return true;
    } catch (const Error& error) {
      if (!first_) first_ = error.what();
      return false;
    }
  }
  explicit operator bool() const { return first_.has_value(); }
  const std::string& operator*() const { return *first_; }

 private:
  std::optional<std::string> first_;
};

// The tables that can be written.
class Tables {
 public:
  Tables(const record::RunDirectory& directory, input::Reader& reader, Trouble& trouble) : trouble_(trouble) {
    trouble_.survived([&] { sessions_.emplace(directory.path()); });
    trouble_.survived([&] { failures_.emplace(directory.path(), reader); });
  }

  void add(const Row& row, const std::string& source, const Result& result) {
    if (sessions_ && !trouble_.survived([&] { sessions_->add(row, source, result); })) sessions_.reset();
    if (failures_ && may_be_alive(result.status) && !trouble_.survived([&] { failures_->add(row); }))
      failures_.reset();
  }

  void commit(report::Summary& summary) {
    if (sessions_) trouble_.survived([&] { sessions_->commit(); });
    if (!failures_) return;
    trouble_.survived([&] { summary.failed_files = failures_->commit(); });
    summary.warnings = failures_->warnings();
  }

 private:
  Trouble& trouble_;
  std::optional<report::SessionTables> sessions_;
  std::optional<Failures> failures_;
};

// Throws Error(run_directory) if the rows can't be read back.
void add_rows(const record::RunDirectory& directory, const record::RowStore& store, input::Reader& reader,
              const OutcomeOf& outcome_of, report::Summary& summary, Trouble& trouble) {
  const auto& sources = reader.sources();
  Tables tables(directory, reader, trouble);
  Totals totals(summary.started_at);
  auto cursor = store.cursor();
  Row row;
  std::uint64_t rows = 0;
  for (; cursor.next(row); ++rows) {
    const Result result = outcome_of(row);
    totals.add(result);
    tables.add(row, sources[row.source].name, result);
  }
  if (rows != store.rows())
    throw Error(ExitCode::run_directory, fmt::format("{}: of {} rows that were read {} can be read back",
                                                     directory.path(), store.rows(), rows));
  tables.commit(summary);
  totals.put_into(summary);
  for (const input::SourceInfo& source : sources)
    if (source.ignored_lines > 0) summary.ignored_lines.emplace_back(source.name, source.ignored_lines);
}

// Where the rows themselves can't be read back, the journal still knows what became of them.
void add_record(std::uint64_t rows, const OutcomeOf& outcome_of, report::Summary& summary) {
  Totals totals(summary.started_at);
  Row row;
  for (row.number = 0; row.number < rows; ++row.number) totals.add(outcome_of(row));
  totals.put_into(summary);
}

void note_trouble(const std::string& trouble, report::Summary& summary) {
  std::string message = summary.stopped_by ? summary.stopped_by->message + ". Besides, not " : "not ";
  message += fmt::format(
      "every report could be written: {}; one that stands there may be of before. When that is mended, "
      "`bulkdrop report {}` writes them",
      trouble, summary.run_directory);
  summary.stopped_by = Stop{StopKind::io, ExitCode::run_directory, std::move(message)};
  summary.exit_code = static_cast<int>(ExitCode::run_directory);
}

bool asks_for_rows(const record::Part& part) {
  return part.by == kDropPart || part.by == kResumePart;
}

}  // namespace

std::string torn_end(const record::JournalReader& journal, const std::string& path) {
  const std::uint64_t torn = journal.torn_bytes();
  if (torn == 0) return {};
  return fmt::format(
      "the last {} of {} are torn, as a crash leaves them, and do not count; sessions whose record they may "
      "have held count as in doubt",
      torn == 1 ? "1 byte" : grouped(torn) + " bytes", path);
}

void add_course(const record::JournalReader& journal, bool stream, report::Summary& summary) {
  const auto& parts = journal.parts();
  const auto sent = std::find_if(parts.rbegin(), parts.rend(), asks_for_rows);
  summary.cut_off = sent == parts.rend() || !sent->ended;
  summary.finished_at = summary.cut_off ? journal.last_time() : sent->ended_at;
  summary.requests_lost = std::any_of(parts.begin(), parts.end(), [](const record::Part& part) {
    return asks_for_rows(part) && !part.ended;
  });
  summary.verified = verified_note(journal);
  summary.watched = watched_note(journal);
  summary.exit_code = static_cast<int>(exit_code_of(summary.counts));
  // A stream had more to say, perhaps.
  if (summary.cut_off && stream && summary.exit_code == static_cast<int>(ExitCode::all_gone))
    summary.exit_code = static_cast<int>(ExitCode::some_may_live);
  const auto last =
      std::find_if(parts.rbegin(), parts.rend(), [](const record::Part& part) { return part.ended; });
  if (summary.cut_off || last == parts.rend()) return;
  summary.stopped_by = last->stop;
  // What a part ends with although every row were gone.
  if (last->exit_code != 0) summary.exit_code = last->exit_code;
}

report::Summary summary_of(const record::RunRecord& run, const record::RunDirectory& directory) {
  report::Summary summary;
  summary.run_id = run.run_id;
  summary.version = run.version;
  summary.url = run.url;
  summary.reason = run.reason;
  summary.started_at = run.started_at;
  summary.run_directory = directory.path();
  summary.repeat_options = repeat_options(run.options);
  summary.login_options = login_options(run.options);
  return summary;
}

void write_rows(const record::RunDirectory& directory, const record::RowStore& store, input::Reader& reader,
                const OutcomeOf& outcome_of, report::Summary& summary) {
  Trouble trouble;
  add_rows(directory, store, reader, outcome_of, summary, trouble);
  if (trouble) note_trouble(*trouble, summary);
}

report::Summary write_reports(const ReadRun& run, const StillOpen& open) {
  Outcomes outcomes(run.directory.file("journal.jsonl"), open.taken, open.durable_bytes);
  const OutcomeOf outcome_of = [&](const Row& row) { return outcomes.of(row); };
  report::Summary summary = summary_of(run.record, run.directory);
  Trouble trouble;
  if (!trouble.survived(
          [&] { add_rows(run.directory, run.store, run.reader, outcome_of, summary, trouble); }))
    add_record(run.store.rows(), outcome_of, summary);
  add_course(outcomes.journal(), run.record.stream, summary);
  // Of a run that is going on, it is the trouble that it stops for.
  if (std::string torn = torn_end(outcomes.journal(), run.directory.file("journal.jsonl"));
      !torn.empty() && !open.stop)
    summary.warnings.push_back(std::move(torn));
  if (open.stop) {
    summary.cut_off = false;
    summary.stopped_by = open.stop;
    summary.exit_code = static_cast<int>(open.stop->exit_code);
  }
  if (trouble) note_trouble(*trouble, summary);
  write_summary(run.directory, summary);
  return summary;
}

void write_summary(const record::RunDirectory& directory, report::Summary& summary) {
  Trouble trouble;
  trouble.survived([&] {
    AtomicFile file(directory.file("summary.json"));
    file.buffer() = report::to_json(summary, true);
    file.commit();
  });
  if (trouble) note_trouble(*trouble, summary);
}

}  // namespace bulkdrop::run
