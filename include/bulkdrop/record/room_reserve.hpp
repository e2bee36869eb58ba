// Room for the reports, kept free while a run fills the disk: whoever drops sessions must be able to say
// which.
#pragma once

#include <cstdint>
#include <string>

#include "bulkdrop/core/file.hpp"

namespace bulkdrop::record {

// An anonymous file in the run directory to which so many bytes are allotted. Where the file system can't
// allot (no fallocate), it holds nothing and promises nothing.
class RoomReserve {
 public:
  // Error(run_directory) if there is no room for `bytes`, saying how much there is.
  RoomReserve(const std::string& directory, std::uint64_t bytes);

  // Gives the room back: call it right before the reports are written.
  void release();

 private:
  Fd file_;
};

}  // namespace bulkdrop::record
