#include "bulkdrop/report/column_union.hpp"

#include <algorithm>

#include "bulkdrop/core/text.hpp"

namespace bulkdrop::report {
namespace {

// The key of every ID column; no name in plain form holds a space.
constexpr std::string_view kIdKey = "the ID";

std::string plain(std::string_view name) {
  std::string form = folded(trimmed(name));
  std::erase_if(form, [](char c) { return c == ' ' || c == '_' || c == '-'; });
  return form;
}

}  // namespace

std::vector<std::size_t> ColumnUnion::add(const std::vector<std::string>& header,
                                          std::optional<std::size_t> id) {
  std::vector<std::size_t> places;
  std::vector<std::string> seen;
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (i == id) {
      places.push_back(place({std::string(kIdKey), 0}, header[i]));
      continue;
    }
    std::string form = plain(header[i]);
    const auto before = static_cast<std::size_t>(std::count(seen.begin(), seen.end(), form));
    seen.push_back(form);
    places.push_back(place({std::move(form), before}, header[i]));
  }
  return places;
}

std::size_t ColumnUnion::id_column(std::string_view name) {
  const auto known = std::find(keys_.begin(), keys_.end(), Key{kIdKey, 0});
  if (known != keys_.end()) return static_cast<std::size_t>(known - keys_.begin());
  return column(name);
}

std::size_t ColumnUnion::column(std::string_view name) {
  return place({plain(name), 0}, name);
}

std::size_t ColumnUnion::place(Key key, std::string_view name) {
  const auto known = std::find(keys_.begin(), keys_.end(), key);
  if (known != keys_.end()) return static_cast<std::size_t>(known - keys_.begin());
  keys_.push_back(std::move(key));
  names_.emplace_back(name);
  return names_.size() - 1;
}

}  // namespace bulkdrop::report
