// Where a run comes from, as run.json has it: the reports must say the same wherever they are made again.
#pragma once

#include <string>
#include <vector>

namespace bulkdrop::report {

struct InputOrigin {
  std::string name;
  std::string sha256;    // empty: not known
  bool is_gone = false;  // a pipe, say: it can't be read a second time
};

// One of the runs that a merged report is about.
struct MergedRun {
  std::string shard;
  std::string run_id;
  std::string directory;
  std::string by;  // started_by()
};

struct Origin {
  std::string started_in;     // relative names start there; empty: not known
  std::string run_directory;  // as it was named there; empty: not known
  std::string user;           // who started it, and on which machine
  std::string host;
  std::string account;                        // who logged in last, as far as that is no secret
  bool begun_by_other = false;                // another one logged in when it began
  std::vector<std::string> earlier_accounts;  // others that settled sessions, the last one first
  std::vector<InputOrigin> inputs;
  std::vector<MergedRun> runs;  // of a merged report

  // `ana on jump1`, what of it is known; may be empty.
  [[nodiscard]] std::string started_by() const;
  // The run directory from wherever one is; empty: not known.
  [[nodiscard]] std::string place() const;
};

}  // namespace bulkdrop::report
