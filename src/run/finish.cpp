#include "bulkdrop/run/finish.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/input/originals.hpp"
#include "bulkdrop/record/journal.hpp"
#include "bulkdrop/report/tables.hpp"

namespace bulkdrop::run {
namespace {

// A row without a record: what the input says of it, or else that its turn never came.
Result without_record(const Row& row, bool may_have_been_sent) {
  Result result;
  result.row = row.number;
  result.session_id = std::string(row.session_id);
  result.message = std::string(row.message);
  result.reason = row.reason;
  switch (row.admission) {
    case Admission::invalid:
      result.status = Status::invalid;
      break;
    case Admission::duplicate:
      result.status = Status::duplicate;
      break;
    case Admission::protected_:
      result.status = Status::protected_;
      break;
    case Admission::to_drop:
      result.status = may_have_been_sent ? Status::unknown : Status::unsent;
      result.reason = may_have_been_sent ? Reason::connection_lost : Reason::not_started;
      if (may_have_been_sent) result.message = "the record of this session is lost: it may have been sent";
      break;
  }
  return result;
}

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

}  // namespace

Result outcome_of(const Row& row, std::optional<Result> recorded, std::uint64_t taken) {
  return recorded ? std::move(*recorded) : without_record(row, row.number < taken);
}

ExitCode exit_code_of(const Counts& counts) {
  for (const Status status : kAllStatuses)
    if (may_be_alive(status) && counts.of(status) > 0) return ExitCode::some_may_live;
  return ExitCode::all_gone;
}

void write_tables(const record::RunDirectory& directory, const record::RowStore& store, input::Reader& reader,
                  std::uint64_t taken, report::Summary& summary) {
  record::JournalReader journal(directory.file("journal.jsonl"));
  report::SessionTables sessions(directory.path());
  report::ErrorTally errors;
  Failures failures(directory.path(), reader);
  const auto& sources = reader.sources();
  auto cursor = store.cursor();
  Row row;
  while (cursor.next(row)) {
    const Result result = outcome_of(row, journal.result(row.number), taken);
    summary.counts.add(result.status);
    errors.add(result);
    sessions.add(row, sources[row.source].name, result);
    if (may_be_alive(result.status)) failures.add(row);
  }
  if (summary.counts.total() != store.rows())
    throw Error(ExitCode::run_directory,
                fmt::format("{}: {} rows were read, but {} have a status: the record is damaged",
                            directory.path(), store.rows(), summary.counts.total()));
  summary.errors = errors.lines();
  for (const input::SourceInfo& source : sources)
    if (source.ignored_lines > 0) summary.ignored_lines.emplace_back(source.name, source.ignored_lines);
  sessions.commit();
  summary.failed_files = failures.commit();
  summary.warnings = failures.warnings();
}

void write_summary(const record::RunDirectory& directory, const report::Summary& summary) {
  AtomicFile file(directory.file("summary.json"));
  file.buffer() = report::to_json(summary, true);
  file.commit();
}

}  // namespace bulkdrop::run
