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
#include "bulkdrop/input/originals.hpp"
#include "bulkdrop/report/tables.hpp"
#include "bulkdrop/run/notes.hpp"
#include "bulkdrop/run/outcome.hpp"
#include "bulkdrop/run/repeat_options.hpp"

namespace bulkdrop::run {
namespace {

// A JSON record with `id` at `pointer`, where its source has it (under session_id if that is not known), and
// with the record's text if that can't stand for itself.
std::string json_record(std::string_view pointer, std::optional<std::string_view> id,
                        std::optional<std::string_view> original) {
  if (!pointer.starts_with('/')) pointer = "/session_id";
  std::string object;
  std::size_t depth = 0;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const std::size_t end = std::min(pointer.find('/'), pointer.size());
    std::string key;
    for (std::size_t i = 0; i < end; ++i) {
      const bool escaped = pointer[i] == '~' && i + 1 < end;  // RFC 6901 §3
      key.push_back(escaped ? (pointer[++i] == '0' ? '~' : '/') : pointer[i]);
    }
    object.push_back('{');
    append_json_string(object, key);
    object.push_back(':');
    ++depth;
    pointer.remove_prefix(end);
  }
  if (id) {
    append_json_string(object, *id);
  } else {
    object += "null";
  }
  object.append(depth - 1, '}');
  if (original) {
    object += ",\"original\":";
    append_json_string(object, *original);
  }
  object.push_back('}');
  return object;
}

class Failures {
 public:
  Failures(const std::string& directory, input::Reader& reader)
      : sources_(reader.sources()),
        originals_(reader),
        tables_(make(directory, sources_)),
        lost_(sources_.size()) {}

  // A row that is fed back as it is written must not fare better than it did: one that was not readable, or
  // had no ID, is written so that it has none.
  void add(const Row& row) {
    const input::SourceInfo& source = sources_[row.source];
    const bool malformed = row.admission == Admission::invalid && row.reason == Reason::malformed_row;
    const bool without_id =
        malformed || (row.admission == Admission::invalid && row.reason == Reason::missing_field);
    const auto text = originals_.text(row);
    if (!text) ++lost_[row.source];
    switch (source.format) {
      case input::Format::csv:
        if (!text) return tables_.add_csv_id(source.columns, row.session_id);
        if (malformed) return tables_.add_csv_malformed(source.columns, *text);
        return tables_.add_csv(source.columns, originals_.fields(row).value());
      case input::Format::json:
      case input::Format::jsonl:
        if (without_id)
          return tables_.add_json(json_record(source.field, std::nullopt, text.value_or(kChanged)));
        if (!text) return tables_.add_json(json_record(source.field, row.session_id, std::nullopt));
        return tables_.add_json(*text);
      default:
        return tables_.add_text(row.session_id, text.value_or(kChanged));
    }
  }

  std::vector<std::string> commit() {
    tables_.commit();
    return tables_.files();
  }

  // What is to be said of files that somebody wrote to meanwhile.
  [[nodiscard]] std::vector<std::string> warnings() const {
    std::vector<std::string> all;
    for (std::uint32_t i = 0; i < sources_.size(); ++i) {
      if (lost_[i] == 0 && !originals_.changed(i)) continue;
      all.push_back(fmt::format(
          "{}: the input changed during the run, which went by what it had read before; {}",
          sources_[i].name == "-" ? "standard input" : sources_[i].name,
          lost_[i] == 0
              ? std::string("what was added or changed since was not looked at")
              : fmt::format("{} that may still be alive {} given by ID only, without {} other columns",
                            lost_[i] == 1 ? "1 row" : grouped(lost_[i]) + " rows",
                            lost_[i] == 1 ? "is" : "are", lost_[i] == 1 ? "its" : "their")));
    }
    return all;
  }

 private:
  static constexpr std::string_view kChanged = "(the file changed during the run)";

  static report::FailedTables make(const std::string& directory,
                                   const std::vector<input::SourceInfo>& sources) {
    std::vector<std::vector<std::string>> headers;
    std::vector<std::string> id_columns;
    bool json = false;
    bool text = false;
    for (const input::SourceInfo& source : sources) {
      if (source.format == input::Format::csv) {
        headers.push_back(source.columns);
        id_columns.push_back(source.field);
      } else if (source.format == input::Format::json || source.format == input::Format::jsonl) {
        json = true;
      } else {
        text = true;
      }
    }
    return {directory, headers, json, text, id_columns};
  }

  std::vector<input::SourceInfo> sources_;
  input::Originals originals_;
  report::FailedTables tables_;
  std::vector<std::uint64_t> lost_;  // rows of each source whose original can't be read any more
};

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
  Tables(const ReadRun& run, Trouble& trouble) : trouble_(trouble) {
    trouble_.survived([&] { sessions_.emplace(run.directory.path()); });
    trouble_.survived([&] { failures_.emplace(run.directory.path(), run.reader); });
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

void add_rows(const ReadRun& run, Outcomes& outcomes, Totals& totals, Tables& tables) {
  const auto& sources = run.reader.sources();
  auto cursor = run.store.cursor();
  Row row;
  std::uint64_t rows = 0;
  for (; cursor.next(row); ++rows) {
    const Result result = outcomes.of(row);
    totals.add(result);
    tables.add(row, sources[row.source].name, result);
  }
  if (rows != run.store.rows())
    throw Error(ExitCode::run_directory, fmt::format("{}: of {} rows that were read {} can be read back",
                                                     run.directory.path(), run.store.rows(), rows));
}

// Where the rows themselves can't be read back, the journal still knows what became of them.
void add_record(const ReadRun& run, Outcomes& outcomes, Totals& totals) {
  Row row;
  for (row.number = 0; row.number < run.store.rows(); ++row.number) totals.add(outcomes.of(row));
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

// What the journal says of the run as a whole.
void add_course(const record::JournalReader& journal, const std::optional<Stop>& unrecorded,
                report::Summary& summary) {
  const auto& parts = journal.parts();
  const auto sent = std::find_if(parts.rbegin(), parts.rend(), asks_for_rows);
  summary.cut_off = sent == parts.rend() || !sent->ended;
  summary.finished_at = summary.cut_off ? journal.last_time() : sent->ended_at;
  summary.verified = verified_note(journal);
  summary.watched = watched_note(journal);
  summary.exit_code = static_cast<int>(exit_code_of(summary.counts));
  if (unrecorded) {
    summary.cut_off = false;
    summary.stopped_by = unrecorded;
    summary.exit_code = static_cast<int>(unrecorded->exit_code);
    return;
  }
  const auto last =
      std::find_if(parts.rbegin(), parts.rend(), [](const record::Part& part) { return part.ended; });
  if (summary.cut_off || last == parts.rend()) return;
  summary.stopped_by = last->stop;
  // What a part ends with although every row were gone.
  if (last->exit_code != 0) summary.exit_code = last->exit_code;
}

report::Summary summary_of(const record::RunRecord& run, const std::string& directory) {
  report::Summary summary;
  summary.run_id = run.run_id;
  summary.version = run.version;
  summary.url = run.url;
  summary.reason = run.reason;
  summary.started_at = run.started_at;
  summary.run_directory = directory;
  summary.repeat_options = repeat_options(run.options);
  summary.login_options = login_options(run.options);
  return summary;
}

}  // namespace

report::Summary write_reports(const ReadRun& run, const StillOpen& open) {
  Outcomes outcomes(run.directory.file("journal.jsonl"), open.taken, open.durable_bytes);
  report::Summary summary = summary_of(run.record, run.directory.path());
  for (const input::SourceInfo& source : run.reader.sources())
    if (source.ignored_lines > 0) summary.ignored_lines.emplace_back(source.name, source.ignored_lines);
  Trouble trouble;
  {
    Tables tables(run, trouble);
    Totals totals(run.record.started_at);
    const bool read = trouble.survived([&] { add_rows(run, outcomes, totals, tables); });
    if (read) {
      tables.commit(summary);
    } else {
      totals = Totals(run.record.started_at);
      add_record(run, outcomes, totals);
    }
    totals.put_into(summary);
  }
  add_course(outcomes.journal(), open.stop, summary);
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
