#include "bulkdrop/core/confinement.hpp"

#include <cstdint>

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bulkdrop/core/file.hpp"

namespace bulkdrop {
namespace {

// Of Linux 6.2; the headers of older systems lack it, their kernels may not.
constexpr std::uint64_t kTruncate = std::uint64_t{1} << 14U;
constexpr long kVersionWithTruncate = 3;

constexpr std::uint64_t kWrites = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                                  LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                                  LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                                  LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                                  LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;
// A sanitizer executes a program to name the lines in its report.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kExecute = 0;
#else
constexpr std::uint64_t kExecute = LANDLOCK_ACCESS_FS_EXECUTE;
#endif

// glibc has no names for these calls.
int create_ruleset(const landlock_ruleset_attr& attributes) {
  return static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0));
}

bool allow_beneath(const Fd& ruleset, const Fd& directory, std::uint64_t access) {
  const landlock_path_beneath_attr rule{.allowed_access = access, .parent_fd = directory.get()};
  return ::syscall(SYS_landlock_add_rule, ruleset.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

}  // namespace

bool confine_writes(const std::vector<std::string>& directories) {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return false;
  const std::uint64_t writes = kWrites | (version >= kVersionWithTruncate ? kTruncate : 0);
  landlock_ruleset_attr attributes{};
  attributes.handled_access_fs = writes | kExecute;
  const Fd ruleset(create_ruleset(attributes));
  if (!ruleset) return false;
  for (const std::string& path : directories) {
    const Fd directory(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    // Better no restriction than one that would keep the record from being written.
    if (!directory) continue;
    const Fd above(::openat(directory.get(), "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!allow_beneath(ruleset, directory, writes) || !above ||
        !allow_beneath(ruleset, above, LANDLOCK_ACCESS_FS_REMOVE_DIR))
      return false;
  }
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) == 0;
}

}  // namespace bulkdrop
