// A disk, or a resolver, that fails the real program: for any user, on any machine. The calls of the started
// program are replaced by those of trouble_shim.cpp.
#pragma once

#include <cerrno>
#include <string>

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
  Troubled(std::string directory, Trouble trouble);

  [[nodiscard]] Command operator()(Command command) const;
  // Whether a call has failed.
  [[nodiscard]] bool struck() const;

 private:
  std::string directory_;
  Trouble trouble_;
  TempDir marks_;
};

// Writes take so few bytes at a time.
Command with_short_writes(Command command, const std::string& directory, int most);

// Looking that host up takes minutes.
Command with_hanging_lookup(Command command, const std::string& host);

}  // namespace bulkdrop::test
