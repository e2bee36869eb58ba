// Room for the reports, kept free while a run fills the disk: whoever drops sessions must be able to say
// which.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bulkdrop/core/file.hpp"

namespace bulkdrop::record {

// An anonymous file in the run directory to which so many bytes are allotted. Where the file system can't
// allot (no fallocate), it holds nothing and promises nothing.
class RoomReserve {
 public:
  // `replaced`: reports that are there, in whose place the new ones come. Where there is no room for both,
  // theirs counts. `meanwhile`: bytes of other files that grow before release(); room for them must be there,
  // and is left to them. Error(run_directory) if there is no room for both, saying how much there is.
  RoomReserve(const std::string& directory, std::uint64_t bytes, std::vector<std::string> replaced = {},
              std::uint64_t meanwhile = 0);

  // Gives the room back: call it right before the reports are written. Removes those that are replaced if
  // their room was counted.
  void release();

 private:
  Fd file_;
  std::vector<std::string> in_the_way_;  // what release() removes
};

}  // namespace bulkdrop::record
