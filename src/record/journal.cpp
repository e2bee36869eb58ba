#include "bulkdrop/record/journal.hpp"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/file.hpp"
#include "bulkdrop/record/group_writer.hpp"
#include "bulkdrop/record/journal_format.hpp"
#include "bulkdrop/record/run_directory.hpp"

namespace bulkdrop::record {
namespace {

[[noreturn]] void fail(std::string_view what, const std::string& path, int number) {
  throw Error(ExitCode::run_directory, fmt::format("cannot {} {}: {}", what, path, describe_errno(number)));
}

void write_header(const Fd& file, const std::string& path, const RunRecord& run) {
  // The umask can only take rights away; a later run of this user must be able to go on with the file.
  if (::fchmod(file.get(), 0600) != 0) fail("set the mode of", path, errno);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) fail("lock", path, errno);
  std::string line;
  append_header_line(line, run);
  write_all(file.get(), line, path);
  if (::fdatasync(file.get()) != 0) fail("make durable", path, errno);
  const std::string directory = std::filesystem::path(path).parent_path().string();
  sync_directory(directory.empty() ? "." : directory);
}

Fd create(const std::string& path, const RunRecord& run) {
  Fd file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) fail("create", path, errno);
  try {
    write_header(file, path, run);
  } catch (...) {
    ::unlink(path.c_str());
    throw;
  }
  return file;
}

}  // namespace

Fd lock_journal(const std::string& path) {
  Fd file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW));
  if (!file) fail("open", path, errno);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return file;
  if (errno != EWOULDBLOCK) fail("lock", path, errno);
  throw Error(ExitCode::usage, fmt::format("{} is in use: the run is still going on", path));
}

struct Journal::Impl {
  Impl(Fd file, const std::string& path, std::function<void()> on_change)
      : writer(std::move(file), path, std::move(on_change), GroupWriter::Limits{}) {}

  void append(bool urgent) {
    writer.append(line, marks, urgent);
    line.clear();
  }

  std::string line;  // keeps its memory from record to record
  GroupWriter::Marks marks;
  GroupWriter writer;
};

Journal::Journal(const std::string& path, const RunRecord& run, std::function<void()> on_change)
    : impl_(std::make_unique<Impl>(create(path, run), path, std::move(on_change))) {}

Journal::Journal(Fd locked, const std::string& path, std::uint64_t intact_bytes, std::uint64_t leased,
                 std::function<void()> on_change) {
  struct stat status {};
  if (::fstat(locked.get(), &status) != 0) fail("examine", path, errno);
  const bool torn = static_cast<std::uint64_t>(status.st_size) > intact_bytes;
  if (torn && ::ftruncate(locked.get(), static_cast<off_t>(intact_bytes)) != 0) fail("cut", path, errno);
  impl_ = std::make_unique<Impl>(std::move(locked), path, std::move(on_change));
  impl_->marks.leased = leased;
}

Journal::~Journal() = default;

void Journal::lease(std::uint64_t begin, std::uint64_t end) {
  assert(begin <= end && begin <= impl_->marks.leased);
  append_lease_line(impl_->line, begin, end);
  impl_->marks.leased = std::max(impl_->marks.leased, end);
  impl_->append(true);
}

std::uint64_t Journal::leased() const {
  return impl_->writer.durable_leased();
}

void Journal::result(const Result& result, WallTime now) {
  append_result_line(impl_->line, result, now);
  ++impl_->marks.results;
  impl_->append(false);
}

std::uint64_t Journal::durable_results() const {
  return impl_->writer.durable_results();
}

void Journal::event(std::string_view kind, std::string_view text, WallTime now) {
  append_event_line(impl_->line, kind, text, now);
  impl_->append(false);
}

void Journal::end(const std::optional<Stop>& stop, WallTime now) {
  append_end_line(impl_->line, stop, now);
  impl_->append(true);
  sync();
}

void Journal::sync() {
  if (!impl_->writer.drain()) throw Error(ExitCode::run_directory, *impl_->writer.failed());
}

std::optional<std::string> Journal::failed() const {
  return impl_->writer.failed();
}

}  // namespace bulkdrop::record
