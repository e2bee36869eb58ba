// Text of rows that are handed out together.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace bulkdrop::input {

// Holds what stands in no source as it is (unescaped, or with its quotes undone), one behind the other.
class BatchText {
 public:
  // It takes room when it holds something for the first time.
  explicit BatchText(std::size_t most_bytes) : most_(most_bytes) {}

  // A copy that stays until clear(); cut where there is no room for all of it.
  std::string_view keep(std::string_view text) {
    if (!bytes_) bytes_.reset(new char[most_]);
    char* const to = bytes_.get() + used_;
    const std::size_t size = text.copy(to, most_ - used_);
    used_ += size;
    return {to, size};
  }
  void clear() { used_ = 0; }

 private:
  std::size_t most_;
  std::size_t used_ = 0;
  std::unique_ptr<char[]> bytes_;
};

}  // namespace bulkdrop::input
