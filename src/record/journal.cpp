#include "bulkdrop/record/journal.hpp"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/file.hpp"
#include "bulkdrop/record/begun_mark.hpp"
#include "bulkdrop/record/group_writer.hpp"
#include "bulkdrop/record/journal_file.hpp"
#include "bulkdrop/record/journal_format.hpp"
#include "bulkdrop/record/run_directory.hpp"

namespace bulkdrop::record {
namespace {

[[noreturn]] void fail(std::string_view what, const std::string& path, int number) {
  throw Error(ExitCode::run_directory, fmt::format("cannot {} {}: {}", what, path, describe_errno(number)));
}

// The room that a result takes, commit line included, and what else may have to be written at the end.
constexpr std::uint64_t kResultBytes = 512;
constexpr std::uint64_t kOtherBytes = 64 * 1024;

GroupWriter::Start write_header(const Fd& file, const std::string& path, const RunRecord& run) {
  // The umask can only take rights away; a later run of this user must be able to go on with the file.
  if (::fchmod(file.get(), 0600) != 0) fail("set the mode of", path, errno);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) fail("lock", path, errno);
  std::string lines;
  GroupWriter::Start start;
  append_header_line(lines, run);
  start.hash.add(lines);
  const std::size_t header_end = lines.size();
  append_commit_line(lines, header_end, start.hash.finish());
  start.hash.add(std::string_view(lines).substr(header_end));
  start.bytes = lines.size();
  write_all(file.get(), lines, path);
  if (::fdatasync(file.get()) != 0) fail("make durable", path, errno);
  const std::string directory = std::filesystem::path(path).parent_path().string();
  sync_directory(directory.empty() ? "." : directory);
  return start;
}

struct Opened {
  Fd file;
  GroupWriter::Start start;
};

Opened create(const std::string& path, const RunRecord& run) {
  Fd file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) fail("create", path, errno);
  try {
    GroupWriter::Start start = write_header(file, path, run);
    return {std::move(file), std::move(start)};
  } catch (...) {
    ::unlink(path.c_str());
    throw;
  }
}

// What a killed process left is made durable before anything is written behind it: it was never more than
// handed to the kernel.
Opened go_on(Fd locked, const std::string& path, const JournalReader& read) {
  struct stat status {};
  if (::fstat(locked.get(), &status) != 0) fail("examine", path, errno);
  if (static_cast<std::uint64_t>(status.st_size) != read.intact_bytes() + read.torn_bytes())
    throw Error(ExitCode::run_directory,
                fmt::format("{} changed while it was read: something else writes to it", path));
  if (read.torn_bytes() > 0 && ::ftruncate(locked.get(), static_cast<off_t>(read.intact_bytes())) != 0)
    fail("cut the torn end of", path, errno);
  if (::fdatasync(locked.get()) != 0) fail("make durable", path, errno);
  return {std::move(locked), {read.intact_bytes(), read.hash()}};
}

}  // namespace

Fd lock_journal(const std::string& path) {
  Fd file = open_journal(path, O_WRONLY | O_APPEND);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return file;
  if (errno != EWOULDBLOCK) fail("lock", path, errno);
  throw Error(ExitCode::usage, fmt::format("{} is in use: the run is still going on", path));
}

struct Journal::Impl {
  Impl(Opened opened, std::string name, std::string run, std::function<void()> on_change, Fd input_copy)
      : path(std::move(name)),
        run_id(std::move(run)),
        writer(std::move(opened.file), path, std::move(opened.start), std::move(on_change),
               GroupWriter::Limits{}, std::move(input_copy)) {}

  void append(bool is_result = false) {
    writer.append(line, is_result);
    line.clear();
  }

  void sync() {
    if (!writer.drain()) throw Error(ExitCode::run_directory, *writer.failed());
  }

  void forget_mark() {
    mark.reset();
    remove_begun(path);
  }

  const std::string path;
  const std::string run_id;
  std::uint64_t part = 1;
  std::optional<std::uint64_t> begun_before;  // to be told in the next part's line
  std::string line;                           // keeps its memory from record to record
  // Of this part.
  std::optional<std::uint64_t> leased;
  std::uint64_t unsettled = 0;      // rows leased, less results
  std::unique_ptr<BegunMark> mark;  // null before the first lease, and where the leases have to do
  GroupWriter writer;
};

Journal::Journal(const std::string& path, const RunRecord& run, std::function<void()> on_change,
                 Fd input_copy)
    : impl_(std::make_unique<Impl>(create(path, run), path, run.run_id, std::move(on_change),
                                   std::move(input_copy))) {}

Journal::Journal(Fd locked, const std::string& path, const JournalReader& read,
                 std::function<void()> on_change, Fd input_copy)
    : impl_(std::make_unique<Impl>(go_on(std::move(locked), path, read), path, read.run_id(),
                                   std::move(on_change), std::move(input_copy))) {
  impl_->part = read.parts().size();
  impl_->begun_before = read.begun();
}

Journal::~Journal() = default;

void Journal::part(std::string_view by, const std::vector<Status>& retry, WallTime now) {
  append_part_line(impl_->line, by, retry, now, std::exchange(impl_->begun_before, std::nullopt));
  impl_->append();
  impl_->sync();
  ++impl_->part;
  impl_->forget_mark();
  impl_->leased.reset();
  impl_->unsettled = 0;
  impl_->writer.restart_leases();
}

void Journal::lease(std::uint64_t begin, std::uint64_t end, std::optional<std::uint64_t> unsettled) {
  if (!impl_->leased) impl_->mark = BegunMark::make(impl_->path, impl_->run_id, impl_->part);
  const std::uint64_t leased = impl_->leased.value_or(begin);
  assert(begin <= end && begin <= leased);
  if (end > leased) impl_->unsettled += end - leased;
  if (unsettled) impl_->unsettled = *unsettled;
  impl_->leased = std::max(leased, end);
  append_lease_line(impl_->line, begin, end);
  impl_->writer.append_lease(impl_->line, *impl_->leased, impl_->unsettled * kResultBytes + kOtherBytes);
  impl_->line.clear();
}

void Journal::begin(std::uint64_t end) {
  if (!impl_->mark) return;
  std::unique_ptr<BegunMark> mark = std::move(impl_->mark);  // should it throw, that is its end
  if (mark->raise(end)) impl_->mark = std::move(mark);
}

std::uint64_t Journal::leased() const {
  return impl_->writer.durable_leased();
}

void Journal::result(const Result& result, WallTime now) {
  append_result_line(impl_->line, result, now);
  if (impl_->unsettled > 0) --impl_->unsettled;
  impl_->append(true);
}

std::uint64_t Journal::durable_bytes() const {
  return impl_->writer.durable_bytes();
}

std::uint64_t Journal::durable_results() const {
  return impl_->writer.durable_results();
}

std::uint64_t Journal::unwritten_results() const {
  return impl_->writer.unwritten_results();
}

void Journal::hurry() {
  impl_->writer.hurry();
}

void Journal::doubt(std::uint64_t row, bool settled) {
  append_doubt_line(impl_->line, row, settled);
  impl_->append();
}

void Journal::note(std::string_view kind, std::string_view json, WallTime now) {
  append_note_line(impl_->line, kind, json, now);
  impl_->append();
}

void Journal::event(std::string_view kind, std::string_view text, WallTime now) {
  append_event_line(impl_->line, kind, text, now);
  impl_->append();
}

void Journal::sync() {
  impl_->sync();
}

void Journal::end(const std::optional<Stop>& stop, int exit_code, WallTime now) {
  // A group of its own: whoever finds it intact knows that all before it was durable.
  impl_->sync();
  append_end_line(impl_->line, stop, exit_code, now);
  impl_->append();
  impl_->sync();
  impl_->forget_mark();
}

std::optional<std::string> Journal::failed() const {
  return impl_->writer.failed();
}

std::optional<std::string> Journal::full() const {
  return impl_->writer.full();
}

void Journal::release_reserve() {
  impl_->writer.release_room();
}

}  // namespace bulkdrop::record
