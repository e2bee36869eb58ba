// Output that is held back until it is known to be good.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "bulkdrop/core/file.hpp"

namespace bulkdrop::run {

// A little stands in memory, more in an anonymous file in `directory`. Errors: Error(run_directory).
class Spool {
 public:
  explicit Spool(std::string directory) : directory_(std::move(directory)) {}

  // What to add: append, then call flush_if_large() now and then.
  std::string& buffer() { return buffer_; }
  void flush_if_large() {
    if (buffer_.size() >= kFlushBytes) flush();
  }
  // Forgets all of it.
  void clear();
  // Writes all of it to the descriptor; `name` is for messages. A reader that went away (EPIPE) is no error.
  void pour(int fd, const std::string& name);

 private:
  static constexpr std::size_t kFlushBytes = std::size_t{256} * 1024;
  void flush();

  std::string directory_;
  Fd file_;
  std::uint64_t size_ = 0;  // of the file
  std::string buffer_;
};

}  // namespace bulkdrop::run
