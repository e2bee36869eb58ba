#include "bulkdrop/run/bad_rows.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/run/last_reports.hpp"

namespace bulkdrop::run {

BadRows::BadRows(Console& console, SourceName source_name)
    : console_(console), source_name_(std::move(source_name)) {}

void BadRows::took(const Row& row) {
  places_.insert_or_assign(row.number, Place{row.source, row.line});
}

void BadRows::settled(const Result& result) {
  const auto found = places_.find(result.row);
  if (found == places_.end()) return;
  const Place place = found->second;
  places_.erase(found);
  // What is unsent, a stop left so, and that one is told.
  if (!may_be_alive(result.status) || result.status == Status::unsent) return;
  if (told_ == kMostBadRowsTold) return untold_.add(result.status);
  ++told_;
  console_.bad_row({source_name_(result.row, place.source), place.line, result});
}

TimePoint BadRows::look(TimePoint now) {
  if (span_ends_ <= now) {
    tell_rest();
    told_ = 0;
    span_ends_ = TimePoint::max();
  } else if (told_ > 0 && span_ends_ == TimePoint::max()) {
    span_ends_ = now + kBadRowsSpan;
  }
  return span_ends_;
}

void BadRows::end() {
  tell_rest();
}

void BadRows::tell_rest() {
  if (untold_.total() == 0) return;
  console_.log(Level::error,
               fmt::format("… and {} more in the last {} s ({}): see journal.jsonl in the run directory, or "
                           "sessions.csv when it is over",
                           grouped(untold_.total()),
                           std::chrono::duration_cast<std::chrono::seconds>(kBadRowsSpan).count(),
                           counts_text(untold_)));
  untold_ = Counts();
}

}  // namespace bulkdrop::run
