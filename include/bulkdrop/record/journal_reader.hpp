// Reads journal.jsonl, whose format journal.hpp describes: what is on record, what may have gone out without
// a trace, and whether the record can be believed.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/result.hpp"
#include "bulkdrop/core/sha256.hpp"
#include "bulkdrop/core/status.hpp"
#include "bulkdrop/core/stop.hpp"
#include "bulkdrop/record/run_record.hpp"

namespace bulkdrop::record {

inline constexpr std::uint64_t kAllTaken = std::numeric_limits<std::uint64_t>::max();
inline constexpr std::uint64_t kAllBytes = std::numeric_limits<std::uint64_t>::max();

// A row whose last result rests on an answer that may have been another row's.
struct Doubt {
  std::uint64_t row;
  bool settled;  // the answer had settled the row
  bool operator==(const Doubt&) const = default;
};

// One go at the run: the first one (`drop`), and everyone that went on with it.
struct Part {
  std::string by;
  std::vector<Status> retry;  // statuses that it was asked to send again
  WallTime t{};
  std::optional<std::uint64_t> begun_before;  // see JournalReader::begun(); of the part before it
  bool settled_any = false;                   // it has a result that is not `unsent`
  bool ended = false;                         // it came to its end; the members below say how
  std::optional<Stop> stop;
  int exit_code = 0;
  WallTime ended_at{};
  WallTime last{};  // the latest time on any record up to its last one
};

// Something worth knowing later. The views live as long as the call that hands them out.
struct Event {
  std::string_view kind;
  std::string_view text;
  WallTime t{};
};
inline constexpr std::string_view kPartOver = "over";
using OnEvent = std::function<void(const Event&)>;

// The last result of every row, in constant memory but for 8 bytes a row. One thread. The file may be open
// for writing meanwhile, in this process too; what is appended after the constructor is not seen.
class JournalReader {
 public:
  // Reads the file once and checks it: the CRC of each line, and the bytes and SHA-256 of each commit. A torn
  // end is left out (journal.hpp says what that is). Error(run_directory) for a file that can't be read or is
  // of a newer format, and for damage, naming the byte and the line.
  // `taken`: of a part that is still going on or could not write its end, rows from this number on were not
  // sent, though they were leased.
  // `bytes`: what stands behind so many is not looked at: it may not be durable.
  // `on_event` is handed every event, in order, while the constructor reads; and, where a part is over, one
  // of the kind kPartOver, with the latest time that its records have.
  explicit JournalReader(const std::string& path, std::uint64_t taken = kAllTaken,
                         std::uint64_t bytes = kAllBytes, const OnEvent& on_event = {});
  JournalReader(const JournalReader&) = delete;
  JournalReader& operator=(const JournalReader&) = delete;
  JournalReader(JournalReader&&) noexcept;
  JournalReader& operator=(JournalReader&&) noexcept;
  ~JournalReader();

  // The row's last result; empty if there is none. Quick when rows are asked for about in the order of their
  // results. Error(run_directory) if the file was changed meanwhile.
  std::optional<Result> result(std::uint64_t row);

  // True if a request for the row may have gone out that left no trace: it may have been asked for in a part
  // that did not come to its end, was to be sent in that part, and has had no result since. May have been
  // asked for: rows below begun(); where nobody knows that, those that were leased. To be sent were, in the
  // first part, every row; in a later one, the rows without a result before it and those whose last result
  // before it was `unsent`, cut short, or one of the part's `retry`.
  [[nodiscard]] bool in_doubt(std::uint64_t row) const;

  // The last part was cut off, and no row from this number on was asked for in it; empty if it has its end,
  // or nobody knows (begun_mark.hpp).
  [[nodiscard]] std::optional<std::uint64_t> begun() const;

  // Rows with a doubt line behind their last result, by row number.
  [[nodiscard]] std::vector<Doubt> doubts() const;

  // At least one: the header begins the first.
  [[nodiscard]] const std::vector<Part>& parts() const;

  // The data of the last note of this kind: a JSON object.
  [[nodiscard]] std::optional<std::string> note(std::string_view kind) const;

  // The highest row number of a result, plus 1; 0 without results.
  [[nodiscard]] std::uint64_t rows_seen() const;
  // The highest row that was leased in any part, plus 1.
  [[nodiscard]] std::uint64_t leased() const;

  // Bytes of the file that count, and those of a torn end behind them.
  [[nodiscard]] std::uint64_t intact_bytes() const;
  [[nodiscard]] std::uint64_t torn_bytes() const;
  // Of the intact bytes: a journal that is gone on with takes it up.
  [[nodiscard]] const Sha256& hash() const;

  // The latest time on any record. The wall clock may since have been set back.
  [[nodiscard]] WallTime last_time() const;

  // What the header says, to be held against run.json.
  [[nodiscard]] const std::string& run_id() const;
  [[nodiscard]] const std::string& url() const;
  [[nodiscard]] const std::vector<SourceRecord>& sources() const;  // name, bytes, rows, sha256

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bulkdrop::record
