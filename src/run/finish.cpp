#include "bulkdrop/run/finish.hpp"

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

class Failures {
 public:
  Failures(const std::string& directory, input::Reader& reader)
      : sources_(reader.sources()), originals_(reader), tables_(make(directory, sources_)) {}

  void add(const Row& row) {
    const input::SourceInfo& source = sources_[row.source];
    switch (source.format) {
      case input::Format::csv:
        if (const auto fields = originals_.fields(row)) return tables_.add_csv(source.columns, *fields);
        return tables_.add_text(row.session_id, kChanged);
      case input::Format::json:
      case input::Format::jsonl:
        if (const auto text = originals_.text(row)) return tables_.add_json(*text);
        return tables_.add_json(without_original(row));
      default:
        if (const auto text = originals_.text(row)) return tables_.add_text(row.session_id, *text);
        return tables_.add_text(row.session_id, kChanged);
    }
  }

  std::vector<std::string> commit() {
    tables_.commit();
    return tables_.files();
  }

 private:
  static constexpr std::string_view kChanged = "(the file changed during the run)";

  static std::string without_original(const Row& row) {
    std::string object = "{\"session_id\":";
    append_json_string(object, row.session_id);
    object.push_back('}');
    return object;
  }

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
};

}  // namespace

void write_tables(const record::RunDirectory& directory, const record::RowStore& store, input::Reader& reader,
                  std::uint64_t taken, report::Summary& summary) {
  record::JournalReader journal(directory.file("journal.jsonl"), store.rows());
  report::SessionTables sessions(directory.path());
  report::ErrorTally errors;
  Failures failures(directory.path(), reader);
  const auto& sources = reader.sources();
  auto cursor = store.cursor();
  Row row;
  while (cursor.next(row)) {
    std::optional<Result> recorded = journal.result(row.number);
    const Result result = recorded ? std::move(*recorded) : without_record(row, row.number < taken);
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
}

void write_summary(const record::RunDirectory& directory, const report::Summary& summary) {
  AtomicFile file(directory.file("summary.json"));
  file.buffer() = report::to_json(summary, true);
  file.commit();
}

}  // namespace bulkdrop::run
