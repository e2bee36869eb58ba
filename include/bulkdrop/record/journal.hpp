// journal.jsonl: the record of truth, append-only. All else in the run directory can be made from it and the
// input.
//
// Format, version 1. One JSON object a line (UTF-8, LF), so that jq reads it; members always stand in the
// order given here, without white space. The first member, `k`, says what the line is; the last one, `crc`,
// is the CRC-32C (RFC 3720 §12.1) of all bytes of the line before `,"crc":`, as 8 lower-case hexadecimal
// digits. A member that has nothing to say is absent. Times are UTC, RFC 3339 with milliseconds. A reader
// skips kinds that it does not know.
//
//   header  The first line, and durable before any other is written: what the run was asked to do. It begins
//           the first part, which is by `drop`.
//     v           1: the version of this format; a change that an old reader would misread gets a new one
//     run_id, version, url
//     reason      --reason
//     started_at
//     stream      true in stream mode; then rows and to_drop are absent
//     rows        rows read, from all sources
//     to_drop     of these, rows with a usable ID that is neither a duplicate nor protected
//     sources     array of {name, bytes, rows, sha256}; the last three absent where not known yet
//   part    Somebody goes on with the run. A part ends with an end line; if the next part comes first, it was
//           cut off.
//     by          the command: resume, verify, report
//     retry       array of the statuses whose rows it sends again, besides unsent ones
//     begun       the part before was cut off, and no row from this number on was asked for in it; absent if
//                 it was not, or nobody knows (begun_mark.hpp)
//     t           when
//   lease   Rows that may be sent from now on in this part; durable before the first request of any of them.
//           A row that was leased and has no result may have been sent, if the part was cut off and nobody
//           knows better (begun_mark.hpp).
//     a, b        the rows a, a+1, …, b-1; rows are numbered from 0, over all sources in input order. The
//                 first lease of a part begins anywhere, the others where the one before ended or earlier
//   result  The outcome of a row. If a row has several, the last one counts.
//     row         its number
//     id          its session ID, at most 300 bytes
//     status
//     cut         true if the run was stopped before the row had all its attempts; a later part sends it
//                 again
//     reason
//     http        HTTP status of the last answer
//     code        the server's error_code
//     msg         the server's words or ours, at most 500 bytes
//     rid         the server's X-Request-Id, at most 200 bytes
//     n           requests that went out on the wire
//     thr         of them, turned away for being too many; absent if none
//     sent        when the first of them did
//     done        when the outcome was clear
//     ms          from the first request to the end
//     us          microseconds that the last answered request took
//     t           when this was recorded, if that is not what `done` says
//   doubt   An answer to this row came over a connection that mixes answers up: tells about the row's results
//           that stand before it.
//     row
//     settled     true if that answer had settled the row
//   event   Something worth knowing later, for a person.
//     kind        a word: stop, pause, window, rate, stray, verify, reconnected, …
//     text        at most 2000 bytes
//     t           when
//   note    Something that a later part needs. The last note of a kind counts.
//     kind        a word: verified, …
//     data        an object, at most 1 MiB
//     t           when
//   end     The part is over; all of its results stand before this line, and were durable before it was
//           written.
//     rc          the part's exit code
//     stop        what stopped it (stopped_by in summary.json); absent if it ran to its end
//     exit, text  the exit code and the message that go with `stop`
//     t           when
//   commit  The last line of a group: what is made durable at one go.
//     bytes       of the file before this line
//     sha256      of all of these bytes, 64 lower-case hexadecimal digits
//
// The lines of a small run, broken here for the page (the digests are shortened):
//
//   {"k":"header","v":1,"run_id":"5e884898","version":"0.1.0","url":"https://pam.example",
//     "started_at":"2026-11-21T03:04:05.678Z","rows":2,"to_drop":2,
//     "sources":[{"name":"export.csv","bytes":112,"rows":2,"sha256":"…"}],"crc":"499a3336"}
//   {"k":"commit","bytes":296,"sha256":"…","crc":"c5230c18"}
//   {"k":"lease","a":0,"b":2,"crc":"40b5bd53"}
//   {"k":"commit","bytes":459,"sha256":"…","crc":"761dbe07"}
//   {"k":"result","row":0,"id":"3fcf1e4a16104e328d6794e1b9693cfc457871d2","status":"dropped","reason":"ok",
//     "http":200,"code":0,"msg":"Session dropped","n":1,"sent":"2026-11-21T03:04:05.700Z",
//     "done":"2026-11-21T03:04:05.741Z","ms":41,"us":40712,"crc":"5c5508c0"}
//   {"k":"event","kind":"pause","text":"the server asked for 12 s","t":"2026-11-21T03:04:05.900Z",
//     "crc":"286c1703"}
//   {"k":"commit","bytes":949,"sha256":"…","crc":"b119186c"}
//   {"k":"end","rc":0,"t":"2026-11-21T03:04:06.100Z","crc":"1ca16014"}
//   {"k":"commit","bytes":1136,"sha256":"…","crc":"cfa63764"}
//
// What a crash can do. A group may be handed to the kernel in several pieces; its commit is not written
// before the group in front of it is durable. So a killed process leaves whole lines and at most one cut
// short, and a power cut tears no more than the last group with a commit and what was begun behind it,
// wherever it likes. A reader tells that torn end from damage so:
//   – A line that is not intact, where no `end` line stands anywhere behind it, and at most one commit: a
//   torn
//     end. It is cut off from there, commit and all.
//   – Any other line that is not intact: damage. What stands behind it was written after it was durable.
//   – An intact commit that does not fit the intact lines before it: damage, also at the very end. Lines were
//     removed, added, repeated or moved, which no crash does.
// Damage makes a reader refuse the file.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/result.hpp"
#include "bulkdrop/core/status.hpp"
#include "bulkdrop/core/stop.hpp"
#include "bulkdrop/record/journal_reader.hpp"
#include "bulkdrop/record/run_record.hpp"

namespace bulkdrop::record {

// Opens an existing journal for appending and locks it. Error(usage) if another process has it locked,
// Error(run_directory) for other trouble.
Fd lock_journal(const std::string& path);

// Appends to a journal through one writer thread. Writing and making durable are two things: what was written
// outlives this process, and after fdatasync a power cut, too. Records are made durable in groups, one
// fdatasync for 2,048 records or 20 ms (60 ms while there are many); a lease at once. Records stand in the
// file in the order of the calls. All calls come from one thread (the loop) unless they say otherwise; none
// of them waits for the disk unless it says so, or more than 8 MiB are not yet written: then the disk is
// slower than the server.
class Journal {
 public:
  // Creates the file (O_APPEND|O_CLOEXEC|O_NOFOLLOW|O_EXCL), locks it and writes the header durably.
  // `on_change` is called from the writer thread after every sync and after a failure, until the destructor
  // has returned: it must be thread-safe and quick (the loop's wake-up) and must not throw. `input_copy`, if
  // it is open, is made durable before each group is: a row that came through standard input is safe before
  // its record is. Throws Error(run_directory) and leaves no file of its own behind.
  Journal(const std::string& path, const RunRecord& run, std::function<void()> on_change, Fd input_copy = {});
  // Goes on with a journal: what lock_journal() gave for `path`, and what was read there since. Cuts a torn
  // end off, durably. Call part() next. Error(run_directory), also if the file changed since it was read.
  Journal(Fd locked, const std::string& path, const JournalReader& read, std::function<void()> on_change,
          Fd input_copy = {});
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  // Makes what is pending durable, gives the reserved room back and unlocks the file. Errors at this point
  // are lost: call end() before.
  ~Journal();

  // `by` goes on with the run, and sends rows with a status in `retry` again. Leases begin anew. Waits until
  // it is durable. Throws Error(run_directory) with what failed() says.
  void part(std::string_view by, const std::vector<Status>& retry, WallTime now);

  // Promises that rows [begin, end) may be sent once leased() reaches `end`. The first lease of a part begins
  // anywhere; the others follow without a gap: `begin` is at most the `end` of the one before. Room for the
  // results of all leased rows is reserved before; if there is none, see full(). `unsettled`: how many rows
  // leased so far in this part, these included, can still get a result; without it, every one that has none.
  void lease(std::uint64_t begin, std::uint64_t end, std::optional<std::uint64_t> unsettled = {});
  // Rows of this part below this number are durably leased; 0 before its first lease is. Any thread.
  [[nodiscard]] std::uint64_t leased() const;

  // From now on requests for rows of this part below `end` may reach the network; to be called before the
  // first byte of any can, or a kill would have them taken for never asked. One small write, without a sync.
  // Error(run_directory) if that can't be put on record, which is final: nothing more must be sent.
  void begin(std::uint64_t end);

  void result(const Result& result, WallTime now);
  // Bytes of the file that are durable. Any thread.
  [[nodiscard]] std::uint64_t durable_bytes() const;
  // How many results of this object are durable. Any thread.
  [[nodiscard]] std::uint64_t durable_results() const;
  // Results accepted and not yet handed to the kernel: what a kill of this process would lose. After a
  // failure, all that are not durable. Any thread.
  [[nodiscard]] std::uint64_t unwritten_results() const;
  // Writes what is pending, without a sync of its own, unless a lease is among it, which is about to be
  // synced. Cheap if nothing is pending.
  void hurry();

  // An answer to this row came over a connection that mixes answers up.
  void doubt(std::uint64_t row, bool settled);
  // Keeps `json`, one object of at most 1 MiB, for later parts; `kind` is a word of at most 64 lower-case
  // letters and underscores. std::invalid_argument for anything else.
  void note(std::string_view kind, std::string_view json, WallTime now);
  // Something worth knowing later: `kind` is a word (`stop`, `pause`, `window`, `rate`, `stray`), `text` for
  // a person.
  void event(std::string_view kind, std::string_view text, WallTime now);

  // Waits until everything so far is durable. Throws Error(run_directory) with what failed() says.
  void sync();

  // The part is over: makes everything durable, then the end record. Waits for that. Throws
  // Error(run_directory) with what failed() says.
  void end(const std::optional<Stop>& stop, int exit_code, WallTime now);

  // The first write or sync error, which is final: nothing is written after it, and the file is cut back to
  // what is durable. Any thread.
  [[nodiscard]] std::optional<std::string> failed() const;

  // The disk, the quota or the file size limit has no room for the results of further rows. No further lease
  // is granted, and lease() does nothing; what was leased can still be recorded. Any thread.
  [[nodiscard]] std::optional<std::string> full() const;

  // Makes everything durable and gives back the room that was reserved ahead: the reports need it. Waits for
  // that. A later lease reserves anew. Never throws.
  void release_reserve();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bulkdrop::record
