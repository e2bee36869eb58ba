#include "bulkdrop/run/spool.hpp"

#include <algorithm>
#include <cerrno>
#include <string_view>

#include <fmt/format.h>
#include <unistd.h>

namespace bulkdrop::run {
namespace {

// False if nobody reads any more.
bool give(int fd, std::string_view text, const std::string& name) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n >= 0) {
      text.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno == EPIPE) {
      return false;
    } else if (errno != EINTR) {
      throw Error(ExitCode::run_directory, fmt::format("{}: cannot write: {}", name, describe_errno(errno)));
    }
  }
  return true;
}

}  // namespace

void Spool::clear() {
  buffer_.clear();
  file_.reset();
  size_ = 0;
}

void Spool::flush() {
  if (!file_) file_ = anonymous_file(directory_);
  write_all(file_.get(), buffer_, directory_);
  size_ += buffer_.size();
  buffer_.clear();
}

void Spool::pour(int fd, const std::string& name) {
  std::string piece(static_cast<std::size_t>(std::min<std::uint64_t>(size_, kFlushBytes)), '\0');
  for (std::uint64_t at = 0; at < size_;) {
    const std::size_t n = read_at(file_.get(), piece.data(), piece.size(), at, directory_);
    if (n == 0) throw Error(ExitCode::run_directory, directory_ + ": the spooled list is gone");
    if (!give(fd, std::string_view(piece).substr(0, n), name)) return;
    at += n;
  }
  give(fd, buffer_, name);
}

}  // namespace bulkdrop::run
