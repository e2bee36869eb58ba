// The rows of a run that another part of it left to be done.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bulkdrop/core/status.hpp"
#include "bulkdrop/policy/row_queue.hpp"
#include "bulkdrop/record/row_store.hpp"
#include "bulkdrop/run/outcome.hpp"
#include "bulkdrop/run/seams.hpp"

namespace bulkdrop::run {

// What is on record of a row that is left; nothing for one that is done. A row to be dropped is left if
// nothing is on record of it, if it is `unsent`, if a request for it left no trace, or if its status is one
// to be tried again. Other rows are left if nothing is on record of them, so that it will be.
std::optional<policy::Past> left_of(const Row& row, Outcomes& outcomes, const std::vector<Status>& retry);

// Hands out what is left.
class ResumeFeed final : public Feed {
 public:
  // `store` and `outcomes` live as long.
  ResumeFeed(const record::RowStore& store, Outcomes& outcomes, const std::vector<Status>& retry)
      : cursor_(store.cursor()), outcomes_(outcomes), retry_(retry) {}
  Fed next(Row& row) override;
  [[nodiscard]] const policy::Past* past() const override { return &past_; }

 private:
  record::RowStore::Cursor cursor_;
  Outcomes& outcomes_;
  std::vector<Status> retry_;
  policy::Past past_;
};

}  // namespace bulkdrop::run
