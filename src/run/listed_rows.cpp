#include "bulkdrop/run/listed_rows.hpp"

#include <algorithm>

#include "bulkdrop/core/text.hpp"

namespace bulkdrop::run {
namespace {

constexpr unsigned kListingBits = 2;
constexpr std::uint64_t kListingMask = (1U << kListingBits) - 1;

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

ListedRows::ListedRows(const std::string& directory, std::uint64_t rows, bool ids_ignore_case)
    : ids_ignore_case_(ids_ignore_case), expected_(rows), gone_(rows), found_(rows), words_(directory) {}

std::string_view ListedRows::key(std::string_view session_id) {
  if (!ids_ignore_case_) return session_id;
  lower_ = lower_ascii(session_id);
  return lower_;
}

void ListedRows::expect(std::uint64_t row, std::string_view session_id, Status status) {
  if (ids_.insert(key(session_id), place_of(row))) return;
  expected_[row] = true;
  gone_[row] = is_gone(status);
  ++count_;
}

void ListedRows::restart() {
  std::fill(found_.begin(), found_.end(), 0);
  words_.clear();
}

void ListedRows::take(const pam::ListedSession& session) {
  if (!pam::has_usable_id(session)) return;
  const auto place = ids_.find(key(session.session_id));
  if (!place) return;
  const std::uint64_t row = row_at(*place);
  const Listing known = listing(row);
  const Listing now = listing_of(session);
  if (known == Listing::active || known == now) return;
  const bool telling = now == Listing::active || !gone_[row];
  const std::uint64_t where = telling ? words_.keep(listed_words(session)) + 1 : 0;
  found_[row] = (where << kListingBits) | static_cast<std::uint64_t>(now);
}

Listing ListedRows::listing(std::uint64_t row) const {
  return static_cast<Listing>(found_[row] & kListingMask);
}

std::string ListedRows::words(std::uint64_t row) const {
  const std::uint64_t where = found_[row] >> kListingBits;
  return where == 0 ? std::string() : words_.at(where - 1);
}

}  // namespace bulkdrop::run
