// Physical lines of a source.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "bulkdrop/input/limits.hpp"
#include "bulkdrop/input/source.hpp"

namespace bulkdrop::input {

struct Line {
  std::string_view text;     // without its end (LF or CRLF); the first kMaxRecordBytes if it is longer
  std::uint64_t offset = 0;  // in decoded bytes
  std::uint64_t number = 0;  // from 1
  bool too_long = false;     // longer than kMaxRecordBytes
};

// Looks at a source line by line, without copying. Views live until the source reads more.
class Lines {
 public:
  explicit Lines(Source& source) : source_(source) {}

  [[nodiscard]] Source& source() { return source_; }
  // Number of the line at which the source stands now.
  [[nodiscard]] std::uint64_t number() const { return number_; }

  // The line at which the source stands, still to be taken; false at the end.
  bool peek(Line& line) {
    const auto rest = source_.rest();
    if (!skipping_ && !rest.empty()) [[likely]] {
      const void* found = std::memchr(rest.data(), '\n', rest.size());
      if (found != nullptr) [[likely]] {
        found_line(line, static_cast<std::size_t>(static_cast<const char*>(found) - rest.data()), 1);
        return true;
      }
    }
    return peek_slowly(line);
  }
  // Goes past the line that peek() showed last. Of a line that is too long the tail is skipped with the next
  // peek(), so that its row need not wait for it.
  void take() {
    source_.consume(taken_bytes_);
    if (tail_follows_)
      skipping_ = true;
    else
      ++number_;
  }
  // Goes past `bytes` bytes that hold `line_ends` line ends instead.
  void take(std::size_t bytes, std::uint64_t line_ends) {
    source_.consume(bytes);
    number_ += line_ends;
  }
  // Goes past lines of white space only; false at the end of the source.
  bool skip_blank();

 private:
  void found_line(Line& line, std::size_t size, std::size_t end_size) {
    const char* data = source_.rest().data();
    taken_bytes_ = size + end_size;
    tail_follows_ = false;
    line.offset = source_.offset();
    line.number = number_;
    line.too_long = size > kMaxRecordBytes;
    if (size > 0 && data[size - 1] == '\r') --size;
    line.text = {data, line.too_long ? kMaxRecordBytes : size};
  }
  bool peek_slowly(Line& line);
  bool skip_tail();

  Source& source_;
  std::uint64_t number_ = 1;
  std::size_t taken_bytes_ = 0;
  bool tail_follows_ = false;
  bool skipping_ = false;
};

}  // namespace bulkdrop::input
