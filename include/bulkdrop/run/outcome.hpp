// What became of a row: what the journal says of it, and what it follows from there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/result.hpp"
#include "bulkdrop/core/row.hpp"
#include "bulkdrop/core/status.hpp"
#include "bulkdrop/record/journal_reader.hpp"

namespace bulkdrop::run {

// Of an answer that may have been meant for another request.
inline constexpr std::string_view kOutOfStep =
    "an answer too many came over this connection: whose answer this was is not known";

using record::kAllTaken;

// What the journal at `path` says now of all rows. `taken`, `bytes`, `on_event`: see JournalReader. One
// thread.
class Outcomes {
 public:
  // Throws Error(run_directory).
  explicit Outcomes(const std::string& path, std::uint64_t taken = kAllTaken,
                    std::uint64_t bytes = record::kAllBytes, const record::OnEvent& on_event = {});

  // The row's last result; without one, what the input says of it, or that its turn never came. `unknown` if
  // a request may have gone out that left no trace, or if the result rests on an answer that turned out to be
  // worth nothing. Quick in about the order of the results. Throws Error(run_directory).
  Result of(const Row& row);
  // A request for the row may have gone out that left no trace.
  [[nodiscard]] bool left_no_trace(std::uint64_t row) const { return journal_.in_doubt(row); }

  [[nodiscard]] const record::JournalReader& journal() const { return journal_; }

 private:
  record::JournalReader journal_;
  std::unordered_map<std::uint64_t, bool> doubts_;  // row → see Doubt::settled
};

// What a result becomes whose row had an answer that is worth nothing; the result itself if it stands all the
// same. A success that came over another connection than the one in doubt proves itself (`settled` is false);
// that a session was refused or never touched is proven by all of its answers or not at all.
Result taken_back(Result result, bool settled);

// Stopped runs apart: whether every session that was asked for is gone.
ExitCode exit_code_of(const Counts& counts);

}  // namespace bulkdrop::run
