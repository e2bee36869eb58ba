#include "bulkdrop/run/journal_recorder.hpp"

#include <algorithm>

namespace bulkdrop::run {
namespace {

// Large enough that a lease costs nothing per row, small enough that a crash leaves few rows in doubt.
constexpr std::uint64_t kSmallestChunk = 256;
constexpr std::uint64_t kChunkPerRequest = 4;

}  // namespace

JournalRecorder::JournalRecorder(record::Journal& journal, std::uint64_t in_flight)
    : journal_(journal), chunk_(std::max(kSmallestChunk, kChunkPerRequest * in_flight)) {
  lease_up_to(0);  // rows of a stream are leased before they arrive, so that none waits for the disk
}

void JournalRecorder::lease_up_to(std::uint64_t row) {
  // The next chunk is asked for when half of the last one is used up.
  while (row + chunk_ / 2 >= asked_) {
    journal_.lease(asked_, asked_ + chunk_);
    asked_ += chunk_;
  }
}

bool JournalRecorder::may_send(std::uint64_t row) {
  lease_up_to(row);
  return row < journal_.leased();
}

void JournalRecorder::accept(const Result& result, Moment now) {
  journal_.result(result, now.wall);
}

}  // namespace bulkdrop::run
