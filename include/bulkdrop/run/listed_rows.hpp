// Takes the session list and keeps, of a list of any length, what it says of the rows of a run.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bulkdrop/core/status.hpp"
#include "bulkdrop/run/kept_texts.hpp"
#include "bulkdrop/run/losses.hpp"
#include "bulkdrop/run/row_index.hpp"
#include "bulkdrop/run/session_fetch.hpp"
#include "bulkdrop/run/verification.hpp"

namespace bulkdrop::run {

// About 19 bytes a row that is expected and 9 more a row of the run: 1,000,000 rows in about 30 MiB.
class ListedRows final : public SessionTaker {
 public:
  // `directory`: for a scratch file. `ids_ignore_case`: as for RowIndex. `losses`: is told of each row that
  // is listed, if it is not null; must live as long.
  ListedRows(const std::string& directory, std::uint64_t rows, bool ids_ignore_case,
             Losses* losses = nullptr);

  // A row to look out for. Of rows with the same ID the first counts: the others are duplicates.
  void expect(std::uint64_t row, std::string_view session_id, Status status);
  // There are no more: gives memory back.
  void expect_no_more() { index_.compact(); }
  [[nodiscard]] bool expects(std::uint64_t row) const { return expected_[row]; }
  [[nodiscard]] std::uint64_t expected() const { return count_; }

  void restart() override;
  // Where the list has an ID several times, alive once is alive.
  void take(const pam::ListedSession& session) override;

  [[nodiscard]] Listing listing(std::uint64_t row) const;
  // How the list has it. Empty if it is not listed, and for a row that is gone and listed as ended.
  [[nodiscard]] std::string words(std::uint64_t row) const;

 private:
  RowIndex index_;
  Losses* losses_;
  std::uint64_t count_ = 0;
  std::vector<bool> expected_;
  std::vector<bool> gone_;
  // By row: Listing in two bits, above them the words' place + 1. Made with the first list, when whoever read
  // the rows has given its memory back.
  std::vector<std::uint64_t> found_;
  KeptTexts words_;
};

}  // namespace bulkdrop::run
