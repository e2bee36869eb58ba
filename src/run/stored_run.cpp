#include "bulkdrop/run/stored_run.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/input/screen.hpp"
#include "bulkdrop/run/repeat_options.hpp"
#include "bulkdrop/run/stored_summary.hpp"

namespace bulkdrop::run {
namespace {

std::string label(const record::SourceRecord& source) {
  return source.name == "-" ? "standard input" : source.name;
}

[[noreturn]] void changed(const record::SourceRecord& source, std::string_view how) {
  throw Error(
      ExitCode::bad_input,
      fmt::format("{}: {}; the run can only be worked on with its input as it was", label(source), how));
}

}  // namespace

StoredRun::StoredRun(const std::string& path) : directory_(record::RunDirectory::reopen(path)) {
  const auto there = [this](std::string_view name) {
    return ::access(directory_.file(name).c_str(), F_OK) == 0;
  };
  if (!there("run.json") || !there("journal.jsonl"))
    throw Error(ExitCode::usage, fmt::format("{}: holds no run; name the run directory of one", path));
  journal_ = record::lock_journal(directory_.file("journal.jsonl"));
  if (!there("summary.json"))
    throw Error(ExitCode::usage, fmt::format("{}: the run broke off before its reports were written", path));
  record_ = record::read_run_json(directory_.file("run.json"));
  summary_ = read_summary(directory_.file("summary.json"));
  summary_.run_directory = directory_.path();
  summary_.repeat_options = repeat_options(record_.options);
  read_journal();
}

void StoredRun::read_journal() {
  const record::JournalReader journal(directory_.file("journal.jsonl"));
  const record::Part& part = journal.parts().back();
  // A run that could write its end wrote a result for every row that it took.
  taken_ = part.ended ? 0 : journal.leased();
  if (summary_.stopped_by && part.stop) summary_.stopped_by = part.stop;
}

std::vector<std::string> StoredRun::option(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [given, value] : record_.options)
    if (given == name) values.push_back(value);
  return values;
}

input::Options StoredRun::input_options() const {
  const auto text = [this](std::string_view name) {
    const auto values = option(name);
    return values.empty() ? std::string() : values.back();
  };
  input::Options options;
  options.format = input::format_from_name(text("format")).value_or(input::Format::automatic);
  options.field = text("field");
  options.match = text("match");
  options.delimiter = input::delimiter_from_name(text("delimiter"));
  options.id_pattern = text("id-pattern");
  options.stream = record_.stream;
  options.stdin_file = directory_.file("input");
  options.scratch_directory = directory_.path();
  return options;
}

// A stream that was stopped was not read to its end.
bool StoredRun::read_to_the_end() const {
  return std::none_of(record_.sources.begin(), record_.sources.end(),
                      [](const record::SourceRecord& source) { return source.sha256.empty(); });
}

// What would take long to find out by reading, or wait for ever.
void StoredRun::check_sources_before() const {
  for (const record::SourceRecord& source : record_.sources) {
    const std::string path = source.name == "-" ? directory_.file("input") : source.name;
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0)
      throw Error(
          ExitCode::bad_input,
          fmt::format("{}: {}; the run needs its input as it was, and relative names from the directory "
                      "in which it was started",
                      path, describe_errno(errno)));
    if (!S_ISREG(status.st_mode)) changed(source, "is no regular file and can't be read a second time");
    if (!source.sha256.empty() && static_cast<std::uint64_t>(status.st_size) != source.bytes)
      changed(source, fmt::format("has {} bytes, and had {}", status.st_size, source.bytes));
  }
}

void StoredRun::check_sources_after() const {
  const auto& read = reader_->sources();
  for (std::size_t i = 0; i < record_.sources.size(); ++i) {
    const record::SourceRecord& source = record_.sources[i];
    if (!source.sha256.empty() && read[i].sha256 != source.sha256)
      changed(source, "has other content than it had: its SHA-256 differs");
  }
  if (store_->rows() != summary_.counts.total())
    throw Error(ExitCode::bad_input, fmt::format("{} rows were read, and the run had {}: its input changed",
                                                 store_->rows(), summary_.counts.total()));
  if (read_to_the_end() && store_->to_drop() != record_.to_drop)
    throw Error(ExitCode::bad_input,
                fmt::format("{} sessions are to be dropped, and the run had {}: a protect list changed",
                            store_->to_drop(), record_.to_drop));
}

// What has no digest must at least have the IDs that are on record.
void StoredRun::check_ids() const {
  record::JournalReader journal(directory_.file("journal.jsonl"));
  auto cursor = store_->cursor();
  Row row;
  while (cursor.next(row)) {
    if (row.admission != Admission::to_drop) continue;
    const auto result = journal.result(row.number);
    if (result && result->session_id != row.session_id)
      changed(record_.sources[row.source],
              fmt::format("line {} has another session ID than it had", row.line));
  }
}

void StoredRun::read_rows(Signals& signals) {
  check_sources_before();
  std::vector<std::string> names;
  for (const record::SourceRecord& source : record_.sources) names.push_back(source.name);
  const std::string id_pattern = input_options().id_pattern;
  reader_ = std::make_unique<input::Reader>(names, input_options());
  store_ = std::make_unique<record::RowStore>(directory_.path());
  input::Screen screen(option("protect"), id_pattern, names);
  const WakeWhileHere waking(signals, [this, &signals] {
    if (signals.stops() > 0) reader_->interrupt();
  });
  const bool whole = read_to_the_end();
  Row row;
  while (signals.stops() == 0 && (whole || store_->rows() < summary_.counts.total()) && reader_->next(row)) {
    screen.admit(row);
    store_->append(row);
  }
  if (signals.stops() > 0) {
    const bool interrupt = signals.stop_signal() == SIGINT;
    throw Error(interrupt ? ExitCode::interrupted : ExitCode::terminated,
                fmt::format("stopped by {} while the input was read", interrupt ? "SIGINT" : "SIGTERM"));
  }
  store_->flush();
  check_sources_after();
  if (!whole) check_ids();
}

std::unique_ptr<record::Journal> StoredRun::open_journal() {
  return std::make_unique<record::Journal>(std::move(journal_), directory_.file("journal.jsonl"),
                                           record::JournalReader(directory_.file("journal.jsonl")), [] {});
}

}  // namespace bulkdrop::run
