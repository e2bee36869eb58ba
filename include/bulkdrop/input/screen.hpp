// Which of the readable rows are to be dropped: protect lists and duplicates.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bulkdrop/core/row.hpp"

namespace bulkdrop::input {

// Remembers every ID that it let through, 16 bytes each plus the table's slack: 1,000,000 IDs in about 27
// MiB.
class Screen {
 public:
  // Reads the protect lists: any format that Reader knows (`id_pattern` as for the reader). Every row of a
  // protect list must hold a usable ID: a list that can't be read whole throws Error(usage) naming file and
  // line, since an ID that silently does not protect is worse than no run.
  Screen(const std::vector<std::string>& protect_files, const std::string& id_pattern);
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;
  ~Screen();

  // Turns a to_drop row into protected_ or duplicate where it is one; leaves the others alone. Protected IDs
  // compare without regard to case (an ID is hexadecimal, and a protected session must survive a
  // different spelling of it); duplicates compare exactly. row.message lives until the next call.
  void admit(Row& row);

  [[nodiscard]] std::uint64_t distinct() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bulkdrop::input
