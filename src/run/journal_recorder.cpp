#include "bulkdrop/run/journal_recorder.hpp"

#include <algorithm>
#include <chrono>

namespace bulkdrop::run {
namespace {

// Large enough that a lease costs nothing per row, small enough that a power cut leaves few rows in doubt.
constexpr std::uint64_t kSmallestChunk = 256;
constexpr std::uint64_t kChunkPerRequest = 4;
// Each lease costs a sync at once: where rows go so quickly that one lasts for less than kLeastTime, the next
// are larger, so that a power cut leaves about as much time in doubt as ever, if not as few rows.
constexpr std::uint64_t kLargestGrowth = 16;
constexpr auto kLeastTime = std::chrono::milliseconds(100);
constexpr auto kLongTime = std::chrono::milliseconds(400);

}  // namespace

JournalRecorder::JournalRecorder(record::Journal& journal, std::uint64_t in_flight, Rows rows)
    : journal_(journal),
      smallest_chunk_(std::max(kSmallestChunk, kChunkPerRequest * in_flight) * rows.stride),
      chunk_(smallest_chunk_),
      rows_(rows),
      asked_(rows.first) {
  lease_up_to(rows.first);
}

void JournalRecorder::lease_up_to(std::uint64_t row) {
  // The next chunk is asked for when half of the last one is used up.
  if (row + chunk_ / 2 < asked_) return;
  if (asked_at_) {
    const auto lasted = now_ - *asked_at_;
    if (lasted < kLeastTime) chunk_ = std::min(2 * chunk_, kLargestGrowth * smallest_chunk_);
    if (lasted > kLongTime) chunk_ = std::max(chunk_ / 2, smallest_chunk_);
  }
  if (accepted_ > 0) asked_at_ = now_;
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
  now_ = now.wall;
  journal_.result(result, now.wall);
}

}  // namespace bulkdrop::run
