// Short texts that are too many for memory, each read back by where it stands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "bulkdrop/core/file.hpp"

namespace bulkdrop::run {

// A little stands in memory, more in an anonymous file in `directory`. Errors: Error(run_directory).
class KeptTexts {
 public:
  static constexpr std::size_t kMostBytes = 65'535;  // longer texts are cut

  explicit KeptTexts(std::string directory) : directory_(std::move(directory)) {}

  // Where it stands from now on.
  std::uint64_t keep(std::string_view text);
  // `place` came from keep() since the last clear().
  [[nodiscard]] std::string at(std::uint64_t place) const;
  void clear();

 private:
  static constexpr std::size_t kFlushBytes = std::size_t{256} * 1024;

  std::string directory_;
  Fd file_;
  std::uint64_t flushed_ = 0;  // bytes in the file; the rest is in the buffer
  std::string buffer_;
};

}  // namespace bulkdrop::run
