#include "bulkdrop/policy/row_queue.hpp"

#include <algorithm>

namespace bulkdrop::policy {

Ticket RowQueue::add(std::uint64_t row, std::string_view session_id, const Past* past) {
  if (free_.empty()) {
    free_.push_back(static_cast<Ticket>(entries_.size()));
    entries_.emplace_back();
  }
  const Ticket ticket = free_.back();
  free_.pop_back();
  // Field by field: the strings keep their memory from row to row.
  Entry& entry = entries_[ticket];
  entry.row = row;
  entry.session_id.assign(session_id);
  entry.attempts = entry.throttled = entry.failures = entry.drop_errors = entry.accusations = 0;
  if (past != nullptr) {
    entry.past = *past;
    entry.doubt_reason = past->doubt_reason;
    entry.doubt_message = past->doubt_message;
  } else {
    entry.past.recorded = entry.past.doubt = false;
    entry.past.attempts = entry.past.throttled = 0;
    entry.past.first_sent_at.reset();
  }
  entry.doubt = entry.past.doubt;
  entry.reason = Reason::not_started;
  entry.http_status = 0;
  entry.error_code.reset();
  entry.answer_us.reset();
  entry.message.clear();
  entry.request_id.clear();
  entry.first_sent.reset();
  entry.in_flight = false;
  entry.in_use = true;
  fresh_.push_back(ticket);
  return ticket;
}

Entry* RowQueue::find(std::uint64_t row) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [row](const Entry& entry) { return entry.in_use && entry.row == row; });
  return found == entries_.end() ? nullptr : &*found;
}

void RowQueue::park(Ticket ticket, TimePoint due) {
  Line& line = entries_[ticket].failures <= 1 ? failed_once_ : back_of_line_;
  line.push({due, parked_so_far_++, ticket});
}

void RowQueue::release(Ticket ticket) {
  entries_[ticket].in_use = false;
  free_.push_back(ticket);
}

std::optional<Ticket> RowQueue::first_of(Line& line, TimePoint now) {
  if (line.empty() || line.top().due > now) return std::nullopt;
  const Ticket ticket = line.top().ticket;
  line.pop();
  return ticket;
}

std::optional<Ticket> RowQueue::pick(TimePoint now, Preference preference) {
  const bool fresh = preference.fresh_may_go && !fresh_.empty();
  if (!fresh || !preference.fresh_first)
    if (const auto ticket = first_of(failed_once_, now)) return ticket;
  if (!fresh) return first_of(back_of_line_, now);
  const Ticket ticket = fresh_.front();
  fresh_.pop_front();
  return ticket;
}

TimePoint RowQueue::due_at() const {
  TimePoint at = TimePoint::max();
  for (const Line* line : {&failed_once_, &back_of_line_})
    if (!line->empty()) at = std::min(at, line->top().due);
  return at;
}

}  // namespace bulkdrop::policy
