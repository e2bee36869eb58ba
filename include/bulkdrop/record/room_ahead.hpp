// Room on the disk for what will be appended to a file, allotted before it is needed, so that a disk that
// fills up is noticed while there is still room for what must be written.
#pragma once

#include <cstdint>
#include <optional>

namespace bulkdrop::record {

// Allots blocks behind the end of a file without making it longer (fallocate). One thread at a time.
class RoomAhead {
 public:
  // Does not own the descriptor.
  explicit RoomAhead(int fd) : fd_(fd) {}

  // Makes sure that the file can grow from `size` to `needed` bytes. The errno value if there is no room on
  // the disk (ENOSPC), in the quota (EDQUOT) or below the process's file size limit (EFBIG). Empty also where
  // the file system can't allot anything: then nothing is known.
  std::optional<int> ensure(std::uint64_t size, std::uint64_t needed);

  // Gives back what lies behind `size`, the end of the file.
  void give_back(std::uint64_t size);

 private:
  int fd_;
  bool possible_ = true;
  std::uint64_t allotted_ = 0;  // the file can grow so far
};

// Allots `bytes` of `fd` from `offset` on, behind its end or not, without changing its size. 0, or the errno
// value.
int allot(int fd, std::uint64_t offset, std::uint64_t bytes);

// True for an error of allot() that means that there is no room.
bool means_full(int error);

}  // namespace bulkdrop::record
