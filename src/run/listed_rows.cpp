#include "bulkdrop/run/listed_rows.hpp"

namespace bulkdrop::run {
namespace {

constexpr unsigned kListingBits = 2;
constexpr std::uint64_t kListingMask = (1U << kListingBits) - 1;

}  // namespace

ListedRows::ListedRows(const std::string& directory, std::uint64_t rows, bool ids_ignore_case, Losses* losses)
    : index_(ids_ignore_case), losses_(losses), expected_(rows), gone_(rows), words_(directory) {}

void ListedRows::expect(std::uint64_t row, std::string_view session_id, Status status) {
  if (!index_.insert(session_id, row)) return;
  expected_[row] = true;
  gone_[row] = is_gone(status);
  ++count_;
}

void ListedRows::restart() {
  found_.assign(expected_.size(), 0);
  words_.clear();
  if (losses_ != nullptr) losses_->begin_list_after();
}

void ListedRows::take(const pam::ListedSession& session) {
  if (!pam::has_usable_id(session)) return;
  const auto found = index_.find(session.session_id);
  if (!found) return;
  const std::uint64_t row = *found;
  if (losses_ != nullptr) losses_->listed_after(row, session);
  const Listing known = listing(row);
  const Listing now = listing_of(session);
  if (known == Listing::active || known == now) return;
  const bool telling = now == Listing::active || !gone_[row];
  const std::uint64_t where = telling ? words_.keep(listed_words(session)) + 1 : 0;
  found_[row] = (where << kListingBits) | static_cast<std::uint64_t>(now);
}

Listing ListedRows::listing(std::uint64_t row) const {
  return row < found_.size() ? static_cast<Listing>(found_[row] & kListingMask) : Listing::absent;
}

std::string ListedRows::words(std::uint64_t row) const {
  const std::uint64_t where = row < found_.size() ? found_[row] >> kListingBits : 0;
  return where == 0 ? std::string() : words_.at(where - 1);
}

}  // namespace bulkdrop::run
