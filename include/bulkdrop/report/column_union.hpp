// One header for CSV files with different columns: which cell of which file goes where.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bulkdrop::report {

class ColumnUnion {
 public:
  // Adds the columns of one file; `id` is the place of its ID column in `header`, if known. Returns the place
  // of each of its columns in the union.
  std::vector<std::size_t> add(const std::vector<std::string>& header, std::optional<std::size_t> id);

  // The place of the ID column, made under `name` if there is none yet that is known to be it or called so.
  std::size_t id_column(std::string_view name);
  // The place of the first column called `name`, made if there is none.
  std::size_t column(std::string_view name);

  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  // What makes columns the same: the name in its plainest form, and how many of that name stood before it.
  using Key = std::pair<std::string, std::size_t>;
  std::size_t place(Key key, std::string_view name);

  std::vector<std::string> names_;
  std::vector<Key> keys_;
};

}  // namespace bulkdrop::report
