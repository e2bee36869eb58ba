#include "bulkdrop/run/stored_run.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/input/screen.hpp"
#include "bulkdrop/record/begun_mark.hpp"
#include "bulkdrop/run/notes.hpp"

namespace bulkdrop::run {
namespace {

std::string label(const record::SourceRecord& source) {
  return source.name == "-" ? "standard input" : source.name;
}

// The way out where the input is not to be had again.
std::string without_input(const record::RunDirectory& directory) {
  std::string files;
  for (const std::string_view name : {"failed.csv", "failed.jsonl"})
    if (const std::string file = directory.file(name); ::access(file.c_str(), F_OK) == 0)
      files += (files.empty() ? "" : " and ") + printable(file);
  if (files.empty())
    return "there are no reports yet: put the input back, or list the sessions that are alive now with "
           "`bulkdrop list --active` and drop those";
  return fmt::format(
      "put it back, or drop what may still be alive, as of the last reports, in a run of its own: "
      "it stands in {}",
      files);
}

[[noreturn]] void changed(const record::RunDirectory& directory, const record::SourceRecord& source,
                          std::string_view how) {
  throw Error(ExitCode::bad_input,
              fmt::format("{}: {}; the run can only be worked on with its input as it was; {}", label(source),
                          how, without_input(directory)));
}

Fd lock_begun(const record::RunDirectory& directory) {
  const auto there = [&](std::string_view name) { return ::access(directory.file(name).c_str(), F_OK) == 0; };
  if (there(record::kMergedFile))
    throw Error(ExitCode::usage,
                fmt::format("{}: holds the merged report of several runs and is no run itself; name the run "
                            "directory of one: {} lists them",
                            directory.path(), directory.file(record::kMergedFile)));
  // An empty directory, too, is what a run may leave that is killed early.
  if (!there("run.json") && !there("journal.jsonl"))
    throw Error(
        ExitCode::usage,
        fmt::format(
            "{}: holds no run; if one was cut off here before it began, nothing was sent. Name the run "
            "directory of another, or run `drop` again",
            directory.path()));
  if (!there("journal.jsonl"))
    throw Error(ExitCode::usage,
                fmt::format("{}: the run was cut off before it began: nothing was sent. Run `drop` again",
                            directory.path()));
  return record::lock_journal(directory.file("journal.jsonl"));
}

}  // namespace

StoredRun::StoredRun(const std::string& path)
    : directory_(record::RunDirectory::reopen(path)),
      lock_(lock_begun(directory_)),
      record_(record::read_run_json(directory_.file("run.json"))),
      journal_(directory_.file("journal.jsonl")) {
  if (journal_.run_id() != record_.run_id)
    throw Error(ExitCode::run_directory,
                fmt::format("{}: journal.jsonl is of run {}, run.json of run {}: they don't belong together",
                            path, printable(journal_.run_id()), printable(record_.run_id)));
  directory_.remove_leftovers();
  if (journal_.parts().back().ended) record::remove_begun(directory_.file("journal.jsonl"));
}

std::vector<std::string> StoredRun::option(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [given, value] : record_.options)
    if (given == name) values.push_back(value);
  return values;
}

const record::Part* StoredRun::last_end() const {
  const auto& parts = journal_.parts();
  const auto last =
      std::find_if(parts.rbegin(), parts.rend(), [](const record::Part& part) { return part.ended; });
  return last == parts.rend() ? nullptr : &*last;
}

input::Shard StoredRun::shard() const {
  const auto values = option("shard");
  if (values.empty()) return {};
  if (const auto shard = input::shard_from_text(values.back())) return *shard;
  throw Error(ExitCode::run_directory,
              fmt::format("{}: --shard {} is no part of an input: the record is damaged",
                          directory_.file("run.json"), printable(values.back())));
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
  options.directory = record_.directory;
  for (const record::SourceRecord& source : record_.sources) options.copies.push_back(copy_of(source));
  options.stdin_whole = read_to_the_end();
  options.continued = !option("part").empty();
  options.scratch_directory = directory_.path();
  options.shard = shard();
  return options;
}

std::string StoredRun::copy_of(const record::SourceRecord& source) const {
  const std::string name = source.name == "-" ? "input" : source.copy;
  if (name.find('/') != std::string::npos)
    throw Error(ExitCode::run_directory,
                fmt::format("{}: a copy of an input is not outside of the run: the record is damaged",
                            directory_.file("run.json")));
  return name.empty() ? name : directory_.file(name);
}

std::string StoredRun::resolved(const std::string& name) const {
  return input::resolved(name, record_.directory);
}

bool StoredRun::read_to_the_end() const {
  return std::none_of(record_.sources.begin(), record_.sources.end(),
                      [](const record::SourceRecord& source) { return source.sha256.empty(); });
}

// What would take long to find out by reading, or wait for ever.
void StoredRun::check_sources_before() const {
  for (const record::SourceRecord& source : record_.sources) {
    const std::string copy = copy_of(source);
    const std::string path = copy.empty() ? resolved(source.name) : copy;
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
      const std::string why = describe_errno(errno);
      throw Error(ExitCode::bad_input, fmt::format("{}: {}; the run needs its input as it was; {}", path, why,
                                                   without_input(directory_)));
    }
    if (!S_ISREG(status.st_mode))
      changed(directory_, source, "is no regular file and can't be read a second time");
    if (!source.sha256.empty() && static_cast<std::uint64_t>(status.st_size) != source.bytes)
      changed(directory_, source, fmt::format("has {} bytes, and had {}", status.st_size, source.bytes));
  }
}

void StoredRun::check_digests(const input::Reader& reader) const {
  const auto& read = reader.sources();
  for (std::size_t i = 0; i < record_.sources.size(); ++i) {
    const record::SourceRecord& source = record_.sources[i];
    if (!source.sha256.empty() && read[i].sha256 != source.sha256)
      changed(directory_, source, "has other content than it had: its SHA-256 differs");
  }
}

// As many IDs as before may be other ones: what was kept then must be kept now.
void StoredRun::check_protected(const input::Screen& screen) const {
  const auto& known = record_.protect_lists;
  const auto& read = screen.protect_lists();
  for (std::size_t i = 0; i < std::min(known.size(), read.size()); ++i)
    if (known[i].sha256 != read[i].sha256)
      throw Error(ExitCode::bad_input,
                  fmt::format("protect list {}: has other content than it had (SHA-256); the run can only be "
                              "worked on with its protect lists as they were",
                              read[i].file));
}

void StoredRun::check_counts() const {
  const std::uint64_t known = read_to_the_end() ? record_.rows : journal_.rows_seen();
  if (store().rows() < known || (read_to_the_end() && store().rows() != known))
    throw Error(ExitCode::bad_input, fmt::format("{} rows were read, and the run had {}: its input changed",
                                                 store().rows(), known));
  if (read_to_the_end() && store().to_drop() != record_.to_drop)
    throw Error(ExitCode::bad_input,
                fmt::format("{} sessions are to be dropped, and the run had {}: a protect list changed",
                            store().to_drop(), record_.to_drop));
}

// What has no digest must at least have the IDs that are on record.
void StoredRun::check_ids() const {
  record::JournalReader journal(directory_.file("journal.jsonl"));
  auto cursor = store().cursor();
  Row row;
  while (cursor.next(row)) {
    if (row.admission != Admission::to_drop) continue;
    const auto result = journal.result(row.number);
    if (result && result->session_id != row.session_id)
      changed(directory_, record_.sources[row.source],
              fmt::format("line {} has another session ID than it had", row.line));
  }
}

StoredRun::Rows StoredRun::read(const input::Options& options, Signals& signals,
                                std::optional<std::uint64_t> most, const SeeRow& see) const {
  check_sources_before();
  std::vector<std::string> names;
  for (const record::SourceRecord& source : record_.sources) names.push_back(source.name);
  std::vector<std::string> protect_files;
  for (const std::string& name : option("protect")) protect_files.push_back(resolved(name));
  Rows rows;
  rows.reader = std::make_unique<input::Reader>(names, options);
  rows.store = std::make_unique<record::RowStore>(options.scratch_directory);
  input::Screen screen(protect_files, options.id_pattern, names);
  check_protected(screen);
  Reading reading{&*rows.store, most};
  reading.whose = false;  // whoever is asked wants to know of what is left
  reading.see = see;
  rows.plan = read_all(*rows.reader, screen, reading, signals);
  rows.plan.url = record_.url;
  check_digests(*rows.reader);
  return rows;
}

void StoredRun::read_rows(Signals& signals, Extent extent, const SeeRow& see) {
  std::optional<std::uint64_t> most;
  if (!read_to_the_end() && extent == Extent::as_it_was) most = rows_note(journal_);
  rows_ = read(input_options(), signals, most, see);
  check_counts();
  if (!read_to_the_end()) check_ids();
}

void StoredRun::settle_input() {
  auto& sources = record_.sources;
  const auto is_copy = [this](const record::SourceRecord& source) { return !copy_of(source).empty(); };
  if (read_to_the_end() || std::any_of(sources.begin(), sources.end(), is_copy)) return;
  const auto& read = rows_.reader->sources();
  for (std::size_t i = 0; i < sources.size(); ++i) sources[i] = source_record(read[i]);
  record_.rows = store().rows();
  record_.to_drop = store().to_drop();
  record::write_run_json(directory_.file("run.json"), record_);
}

StoredRun::Rows StoredRun::read_all_shards(Signals& signals, const std::string& directory) const {
  input::Options options = input_options();
  options.shard = {};
  options.scratch_directory = directory;
  return read(options, signals, std::nullopt, {});
}

std::unique_ptr<record::Journal> StoredRun::open_journal(std::function<void()> on_change) {
  return std::make_unique<record::Journal>(std::move(lock_), directory_.file("journal.jsonl"), journal_,
                                           std::move(on_change));
}

}  // namespace bulkdrop::run
