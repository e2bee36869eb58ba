#include "bulkdrop/run/outcome.hpp"

#include <utility>

#include "bulkdrop/report/advice.hpp"

namespace bulkdrop::run {
namespace {

Status status_of(Admission admission) {
  switch (admission) {
    case Admission::invalid:
      return Status::invalid;
    case Admission::duplicate:
      return Status::duplicate;
    case Admission::protected_:
      return Status::protected_;
    case Admission::to_drop:
      break;
  }
  return Status::unsent;
}

Result without_record(const Row& row) {
  Result result;
  result.row = row.number;
  result.session_id = std::string(row.session_id);
  result.message = std::string(row.message);
  result.reason = row.reason;
  result.status = status_of(row.admission);
  return result;
}

}  // namespace

Result taken_back(Result result, bool settled) {
  const bool rests_on_it =
      (result.status == Status::dropped && settled) ||
      (result.attempts > 0 && (result.status == Status::failed || result.status == Status::unsent));
  if (!rests_on_it) return result;
  result.status = Status::unknown;
  result.reason = Reason::bad_response;
  result.message = kOutOfStep;
  return result;
}

Outcomes::Outcomes(const std::string& path, std::uint64_t taken, std::uint64_t bytes,
                   const record::OnEvent& on_event)
    : journal_(path, taken, bytes, on_event) {
  for (const record::Doubt& doubt : journal_.doubts()) doubts_.emplace(doubt.row, doubt.settled);
}

Result Outcomes::of(const Row& row) {
  auto recorded = journal_.result(row.number);
  Result result = recorded ? std::move(*recorded) : without_record(row);
  if (row.admission != Admission::to_drop) return result;
  if (left_no_trace(row.number)) {
    result.status = Status::unknown;
    result.reason = Reason::connection_lost;
    result.message = report::kProcessEnded;
    result.finished_at.reset();
    result.duration_ms.reset();
  } else if (const auto doubt = doubts_.find(row.number); doubt != doubts_.end()) {
    return taken_back(std::move(result), doubt->second);
  }
  return result;
}

ExitCode exit_code_of(const Counts& counts) {
  for (const Status status : kAllStatuses)
    if (may_be_alive(status) && counts.of(status) > 0) return ExitCode::some_may_live;
  return ExitCode::all_gone;
}

}  // namespace bulkdrop::run
