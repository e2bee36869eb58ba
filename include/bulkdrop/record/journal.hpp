// journal.jsonl: the record of truth, append-only. All else in the run directory can be made from it and the
// input.
//
// Format, version 1. One JSON object a line (UTF-8, LF), so that jq reads it; members always stand in the
// order given here, without white space. The first member, `k`, says what the line is; the last one, `crc`,
// is the CRC-32C (RFC 3720 §12.1) of all bytes of the line before `,"crc":`, as 8 lower-case hexadecimal
// digits. A member that has nothing to say is absent. Times are UTC, RFC 3339 with milliseconds. A reader
// skips kinds that it does not know.
//
//   header  The first line, and durable before any other is written: what the run was asked to do.
//     v           1: the version of this format; a change that an old reader would misread gets a new one
//     run_id, version, url
//     reason      --reason
//     started_at
//     stream      true in stream mode; then rows and to_drop are absent
//     rows        rows read, from all sources
//     to_drop     of these, rows with a usable ID that is neither a duplicate nor protected
//     sources     array of {name, bytes, rows, sha256}; the last three absent where not known yet
//   lease   Rows that may be sent from now on; durable before the first request of any of them.
//           A row that was leased and has no result may have been sent.
//     a, b        the rows a, a+1, …, b-1; rows are numbered from 0, over all sources in input order
//   result  The outcome of a row. If a row has several, the last one counts.
//     row         its number
//     id          its session ID, at most 300 bytes
//     status, reason
//     http        HTTP status of the last answer
//     code        the server's error_code
//     msg         the server's words or ours, at most 500 bytes
//     rid         the server's X-Request-Id, at most 200 bytes
//     n           requests that went out on the wire
//     sent        when the first of them did
//     done        when the outcome was clear
//     ms          from the first request to the end
//     t           when this was recorded, if that is not what `done` says
//   event   Something worth knowing later.
//     kind        a word: stop, pause, window, rate, stray, verify, reconnected, …
//     text        for a person, at most 2000 bytes
//     t           when
//   end     The run is over; all of its results stand before this line. What worked on the run afterwards
//           (verify) adds events and results, and an end of its own with the same stop.
//     stop        what stopped it (stopped_by in summary.json); absent if it ran to its end
//     exit, text  the exit code and the message that go with `stop`
//     t           when
//
// The lines of a small run, broken here for the page (the digest is shortened):
//
//   {"k":"header","v":1,"run_id":"5e884898","version":"0.1.0","url":"https://pam.example",
//     "started_at":"2026-11-21T03:04:05.678Z","rows":2,"to_drop":2,
//     "sources":[{"name":"export.csv","bytes":112,"rows":2,"sha256":"…"}],"crc":"71cfb171"}
//   {"k":"lease","a":0,"b":2,"crc":"40b5bd53"}
//   {"k":"result","row":0,"id":"3fcf1e4a16104e328d6794e1b9693cfc457871d2","status":"dropped","reason":"ok",
//     "http":200,"code":0,"msg":"Session dropped","n":1,"sent":"2026-11-21T03:04:05.700Z",
//     "done":"2026-11-21T03:04:05.741Z","ms":41,"crc":"25f57c7e"}
//   {"k":"event","kind":"pause","text":"the server asked for 12 s","t":"2026-11-21T03:04:05.900Z",
//     "crc":"286c1703"}
//   {"k":"end","t":"2026-11-21T03:04:06.100Z","crc":"8aaae652"}
//
// A crash can leave the end of the file torn: bytes that are no whole, intact line, with no intact line after
// them. A crash tears only what was never reported durable, so a reader ignores it. A line that is not intact
// with an intact one after it is damage, and a reader refuses the file.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/result.hpp"
#include "bulkdrop/core/stop.hpp"

namespace bulkdrop::record {

struct SourceRecord {
  std::string name;
  std::string format;
  std::string encoding;
  std::string field;
  std::uint64_t bytes = 0;
  std::uint64_t rows = 0;
  std::string sha256;
};

// What was asked: run.json in full, the journal's header in short.
struct RunRecord {
  std::string run_id;
  std::string version;
  std::string url;
  std::optional<std::string> reason;
  WallTime started_at{};
  std::vector<std::pair<std::string, std::string>> options;  // long name without dashes → value; no secrets
  std::vector<SourceRecord> sources;  // in stream mode, sizes and digests are unknown at the start (0, empty)
  std::uint64_t rows = 0;
  std::uint64_t to_drop = 0;
  bool stream = false;
};

// Writes run.json atomically: `schema` 1 and the members of RunRecord in their order below `run_id`.
// `options` is an object of strings (an array of strings for an option given several times), `sources` an
// array of objects. In stream mode, what is not known before the sources' digests are is null.
// Error(run_directory).
void write_run_json(const std::string& path, const RunRecord& run);

// Reads it back. Error(run_directory) for a file that can't be read or is of a newer format.
RunRecord read_run_json(const std::string& path);

// Opens an existing journal for appending and locks it. Error(usage) if another process has it locked,
// Error(run_directory) for other trouble.
Fd lock_journal(const std::string& path);

// Appends to a journal through one writer thread, which makes records durable in groups: one fdatasync for at
// most 20 ms or about 64 records; a lease at once. Records stand in the file in the order of the calls. All
// calls come from one thread (the loop) unless they say otherwise; none of them waits for the disk unless it
// says so.
class Journal {
 public:
  // Creates the file (O_APPEND|O_CLOEXEC|O_NOFOLLOW|O_EXCL), locks it and writes the header durably.
  // `on_change` is called from the writer thread whenever leases or results became durable or writing
  // failed, until the destructor has returned: it must be thread-safe and quick (the loop's wake-up) and must
  // not throw. Throws Error(run_directory) and leaves no file of its own behind.
  Journal(const std::string& path, const RunRecord& run, std::function<void()> on_change);
  // Goes on with a journal: what lock_journal() gave for `path`, and what a JournalReader said of it since.
  // Behind `intact_bytes` it is cut off: a torn end. Errors as above.
  Journal(Fd locked, const std::string& path, std::uint64_t intact_bytes, std::uint64_t leased,
          std::function<void()> on_change);
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  // Writes what is pending and unlocks the file. Errors at this point are lost: call end() before.
  ~Journal();

  // Promises that rows [begin, end) may be sent once leased() reaches `end`. Leases follow each other without
  // a gap: `begin` is at most the end of the one before.
  void lease(std::uint64_t begin, std::uint64_t end);
  // Rows below this number are durably leased. Any thread.
  [[nodiscard]] std::uint64_t leased() const;

  // Waits only while more than 8 MiB are not yet written: the disk is slower than the server. (So do lease
  // and event.)
  void result(const Result& result, WallTime now);
  // How many results are durable. Any thread.
  [[nodiscard]] std::uint64_t durable_results() const;

  // Something worth knowing later: `kind` is a word (`stop`, `pause`, `window`, `stray`), `text` for a
  // person.
  void event(std::string_view kind, std::string_view text, WallTime now);

  // Waits until everything so far is durable. Throws Error(run_directory) with what failed() says.
  void sync();

  // The run is over: writes the end record and makes everything durable. Waits for that. Throws
  // Error(run_directory) with what failed() says.
  void end(const std::optional<Stop>& stop, WallTime now);

  // The first write or sync error, which is final: nothing is written after it. Any thread.
  [[nodiscard]] std::optional<std::string> failed() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Reads a journal: the last result of every row, in constant memory but for 8 bytes a row. One thread. The
// file may still be open for writing in this process; what is appended after the constructor is not seen.
class JournalReader {
 public:
  // Reads and checks all records (CRC of each line) of a run of `rows` rows. A torn end is ignored.
  // Error(run_directory) for a file that can't be read or is of a newer format, for damage elsewhere, naming
  // the byte, and for a row number beyond `rows`.
  JournalReader(const std::string& path, std::uint64_t rows);
  JournalReader(const JournalReader&) = delete;
  JournalReader& operator=(const JournalReader&) = delete;
  ~JournalReader();

  // The row's result; empty if there is none. Quick when rows are asked for about in the order of their
  // results. Error(run_directory) if the file was changed meanwhile.
  std::optional<Result> result(std::uint64_t row);
  // Rows below this were leased: one of them without a result may have been sent.
  [[nodiscard]] std::uint64_t leased() const;
  // Bytes of the file up to the end of its last intact record.
  [[nodiscard]] std::uint64_t intact_bytes() const;
  // True if there is an end record; then also what had stopped the run, if anything did.
  [[nodiscard]] bool ended() const;
  [[nodiscard]] const std::optional<Stop>& stop() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bulkdrop::record
