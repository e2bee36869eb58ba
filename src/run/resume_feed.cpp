#include "bulkdrop/run/resume_feed.hpp"

#include <algorithm>
#include <utility>

namespace bulkdrop::run {

std::optional<policy::Past> left_of(const Row& row, Outcomes& outcomes, const std::vector<Status>& retry) {
  Result result = outcomes.of(row);
  const bool no_trace = outcomes.left_no_trace(row.number);
  const bool recorded = result.finished_at.has_value();
  if (row.admission != Admission::to_drop) return recorded ? std::nullopt : std::optional(policy::Past());
  const bool again = result.status == Status::unsent || result.cut_short ||
                     std::find(retry.begin(), retry.end(), result.status) != retry.end();
  if (!no_trace && !again) return std::nullopt;
  policy::Past past;
  past.recorded = recorded && !no_trace;
  past.attempts = result.attempts;
  past.throttled = result.throttled;
  past.first_sent_at = result.first_sent_at;
  past.doubt = result.status == Status::unknown;
  past.doubt_reason = result.reason;
  past.doubt_message = std::move(result.message);
  return past;
}

Feed::Fed ResumeFeed::next(Row& row) {
  while (cursor_.next(row)) {
    auto past = left_of(row, outcomes_, retry_);
    if (!past) continue;
    past_ = *std::move(past);
    return Fed::row;
  }
  return Fed::ended;
}

}  // namespace bulkdrop::run
