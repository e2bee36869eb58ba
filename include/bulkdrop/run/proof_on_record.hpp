// What a journal has of the proof: what the last list said, what became of the rows since, and whether proof
// was asked for in vain.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bulkdrop/core/result.hpp"
#include "bulkdrop/core/row.hpp"
#include "bulkdrop/record/journal_reader.hpp"
#include "bulkdrop/record/run_record.hpp"
#include "bulkdrop/report/summary.hpp"
#include "bulkdrop/run/notes.hpp"

namespace bulkdrop::run {

// One thread.
class ProofOnRecord {
 public:
  // Throws Error(run_directory) for notes of another version.
  explicit ProofOnRecord(const record::JournalReader& journal);

  // A list came, the last time one was asked for.
  [[nodiscard]] bool is_there() const {
    return verified_ && (!unverified_ || unverified_->at <= verified_->at);
  }

  // Every row of the run, once, in input order.
  void add(const Row& row, const Result& result);

  // `verified`, `active_once` and `unproven`; the rest of `summary` is known. `run`: what was asked for.
  void put_into(report::Summary& summary, const record::RunRecord& run) const;

 private:
  [[nodiscard]] std::optional<report::Verified> verified() const;

  std::optional<report::Verified> verified_;
  std::optional<Unverified> unverified_;
  std::uint64_t results_since_ = 0;
  std::uint64_t may_be_alive_ =
      0;  // of the rows without such a result, those that the list may have as alive
  std::vector<report::StillAlive> alive_;  // the first of those that it has
  report::ActiveOnce active_once_;
};

}  // namespace bulkdrop::run
