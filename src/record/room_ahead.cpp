#include "bulkdrop/record/room_ahead.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace bulkdrop::record {
namespace {

// So much at least at one go: each makes the file system write about it.
constexpr std::uint64_t kStepBytes = std::uint64_t{1} << 20;

// fallocate behind the end of a file does not look at this limit, the writes that follow do.
std::uint64_t file_size_limit() {
  rlimit limit{};
  return ::getrlimit(RLIMIT_FSIZE, &limit) == 0 ? limit.rlim_cur : RLIM_INFINITY;
}

}  // namespace

int allot(int fd, std::uint64_t offset, std::uint64_t bytes) {
  int done = 0;
  do {
    done = ::fallocate(fd, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset), static_cast<off_t>(bytes));
  } while (done != 0 && errno == EINTR);
  return done == 0 ? 0 : errno;
}

bool means_full(int error) {
  return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

std::optional<int> RoomAhead::ensure(std::uint64_t size, std::uint64_t needed) {
  if (needed > file_size_limit()) return EFBIG;
  if (!possible_ || needed <= allotted_) return std::nullopt;
  const std::uint64_t start = std::max(allotted_, size);
  int error = 0;
  for (const std::uint64_t end : {std::max(needed, start + kStepBytes), needed}) {
    error = allot(fd_, start, end - start);
    if (error == 0) {
      allotted_ = end;
      return std::nullopt;
    }
    if (!means_full(error)) break;
  }
  if (means_full(error)) return error;
  possible_ = false;
  return std::nullopt;
}

void RoomAhead::give_back(std::uint64_t size) {
  // Best effort: what can't be given back is as good as used.
  if (::ftruncate(fd_, static_cast<off_t>(size)) == 0) allotted_ = 0;
}

}  // namespace bulkdrop::record
