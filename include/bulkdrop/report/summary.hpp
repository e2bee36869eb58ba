// The run's totals: summary.json for programs, a page of text for people.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/histogram.hpp"
#include "bulkdrop/core/reason.hpp"
#include "bulkdrop/core/result.hpp"
#include "bulkdrop/core/status.hpp"
#include "bulkdrop/core/stop.hpp"
#include "bulkdrop/report/origin.hpp"
#include "bulkdrop/report/reconnection.hpp"

namespace bulkdrop::report {

struct Stream;

struct ErrorLine {
  Reason reason;
  std::string message;
  std::uint64_t count;
};

// Where measured values lie.
struct Spread {
  Spread() = default;
  Spread(const Histogram& histogram);  // NOLINT(google-explicit-constructor): it is one, in short
  bool measured = false;               // false = there were no values, and the rest means nothing
  std::uint64_t least = 0;
  std::uint64_t p50 = 0;
  std::uint64_t p90 = 0;
  std::uint64_t p99 = 0;
  std::uint64_t most = 0;
};

struct StillAlive {
  std::string session_id;
  std::string who;  // as the list has it
};

// What the server's session list said of the run's sessions. `ended`, `still_alive` and `not_listed` add up
// to the rows that were held against it: all but the invalid, duplicate and protected ones. Results that are
// newer than the list (a resume --retry) are counted; what they settled is still alive no more.
struct Verified {
  WallTime at{};             // when the list had come whole
  std::uint64_t listed = 0;  // sessions in the list, whoever's they are
  std::uint64_t ended = 0;
  std::uint64_t still_alive = 0;
  std::uint64_t not_listed = 0;     // proves nothing: only sessions within the caller's access are listed
  std::uint64_t results_since = 0;  // rows that were asked for again after it
  std::vector<StillAlive> alive;    // the first kMostAliveShown of them; for the text only
};

inline constexpr std::size_t kMostAliveShown = 20;

// Sessions that were confirmed as gone, that a list had as active, and that were not looked at again.
struct ActiveOnce {
  std::uint64_t count = 0;
  std::vector<StillAlive> first;  // kMostAliveShown of them
};

// A run in a merged report that is not over and can be resumed.
struct UnfinishedRun {
  std::string directory;
  std::vector<std::string> login_options;
};

// What a protect list did: how many of its IDs a row had, and how many none.
struct Protection {
  std::string list;
  std::uint64_t met = 0;
  std::uint64_t unmet = 0;
};

struct Summary {
  std::string run_id;
  std::string version;
  std::string url;
  std::optional<std::string> reason;
  WallTime started_at{};
  WallTime finished_at{};
  int exit_code = 0;
  std::optional<Stop> stopped_by;
  Counts counts;
  std::uint64_t requests_sent = 0;
  std::uint64_t requests_retries = 0;    // requests beyond the first of a row
  std::uint64_t requests_throttled = 0;  // answers that turned a request away for being too many
  Spread latency_us;                     // of single requests that got an answer
  Spread contained_ms;                   // run start → session confirmed gone
  std::vector<ErrorLine> errors;         // most frequent first; reason × message, at most kMaxErrorLines
  std::optional<Verified> verified;      // nothing = the list was not asked, or gave no answer
  std::optional<std::string> unproven;   // proof was asked for and there is none: what came in its way
  std::optional<Watched> watched;        // nothing = it was not asked for
  Origin origin;
  std::vector<Protection> protect_lists;
  std::vector<std::string> cut_inputs;      // what looks as if an input broke off in its last row
  std::vector<std::string> quoted_rows;     // what looks as if a quoted cell of an input held rows
  std::vector<std::string> changed_inputs;  // what became otherwise while the run went on
  // The rest is for the text only.
  ActiveOnce active_once;
  std::chrono::milliseconds paused{};  // of the time from start to end: between a stop and its resume
  std::vector<std::pair<std::string, std::uint64_t>> ignored_lines;  // source → lines that were not rows
  std::vector<std::string> warnings;                                 // about the inputs, for the log
  std::string run_directory;                                         // as it is named just now
  std::string commands_start_in;          // commands go there first; empty: they are for where one is
  bool merged = false;                    // a report of several runs, which is no run itself
  std::vector<UnfinishedRun> unfinished;  // of a merged report
  bool cut_off = false;                   // it never came to its end: killed, or the machine went down
  // It was killed while it read from a pipe: what stood there is not known.
  bool input_cut_off = false;
  // A process of it was cut off: requests that it had under way are in no count.
  bool requests_lost = false;
  std::vector<std::string> failed_files = {"failed.csv"};  // FailedTables::files()
  // Options, one word each, without which the rows could not be fed in again (`--field`, `3`, `--api`, `v3`,
  // …).
  std::vector<std::string> repeat_options;
  // Of these, those that say who logs in; and with them those that say how the server is reached.
  std::vector<std::string> login_options;
  std::vector<std::string> verify_options;
};

inline constexpr std::size_t kMaxErrorLines = 50;
inline constexpr std::string_view kOtherMessages = "(other messages)";

// Collects ErrorLines from results that are not `dropped`, `ended`, `duplicate` or `protected`, in bounded
// memory: beyond so many distinct messages, further ones are counted under their reason as kOtherMessages.
class ErrorTally {
 public:
  void add(const Result& result);
  // Most frequent first, at most kMaxErrorLines; the rarest ones are joined under their reason as
  // kOtherMessages, so that the counts always add up to the results added.
  [[nodiscard]] std::vector<ErrorLine> lines() const;

 private:
  struct Key {
    Reason reason;
    std::string message;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const {
      return std::hash<std::string>{}(key.message) ^ static_cast<std::size_t>(key.reason);
    }
  };
  std::unordered_map<Key, std::uint64_t, KeyHash> counts_;
};

// summary.json: the members of the contract, and `run_directory`, `user`, `host` and `account` of the origin
// and `stopped_why`, all of them null where they are not known (and `watched` after a --watch, `unverified`
// where proof is missing, `verified.results_since` where it is older than some results, `protect_lists` where
// there were any, `cut_inputs` where an input looks cut off, `quoted_rows` where a quoted cell seems to hold
// rows, `changed_inputs` where an input changed during the run, `earlier_accounts` where others had logged
// in), `schema` 1, one object with a line end. Times are in seconds to the millisecond, latencies in whole
// milliseconds; where nothing was measured the values are null. `pretty` indents. `stream`: of the last run
// of a stream, for standard output: `exit_code` is the process's, and the member `stream` has what all runs
// add up to.
std::string to_json(const Summary& summary, bool pretty, const Stream* stream = nullptr);

// What the list said, for the journal: with the sessions that are alive, which summary.json leaves to the
// tables.
std::string to_json(const Verified& verified);
std::string to_json(const Watched& watched);

// What a tired person needs: what is gone, what may be alive and why, what to do next, where the record is.
// `width` in columns, at least 40; only commands for copying may be wider. `colour` adds ANSI colours.
// Everything from outside is made printable.
std::string to_text(const Summary& summary, int width, bool colour);

}  // namespace bulkdrop::report
