// `begun`, beside the journal: tells the rows that may have been asked for from those that were merely
// leased.
//
// A lease is durable, and so it is taken for many rows at once; after a kill, all of them would be in doubt.
// Fresh rows are begun in their order, and a retry is of a row that was begun, so one number says which of
// them may have gone out: rows below it. It is written without a sync, before the first byte of their
// requests: it outlives the process, in the kernel's page cache, and no power cut. So it counts only for who
// can tell that the kernel still runs that took it, and else the leases do.
//
// Format, version 1: one line as those of journal.jsonl, check value included (journal.hpp).
//   k           begun
//   v           1
//   run_id, part    the run, and which of the parts in its journal, from 1
//   boot        /proc/sys/kernel/random/boot_id (random(4))
//   dev, ino    of this very file: a copy of the directory was perhaps made while the run was going on
//   rows        rows below this number may have been asked for in this part
//
//   {"k":"begun","v":1,"run_id":"5e884898","part":1,"boot":"564200f2-209f-4a2f-b508-dbda0b09f81c",
//     "dev":65024,"ino":1311,"rows":335,"crc":"…"}
//
// It is made with the first lease of a part and removed when the part has its end. A part that goes on after
// one that was cut off writes the number into its own first line: from then on it outlives a power cut, too.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "bulkdrop/core/file.hpp"

namespace bulkdrop::record {

inline constexpr int kBegunVersion = 1;
inline constexpr const char* kBegunFile = "begun";

// Where it stands for this journal.
std::string begun_path(const std::string& journal_path);

class BegunMark {
 public:
  // Says that no row was begun. Nothing where such a file can't be made: the leases have to do then. Whatever
  // stood there before is gone either way, or can't be taken for this part's.
  static std::unique_ptr<BegunMark> make(const std::string& journal_path, std::string_view run_id,
                                         std::uint64_t part);
  BegunMark(const BegunMark&) = delete;
  BegunMark& operator=(const BegunMark&) = delete;

  // Rows below `rows` may be asked for from now on. One write, and none if that was said before. False if it
  // could not be said, and then the file is gone: the leases have to do. Error(run_directory) if it could not
  // even be taken back: what stands there is wrong as soon as one more row is asked for.
  bool raise(std::uint64_t rows);

 private:
  BegunMark(std::string path, Fd file, std::string start);
  bool write();

  const std::string path_;
  const Fd file_;
  std::string line_;
  const std::size_t start_bytes_;  // of the line: all before the number
  std::uint64_t rows_ = 0;
};

// What it says of this part; empty if there is none, or none that can be believed now.
std::optional<std::uint64_t> read_begun(const std::string& journal_path, std::string_view run_id,
                                        std::uint64_t part);

// Never throws.
void remove_begun(const std::string& journal_path) noexcept;

}  // namespace bulkdrop::record
