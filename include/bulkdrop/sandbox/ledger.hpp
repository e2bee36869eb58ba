// What really happened, as JSON lines, so that a test can hold a client's report against it:
//
//   {"event":"request","at":"…","seq":7,"id":"…","n":1,"at_once":3,"answer":"reset","ended":true}
//   {"event":"ended","at":"…","seq":7,"id":"…"}
//   {"event":"opened","at":"…","seq":7,"id":"…","after":"…"}
//
// `request`: one line for each drop request that arrived, whatever became of it. `at`: when it arrived
// (UTC). `seq`: how many-eth drop request of all. `n`: how many-eth for this ID (0: the sandbox has lost
// count, which takes a million IDs that it does not know). `at_once`: drop requests that had arrived and
// were not decided yet, itself included: those that are worked on and those that wait for a worker.
// `answer`: `success`, `drop_error`, the kind of the fault, or `no_route` (no Authorization),
// `access_denied`, `client_auth_failed`, `invalid_signature`, `rate_limited`, `unanswered` (the sandbox was
// stopped, or the client gone, before its turn came). `ended`: this request ended the session. `ended`: one
// line for each session that ended, with the `seq` of the request that did it. `opened`: one line for each
// session that its user opened (--reconnect) after that one was ended. Lines stand in the order in which
// things were decided, and are with the kernel before the first byte of the answer is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/file.hpp"

namespace bulkdrop::sandbox {

struct LedgerEntry {
  WallTime received;
  WallTime now;
  std::uint64_t seq;
  std::string_view session_id;
  std::uint32_t nth_of_id;
  std::uint64_t at_once;
  std::string_view answer;
  bool ended;
};

class Ledger {
 public:
  // Appends to `path`, made with mode 0600; an empty path keeps no ledger. Error(run_directory) if it can't
  // be opened, and from flush() if it can't be written: a ledger with holes proves nothing.
  explicit Ledger(const std::string& path);

  // The request's line, and the session's where it ended.
  void add(const LedgerEntry& entry);
  void add_opened(WallTime now, std::uint64_t seq, std::string_view session_id, std::string_view after);
  void flush();

 private:
  std::string path_;
  Fd fd_;
  std::string lines_;
};

}  // namespace bulkdrop::sandbox
