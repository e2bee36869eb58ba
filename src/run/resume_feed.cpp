#include "bulkdrop/run/resume_feed.hpp"

#include <algorithm>
#include <utility>

namespace bulkdrop::run {

Feed::Fed ResumeFeed::next(Row& row) {
  while (cursor_.next(row))
    if (is_left(row)) return Fed::row;
  return Fed::ended;
}

bool ResumeFeed::is_left(const Row& row) {
  Result result = outcomes_.of(row);
  const bool no_trace = outcomes_.left_no_trace(row.number);
  const bool recorded = result.finished_at.has_value();
  if (row.admission != Admission::to_drop) return !recorded;
  const bool again = result.status == Status::unsent || result.cut_short ||
                     std::find(retry_.begin(), retry_.end(), result.status) != retry_.end();
  if (!no_trace && !again) return false;
  past_.recorded = recorded && !no_trace;
  past_.attempts = result.attempts;
  past_.throttled = result.throttled;
  past_.first_sent_at = result.first_sent_at;
  past_.doubt = result.status == Status::unknown;
  past_.doubt_reason = result.reason;
  past_.doubt_message = std::move(result.message);
  return true;
}

}  // namespace bulkdrop::run
