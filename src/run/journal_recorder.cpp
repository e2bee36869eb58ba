#include "bulkdrop/run/journal_recorder.hpp"

#include <algorithm>

namespace bulkdrop::run {
namespace {

// Large enough that a lease costs nothing per row, small enough that a power cut leaves few rows in doubt.
constexpr std::uint64_t kSmallestChunk = 256;
constexpr std::uint64_t kChunkPerRequest = 4;

}  // namespace

JournalRecorder::JournalRecorder(record::Journal& journal, std::uint64_t in_flight, Rows rows)
    : journal_(journal),
      chunk_(std::max(kSmallestChunk, kChunkPerRequest * in_flight) * rows.stride),
      rows_(rows),
      asked_(rows.first) {
  lease_up_to(rows.first);
}

void JournalRecorder::lease_up_to(std::uint64_t row) {
  // The next chunk is asked for when half of the last one is used up.
  if (row + chunk_ / 2 < asked_) return;
  const std::uint64_t end = std::max(row, asked_) + chunk_;
  // Rows that are leased and not asked for get no result.
  const std::uint64_t expected = (end - rows_.first) / rows_.stride + 1;
  journal_.lease(asked_, end, expected - std::min(expected, accepted_));
  asked_ = end;
}

bool JournalRecorder::may_send(std::uint64_t row) {
  lease_up_to(row);
  return row < journal_.leased();
}

void JournalRecorder::accept(const Result& result, Moment now) {
  ++accepted_;
  journal_.result(result, now.wall);
}

}  // namespace bulkdrop::run
