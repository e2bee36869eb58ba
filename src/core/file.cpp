#include "bulkdrop/core/file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bulkdrop/core/temporary_name.hpp"

namespace bulkdrop {
namespace {

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

[[noreturn]] void fail(const std::string& path, std::string_view what, int error) {
  throw Error(ExitCode::run_directory, fmt::format("{}: {}: {}", path, what, describe_errno(error)));
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    reset();
    number_ = other.release();
  }
  return *this;
}

int Fd::release() {
  return std::exchange(number_, -1);
}

void Fd::reset() {
  if (number_ >= 0) ::close(number_);
  number_ = -1;
}

void write_all(int fd, std::string_view data, const std::string& path) {
  while (!data.empty()) {
    const ssize_t n = ::write(fd, data.data(), data.size());
    if (n < 0) {
      if (errno == EINTR) continue;
      fail(path, "cannot write", errno);
    }
    data.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::size_t read_at(int fd, char* out, std::size_t size, std::uint64_t offset, const std::string& path,
                    ExitCode code) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t n = ::pread(fd, out + done, size - done, static_cast<off_t>(offset + done));
    if (n < 0) {
      if (errno == EINTR) continue;
      throw Error(code, fmt::format("{}: cannot read: {}", path, describe_errno(errno)));
    }
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

std::string read_file(const std::string& path, std::size_t limit, ExitCode code) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) throw Error(code, fmt::format("{}: cannot open: {}", path, describe_errno(errno)));
  std::string content;
  for (;;) {
    const std::size_t before = content.size();
    content.resize(before + std::min<std::size_t>(64 * 1024, limit + 1 - before));
    const ssize_t n = ::read(fd.get(), content.data() + before, content.size() - before);
    if (n < 0 && errno != EINTR)
      throw Error(code, fmt::format("{}: cannot read: {}", path, describe_errno(errno)));
    content.resize(before + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    if (n == 0) return content;
    if (content.size() > limit) throw Error(code, fmt::format("{}: larger than {} bytes", path, limit));
  }
}

AtomicFile::AtomicFile(std::string path, ::mode_t mode)
    : path_(std::move(path)), temporary_(temporary_name_for(path_)), mode_(mode) {
  fd_ = Fd(::mkostemp(temporary_.data(), O_CLOEXEC));
  if (!fd_) fail(path_, "cannot create", errno);
  buffer_.reserve(kFlushBytes + kFlushBytes / 4);
}

AtomicFile::~AtomicFile() {
  if (!committed_ && fd_) ::unlink(temporary_.c_str());
}

void AtomicFile::flush() {
  write_all(fd_.get(), buffer_, path_);
  written_ += buffer_.size();
  buffer_.clear();
  if (written_ - on_its_way_ < kOnItsWayBytes) return;
  // Only a start: whether it worked is what commit() finds out.
  ::sync_file_range(fd_.get(), static_cast<off64_t>(on_its_way_),
                    static_cast<off64_t>(written_ - on_its_way_), SYNC_FILE_RANGE_WRITE);
  on_its_way_ = written_;
}

void AtomicFile::commit() {
  flush();
  if (mode_ != 0600 && ::fchmod(fd_.get(), mode_) != 0) fail(path_, "cannot set the mode", errno);
  if (::fsync(fd_.get()) != 0) fail(path_, "cannot sync", errno);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail(path_, "cannot rename", errno);
  committed_ = true;
  // The new name itself is durable only once its directory is.
  const Fd directory(::open(directory_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory && ::fsync(directory.get()) != 0 && errno != EINVAL)
    fail(path_, "cannot sync directory", errno);
}

Fd anonymous_file(const std::string& directory) {
  Fd fd(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (fd) return fd;
  // File systems without O_TMPFILE (overlayfs before 6.1, 9p, some FUSE): a named file that is unlinked at
  // once.
  std::string path = passing_name_in(directory);
  fd = Fd(::mkostemp(path.data(), O_CLOEXEC));
  if (!fd) fail(directory, "cannot create a file there", errno);
  ::unlink(path.c_str());
  return fd;
}

}  // namespace bulkdrop
