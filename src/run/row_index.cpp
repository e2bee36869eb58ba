#include "bulkdrop/run/row_index.hpp"

#include <malloc.h>

#include "bulkdrop/core/text.hpp"

namespace bulkdrop::run {
namespace {

// A row number in 47 bits; a place's line is never 0.
constexpr unsigned kLineBits = 31;

input::IdPlace place_of(std::uint64_t row) {
  return {static_cast<std::uint32_t>(row & ((1U << kLineBits) - 1)) + 1,
          static_cast<std::uint16_t>(row >> kLineBits)};
}

std::uint64_t row_at(input::IdPlace place) {
  return (std::uint64_t{place.source} << kLineBits) | (place.line - 1);
}

}  // namespace

void give_back_memory() {
  ::malloc_trim(0);
}

std::string_view RowIndex::key(std::string_view session_id) {
  if (!ids_ignore_case_) return session_id;
  lower_ = lower_ascii(session_id);
  return lower_;
}

bool RowIndex::insert(std::string_view session_id, std::uint64_t row) {
  return !ids_.insert(key(session_id), place_of(row)).has_value();
}

void RowIndex::compact() {
  ids_.compact();
  give_back_memory();
}

std::optional<std::uint64_t> RowIndex::find(std::string_view session_id) {
  const auto place = ids_.find(key(session_id));
  return place ? std::optional(row_at(*place)) : std::nullopt;
}

}  // namespace bulkdrop::run
