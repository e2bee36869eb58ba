#include "bulkdrop/record/room_reserve.hpp"

#include <cerrno>

#include <fmt/format.h>
#include <sys/statvfs.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/record/room_ahead.hpp"

namespace bulkdrop::record {
namespace {

std::string mebibytes(std::uint64_t bytes) {
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
}

std::string how_much(const std::string& directory, std::uint64_t bytes, int error) {
  if (error == EDQUOT) return fmt::format("needs {}, more than the quota leaves", mebibytes(bytes));
  struct statvfs system {};
  if (::statvfs(directory.c_str(), &system) != 0) return fmt::format("needs {}", mebibytes(bytes));
  return fmt::format("needs {}, has {} free", mebibytes(bytes),
                     mebibytes(std::uint64_t{system.f_bavail} * system.f_frsize));
}

}  // namespace

RoomReserve::RoomReserve(const std::string& directory, std::uint64_t bytes)
    : file_(anonymous_file(directory)) {
  const int error = bytes == 0 ? 0 : allot(file_.get(), 0, bytes);
  if (error != ENOSPC && error != EDQUOT) return;
  throw Error(ExitCode::run_directory,
              fmt::format("no room for the reports in {}: {}; make room, or name another directory",
                          directory, how_much(directory, bytes, error)));
}

void RoomReserve::release() {
  file_.reset();
}

}  // namespace bulkdrop::record
