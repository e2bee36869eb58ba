// Results into the journal, leases ahead of the rows.
#pragma once

#include <cstdint>

#include "bulkdrop/record/journal.hpp"
#include "bulkdrop/run/seams.hpp"

namespace bulkdrop::run {

class JournalRecorder final : public Recorder {
 public:
  // `in_flight`: most requests in flight; leases are taken in chunks that keep the disk out of their way.
  JournalRecorder(record::Journal& journal, std::uint64_t in_flight);
  bool may_send(std::uint64_t row) override;
  void accept(const Result& result, Moment now) override;

 private:
  void lease_up_to(std::uint64_t row);

  record::Journal& journal_;
  std::uint64_t chunk_;
  std::uint64_t asked_ = 0;
};

}  // namespace bulkdrop::run
