// Results into the journal, leases ahead of the rows.
#pragma once

#include <cstdint>
#include <optional>

#include "bulkdrop/record/journal.hpp"
#include "bulkdrop/run/seams.hpp"

namespace bulkdrop::run {

class JournalRecorder final : public Recorder {
 public:
  // Which rows will be asked for: from `first` on, one of `stride` (at least 1) on average.
  struct Rows {
    std::uint64_t first = 0;
    std::uint64_t stride = 1;
  };
  // `in_flight`: most requests in flight; leases are taken in chunks that keep the disk out of their way, and
  // larger ones where the server is quick. The first one is taken at once: rows of a stream are leased before
  // they arrive, so that none waits for the disk.
  JournalRecorder(record::Journal& journal, std::uint64_t in_flight, Rows rows);
  JournalRecorder(record::Journal& journal, std::uint64_t in_flight)
      : JournalRecorder(journal, in_flight, Rows()) {}
  bool may_send(std::uint64_t row) override;
  void begin(std::uint64_t end) override { journal_.begin(end); }
  void accept(const Result& result, Moment now) override;
  [[nodiscard]] std::uint64_t unwritten() const override { return journal_.unwritten_results(); }
  void hurry() override { journal_.hurry(); }
  void event(std::string_view kind, std::string_view text, WallTime now) override {
    journal_.event(kind, text, now);
  }
  [[nodiscard]] std::optional<std::string> failed() const override { return journal_.failed(); }
  [[nodiscard]] std::optional<std::string> full() const override { return journal_.full(); }
  void doubt(std::uint64_t row, bool settled) override { journal_.doubt(row, settled); }

 private:
  void lease_up_to(std::uint64_t row);

  record::Journal& journal_;
  std::uint64_t smallest_chunk_;
  std::uint64_t chunk_;
  WallTime now_{};                    // of the last result
  std::optional<WallTime> asked_at_;  // for the last lease
  Rows rows_;
  std::uint64_t accepted_ = 0;
  std::uint64_t asked_;
};

}  // namespace bulkdrop::run
