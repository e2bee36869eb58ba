// A run directory that goes away again unless what it was made for begins.
#pragma once

#include <string>

#include "bulkdrop/record/run_directory.hpp"

namespace bulkdrop::run {

class PendingDirectory {
 public:
  // As record::RunDirectory.
  PendingDirectory(const std::string& path, WallTime now, const std::string& run_id)
      : directory_(path, now, run_id) {}
  PendingDirectory(const PendingDirectory&) = delete;
  PendingDirectory& operator=(const PendingDirectory&) = delete;
  ~PendingDirectory() {
    if (!kept_) directory_.discard();
  }
  void keep() { kept_ = true; }
  [[nodiscard]] const record::RunDirectory& get() const { return directory_; }

 private:
  record::RunDirectory directory_;
  bool kept_ = false;
};

}  // namespace bulkdrop::run
