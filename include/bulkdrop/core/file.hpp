// Files, with errors that say which file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "bulkdrop/core/error.hpp"

namespace bulkdrop {

// Owns a descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int number) : number_(number) {}
  Fd(Fd&& other) noexcept : number_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept;
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }
  [[nodiscard]] int get() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }
  int release();
  void reset();

 private:
  int number_ = -1;
};

// All of `data`, through short writes and EINTR. Throws Error(run_directory) naming `path`.
void write_all(int fd, std::string_view data, const std::string& path);

// Up to `size` bytes at `offset`, through short reads and EINTR: fewer only at the end of the file.
// Throws Error(`code`) naming `path`.
std::size_t read_at(int fd, char* out, std::size_t size, std::uint64_t offset, const std::string& path,
                    ExitCode code = ExitCode::run_directory);

// The whole file, at most `limit` bytes (an Error(`code`) beyond).
std::string read_file(const std::string& path, std::size_t limit, ExitCode code);

// A file that appears whole or not at all: written under a temporary name in the same directory, synced, then
// renamed by commit(). Without commit() the destructor removes it. Errors: Error(run_directory).
class AtomicFile {
 public:
  // `mode`: who may read it.
  explicit AtomicFile(std::string path, ::mode_t mode = 0600);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();
  // The text to write: append, then call flush_if_large() now and then.
  std::string& buffer() { return buffer_; }
  void flush_if_large() {
    if (buffer_.size() >= kFlushBytes) flush();
  }
  void commit();

 private:
  static constexpr std::size_t kFlushBytes = 256 * 1024;
  // The disk is told to begin with so much, so that commit() has little left to wait for.
  static constexpr std::uint64_t kOnItsWayBytes = std::uint64_t{8} * 1024 * 1024;
  void flush();
  std::string path_;
  std::string temporary_;
  ::mode_t mode_;
  Fd fd_;
  std::string buffer_;
  std::uint64_t written_ = 0;
  std::uint64_t on_its_way_ = 0;
  bool committed_ = false;
};

// An anonymous file in `directory` that vanishes with its descriptor. Error(run_directory) if it can't be
// made.
Fd anonymous_file(const std::string& directory);

}  // namespace bulkdrop
