#include "bulkdrop/record/room_reserve.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/record/room_ahead.hpp"

namespace bulkdrop::record {
namespace {

std::string mebibytes(std::uint64_t bytes) {
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
}

// What removing them gives back: nothing of a file that has another name, too.
std::uint64_t room_of(const std::vector<std::string>& files) {
  constexpr std::uint64_t kBlock = 512;  // st_blocks, whatever the file system's are
  std::uint64_t bytes = 0;
  for (const std::string& file : files)
    if (struct stat status{};
        ::lstat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode) && status.st_nlink == 1)
      bytes += static_cast<std::uint64_t>(status.st_blocks) * kBlock;
  return bytes;
}

std::string how_much(const std::string& directory, std::uint64_t bytes, std::uint64_t replaced, int error) {
  std::string needs = fmt::format("needs {}", mebibytes(bytes));
  const std::string and_replaced =
      replaced == 0 ? "" : fmt::format(" and {} in the reports that they replace", mebibytes(replaced));
  if (error == EDQUOT) return fmt::format("{}, more than the quota leaves{}", needs, and_replaced);
  struct statvfs system {};
  if (::statvfs(directory.c_str(), &system) != 0) return needs;
  return fmt::format("{}, has {} free{}", needs, mebibytes(std::uint64_t{system.f_bavail} * system.f_frsize),
                     and_replaced);
}

bool no_room(int error) {
  return error == ENOSPC || error == EDQUOT;
}

}  // namespace

RoomReserve::RoomReserve(const std::string& directory, std::uint64_t bytes, std::vector<std::string> replaced,
                         std::uint64_t meanwhile) {
  const auto reserve = [&](std::uint64_t size) {
    file_ = anonymous_file(directory);
    const int error = size == 0 ? 0 : allot(file_.get(), 0, size);
    if (error != 0 || meanwhile == 0) return error;
    const Fd others = anonymous_file(directory);
    return allot(others.get(), 0, meanwhile);
  };
  int error = reserve(bytes);
  if (!no_room(error)) return;
  const std::uint64_t theirs = room_of(replaced);
  if (theirs > 0) error = reserve(bytes - std::min(bytes, theirs));
  if (!no_room(error)) {
    in_the_way_ = std::move(replaced);
    return;
  }
  throw Error(ExitCode::run_directory, fmt::format("no room for {}the reports in {}: {}; make room{}",
                                                   meanwhile == 0 ? "" : "the record and ", directory,
                                                   how_much(directory, bytes + meanwhile, theirs, error),
                                                   replaced.empty() ? ", or name another directory" : ""));
}

void RoomReserve::release() {
  file_.reset();
  for (const std::string& file : in_the_way_) ::unlink(file.c_str());
  in_the_way_.clear();
}

}  // namespace bulkdrop::record
