#include "bulkdrop/run/drop_part.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/invoker.hpp"
#include "bulkdrop/core/version.hpp"
#include "bulkdrop/run/notes.hpp"
#include "bulkdrop/run/planning.hpp"
#include "bulkdrop/run/report_room.hpp"

namespace bulkdrop::run {
namespace {

input::Options with_copies(input::Options options, const record::RunDirectory& directory) {
  options.stdin_copy = options.pipe_copies = directory.file("input");
  options.scratch_directory = directory.path();
  return options;
}

// What a stream holds is not known before its end.
record::ProtectRecord protect_record(const input::ProtectList& list, bool read) {
  record::ProtectRecord record{list.file, list.sha256, std::nullopt};
  if (read) record.found = record::ProtectRecord::Found{list.met, list.unmet};
  return record;
}

}  // namespace

record::RunRecord record_of(const DropSettings& settings, const Plan& plan) {
  record::RunRecord record;
  record.version = std::string(version());
  record.url = settings.url;
  record.reason = settings.reason;
  record.directory = settings.directory;
  Invoker who = invoker();
  record.user = std::move(who.user);
  record.host = std::move(who.host);
  record.account = settings.account;
  record.options = settings.recorded_options;
  record.rows = plan.rows;
  record.to_drop = plan.to_drop;
  record.stream = settings.input.stream;
  for (const input::SourceInfo& source : plan.sources) record.sources.push_back(source_record(source));
  for (const input::ProtectList& list : plan.protect_lists)
    record.protect_lists.push_back(protect_record(list, !settings.input.stream));
  return record;
}

DropPart::DropPart(const DropSettings& settings, const std::string& run_id, const std::string& path,
                   WallTime now, input::Options input)
    : settings_(settings),
      run_id_(run_id),
      directory_(path, now, run_id),
      reader_(settings.files, with_copies(std::move(input), directory_.get())),
      store_(directory_.get().path()) {}

DropPart::~DropPart() = default;

void DropPart::begin(const Plan& plan, std::vector<std::pair<std::string, std::string>> options,
                     WallTime started_at, std::function<void()> wake,
                     const std::function<void(const std::string& directory)>& confine) {
  room_.emplace(path(), room_for_reports(plan.rows), std::vector<std::string>{}, room_for_record(plan.rows));
  record_ = record_of(settings_, plan);
  record_.run_id = run_id_;
  record_.run_directory = path();
  record_.started_at = started_at;
  record_.options = std::move(options);
  record::write_run_json(directory_.get().file("run.json"), record_);
  if (confine) confine(path());
  journal_.emplace(directory_.get().file("journal.jsonl"), record_, std::move(wake),
                   input_copy(settings_.input.stream));
  directory_.keep();
}

// What came through a pipe must outlive a power cut as the record does: at once, or, in stream
// mode, with each group of records.
Fd DropPart::input_copy(bool stream) {
  Fd first;
  for (const input::SourceInfo& source : reader_.sources()) {
    if (source.copy.empty()) continue;
    Fd copy(::open(source.copy.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!copy || (!stream && ::fdatasync(copy.get()) != 0))
      throw Error(ExitCode::run_directory,
                  fmt::format("cannot make {} durable: {}", source.copy, describe_errno(errno)));
    if (!first) first = std::move(copy);
  }
  return stream ? std::move(first) : Fd();
}

void DropPart::note_protection(const std::vector<input::ProtectList>& lists) {
  record_.protect_lists.clear();
  for (const input::ProtectList& list : lists) record_.protect_lists.push_back(protect_record(list, true));
}

void DropPart::note_what_was_read(WallTime now) {
  store_.flush();
  journal_->note(kRowsNote, rows_json(store_.rows()), now);
  record_.rows = store_.rows();
  record_.to_drop = store_.to_drop();
  record_.sources.clear();
  for (const input::SourceInfo& source : reader_.sources()) record_.sources.push_back(source_record(source));
  record::write_run_json(directory_.get().file("run.json"), record_);
}

}  // namespace bulkdrop::run
