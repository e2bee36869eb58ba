// The run directory: where a run leaves its record. Mode 0700, files 0600, fixed names.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/file.hpp"

namespace bulkdrop::record {

// In a directory that holds the merged report of several runs: which. Such a directory is no run.
inline constexpr const char* kMergedFile = "merged.json";

class RunDirectory {
 public:
  // Makes `path` (not the directories above it), or takes it if it exists, is empty and belongs to this user.
  // Empty is also one that holds nothing but what a run left that was killed before it had a journal, and so
  // before it sent anything; that is removed. A copy of standard input is not: it may be the only one.
  // its mode becomes 0700 either way. An empty `path` means `bulkdrop-<UTC time>-<run_id>` in the current
  // directory. Locks it against another process for as long as this object lives. Error(usage) if it exists
  // and is not an empty directory of ours, or another process has it; Error(run_directory) if it can't be
  // made or written to.
  RunDirectory(std::string path, WallTime now, const std::string& run_id);

  // What the constructor would throw of a `path` that is in use already, or has nothing above it. Makes and
  // changes nothing.
  static void check_usable(std::string path);

  // Takes the directory of a run that is over, and locks it. Error(usage) if there is no such directory or
  // another process has it: the run is still going on.
  static RunDirectory reopen(std::string path);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file(std::string_view name) const;

  // The reports that are there, with their paths; all of them can be made again from journal and input.
  [[nodiscard]] std::vector<std::string> reports() const;

  // Removes what a process that was killed was still writing, and never a file that is not ours. Call it when
  // it is clear that this is a run. Never throws.
  void remove_leftovers() const noexcept;

  // For a run that never started (declined, unusable input): removes `input` and other files of ours, and the
  // directory itself if this object made it. Never throws, never touches a file that is not ours. Does
  // nothing if there is a journal: the run did start, and its record stays.
  void discard() noexcept;

 private:
  RunDirectory(std::string path, Fd lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  // What may be removed from it; throws Error(usage) if something else is there.
  [[nodiscard]] std::vector<std::string> leftovers() const;
  [[nodiscard]] bool never_began(const std::string& name) const;

  std::string path_;
  bool made_ = false;
  Fd lock_;
};

// Makes the names in a directory durable. Error(run_directory). Does nothing where this user may not open the
// directory or its file system knows no such thing.
void sync_directory(const std::string& path);

// 8 random lower-case hex digits.
std::string new_run_id();

// `bulkdrop-<UTC time>-<run_id>`
std::string default_name(WallTime now, const std::string& run_id);

}  // namespace bulkdrop::record
