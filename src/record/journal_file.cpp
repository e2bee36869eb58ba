#include "bulkdrop/record/journal_file.hpp"

#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "bulkdrop/core/error.hpp"

namespace bulkdrop::record {

Fd open_journal(const std::string& path, int flags) {
  // O_NONBLOCK: opening a FIFO would wait for its other end.
  Fd file(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  const int number = errno;
  struct stat status {};
  if (!file && number == ELOOP)
    throw Error(
        ExitCode::run_directory,
        fmt::format("{} is a symbolic link, and a journal is never followed to another place: put the "
                    "file itself there, or name the run directory where it is",
                    path));
  if (!file && number != ENXIO)
    throw Error(ExitCode::run_directory, fmt::format("cannot open {}: {}", path, describe_errno(number)));
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
    throw Error(ExitCode::run_directory, fmt::format("{} is not a regular file, so no journal", path));
  return file;
}

}  // namespace bulkdrop::record
