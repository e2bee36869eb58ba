// Which row of a run asked for a session.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bulkdrop/input/seen_ids.hpp"

namespace bulkdrop::run {

// Gives the system back what indexes that are gone have left behind: their tables are too small for the
// allocator to do so by itself.
void give_back_memory();

// About 23 bytes a row, 19 after compact().
class RowIndex {
 public:
  // `ids_ignore_case`: IDs are hexadecimal digits, which name the same session in either case, as Screen has
  // it.
  explicit RowIndex(bool ids_ignore_case) : ids_ignore_case_(ids_ignore_case) {}

  // False if an earlier row asked for it already.
  bool insert(std::string_view session_id, std::uint64_t row);
  // Not const: it keeps the memory of its search.
  std::optional<std::uint64_t> find(std::string_view session_id);
  // After the last insert: gives back the room for more.
  void compact();

 private:
  [[nodiscard]] std::string_view key(std::string_view session_id);

  bool ids_ignore_case_;
  input::SeenIds ids_;
  std::string lower_;
};

}  // namespace bulkdrop::run
