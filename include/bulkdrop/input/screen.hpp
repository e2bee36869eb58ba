// Which of the readable rows are to be dropped: protect lists and duplicates.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "bulkdrop/core/row.hpp"
#include "bulkdrop/input/protected_ids.hpp"

namespace bulkdrop::input {

// Remembers every ID that it let through, 16 bytes each plus the table's slack: 1,000,000 IDs in about 27
// MiB, and 1,000,000 protected ones in about 18 MiB more.
class Screen {
 public:
  // Reads the protect lists: any format that Reader knows (`id_pattern` as for the reader). Every row of a
  // protect list must hold a usable ID: a list that can't be read whole throws Error(usage) naming file and
  // line, since an ID that silently does not protect is worse than no run; a list without any ID throws
  // Error(bad_input). `inputs`: the names of the rows' sources, as given to Reader, for messages.
  Screen(const std::vector<std::string>& protect_files, const std::string& id_pattern,
         std::vector<std::string> inputs = {});
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;
  ~Screen();

  // Turns a to_drop row into protected_ or duplicate where it is one; leaves the others alone. Protected IDs
  // compare without regard to case: a protected session must survive a different spelling of it. Duplicates
  // do so, too, where an ID is hexadecimal digits (no `id_pattern`), which name the same session in either
  // case; with a pattern they compare exactly. row.message lives until the next call.
  void admit(Row& row) { admit(std::span(&row, 1)); }
  // The same for several in their order, at less cost; their messages live until the next call.
  void admit(std::span<Row> rows);

  // `share` of all rows were admitted, from 0 to 1, and about as many IDs come with each share of the rest:
  // room for them is made in a few large steps, where the set would grow in many small ones.
  void expect_rest(double share);

  // Forgets every ID that it let through; what is protected stays so.
  void forget();

  [[nodiscard]] std::uint64_t distinct() const;
  [[nodiscard]] const std::vector<ProtectList>& protect_lists() const;
  // What is odd about them, as far as rows were admitted.
  [[nodiscard]] const ProtectedIds& protected_ids() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bulkdrop::input
