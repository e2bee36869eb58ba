// A disk, or a resolver, that fails the real program: for any user, on any machine. The calls of the started
// program are replaced by those of trouble_shim.cpp.
#pragma once

#include <cerrno>
#include <filesystem>
#include <string>
#include <utility>

#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace bulkdrop::test {

struct Trouble {
  std::string call;       // write, read, fdatasync, fsync, fallocate, ftruncate, rename, open
  int error = ENOSPC;     // its errno
  std::string file = {};  // only where this is part of the path; an anonymous file's is `DIR/#1234 (deleted)`
  int spare = 0;          // so many of these calls succeed first
  int times = 0;          // then so many fail; 0 = all
  bool all_after = false;  // from then on every call in the directory fails: the mount is gone
};

// As long as it lives, commands that were given to it run into trouble in `directory` (an absolute path).
class Troubled {
 public:
  Troubled(std::string directory, Trouble trouble)
      : directory_(std::move(directory)), trouble_(std::move(trouble)) {}

  [[nodiscard]] Command operator()(Command command) const {
    preload(command);
    command.environment["TROUBLE_DIR"] = directory_;
    command.environment["TROUBLE_CALL"] = trouble_.call;
    command.environment["TROUBLE_FILE"] = trouble_.file;
    command.environment["TROUBLE_ERRNO"] = std::to_string(trouble_.error);
    command.environment["TROUBLE_SPARE"] = std::to_string(trouble_.spare);
    command.environment["TROUBLE_TIMES"] = std::to_string(trouble_.times);
    if (trouble_.all_after) command.environment["TROUBLE_ALL_AFTER"] = "1";
    command.environment["TROUBLE_MARK"] = marks_.path("struck");
    return command;
  }
  // Whether a call has failed.
  [[nodiscard]] bool struck() const { return std::filesystem::exists(marks_.path("struck")); }

  static void preload(Command& command) {
    command.environment["LD_PRELOAD"] = BULKDROP_TROUBLE_SHIM;
    command.environment["ASAN_OPTIONS"] = "verify_asan_link_order=0";
  }

 private:
  std::string directory_;
  Trouble trouble_;
  TempDir marks_;
};

// Writes take so few bytes at a time.
inline Command with_short_writes(Command command, const std::string& directory, int most) {
  Troubled::preload(command);
  command.environment["TROUBLE_DIR"] = directory;
  command.environment["TROUBLE_MOST"] = std::to_string(most);
  return command;
}

// Looking that host up takes minutes.
inline Command with_hanging_lookup(Command command, const std::string& host) {
  Troubled::preload(command);
  command.environment["TROUBLE_HANG_HOST"] = host;
  return command;
}

}  // namespace bulkdrop::test
