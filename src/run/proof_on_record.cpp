#include "bulkdrop/run/proof_on_record.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/run/repeat_options.hpp"
#include "bulkdrop/run/verification.hpp"

namespace bulkdrop::run {

ProofOnRecord::ProofOnRecord(const record::JournalReader& journal)
    : verified_(verified_note(journal)), unverified_(unverified_note(journal)) {}

void ProofOnRecord::add(const Row& row, const Result& result) {
  if (is_active_once(result)) {
    ++active_once_.count;
    if (active_once_.first.size() < report::kMostAliveShown)
      active_once_.first.push_back({result.session_id, result.message});
  }
  if (!verified_ || row.admission != Admission::to_drop) return;
  // What the list itself proved keeps the time of the answer before it.
  if (result.finished_at && *result.finished_at > verified_->at) {
    ++results_since_;
    return;
  }
  // That a session which was never sent is listed as active changes nothing about its row.
  if (result.status == Status::unsent) ++may_be_alive_;
  if (result.reason != Reason::still_alive) return;
  ++may_be_alive_;
  if (alive_.size() < report::kMostAliveShown) alive_.push_back({result.session_id, result.message});
}

std::optional<report::Verified> ProofOnRecord::verified() const {
  std::optional<report::Verified> verified = verified_;
  if (!verified || results_since_ == 0) return verified;
  verified->results_since = results_since_;
  verified->still_alive = std::min(verified->still_alive, may_be_alive_);
  verified->alive = alive_;
  return verified;
}

void ProofOnRecord::put_into(report::Summary& summary, const record::RunRecord& run) const {
  summary.verified = verified();
  summary.active_once = active_once_;
  summary.unproven.reset();
  const auto count = [&](Status status) { return summary.counts.of(status); };
  const bool nothing_to_prove = count(Status::dropped) + count(Status::ended) + count(Status::failed) +
                                    count(Status::unknown) + count(Status::unsent) ==
                                0;
  const bool in_vain = unverified_ && !is_there();
  if (nothing_to_prove || (!in_vain && (verified_ || !ask_for_proof(run.options)))) return;
  const std::uint64_t once = active_once_.count;
  if (in_vain && once > 0) {
    summary.unproven = fmt::format(
        "one list came, which had {} as active that {} confirmed as gone, and {} could not be looked at "
        "again "
        "({})",
        once == 1 ? "1 session" : grouped(once) + " sessions", once == 1 ? "was" : "were",
        once == 1 ? "it" : "they", unverified_->why);
  } else if (in_vain && unverified_->active_once > 0) {
    summary.unproven =
        fmt::format("one list came, and the second one that it called for did not ({})", unverified_->why);
  } else if (in_vain) {
    summary.unproven = fmt::format("no list came ({})", unverified_->why);
  } else if (summary.cut_off) {
    summary.unproven = "the run was cut off before";
  } else if (summary.stopped_by) {
    summary.unproven = "the run was stopped before";
  } else {
    summary.unproven = "none is on record";
  }
}

}  // namespace bulkdrop::run
