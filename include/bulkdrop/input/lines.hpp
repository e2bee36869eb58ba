// Physical lines of a source. LF, CRLF and a CR alone each end a line, in any mixture.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "bulkdrop/input/limits.hpp"
#include "bulkdrop/input/source.hpp"

namespace bulkdrop::input {

struct Line {
  std::string_view text;     // without its end; the first kMaxRecordBytes if it is longer
  std::uint64_t offset = 0;  // in decoded bytes
  std::uint64_t number = 0;  // from 1
  bool too_long = false;     // longer than kMaxRecordBytes
};

// How many line ends `text` holds. `after_cr`: a CR stands right before it, so that a LF at its start ends no
// line of its own.
std::uint64_t count_line_ends(std::string_view text, bool after_cr = false);

// Looks at a source line by line, without copying. Views live until the source reads more.
class Lines {
 public:
  explicit Lines(Source& source) : source_(source) {}

  [[nodiscard]] Source& source() { return source_; }
  // Number of the line at which the source stands now.
  [[nodiscard]] std::uint64_t number() const { return number_; }
  // The same of the byte at `position` in the source's rest().
  [[nodiscard]] std::uint64_t number_at(std::size_t position) const {
    return number_ + count_line_ends(source_.rest().substr(0, position), after_cr_);
  }

  // The line at which the source stands, still to be taken; false at the end. A CR at the end of what has
  // arrived ends the line there and then: a LF that follows it is left out of the next line.
  bool peek(Line& line) {
    if (!skipping_ && !after_cr_) [[likely]] {
      const std::size_t end = find_end();
      if (end != std::string_view::npos) [[likely]] {
        found_line(line, end);
        return true;
      }
    }
    return peek_slowly(line);
  }
  // Goes past the line that peek() showed last. Of a line that is too long the tail is skipped with the next
  // peek(), so that its row need not wait for it.
  void take() {
    source_.consume(taken_bytes_);
    after_cr_ = cr_at_edge_;
    if (tail_follows_)
      skipping_ = true;
    else
      ++number_;
  }
  // Goes past the first `bytes` bytes of rest() instead.
  void take(std::size_t bytes) {
    if (bytes == 0) return;
    number_ = number_at(bytes);
    after_cr_ = source_.rest()[bytes - 1] == '\r';
    source_.consume(bytes);
  }
  // True if a line begins where the source stands: not within one that is too long. Goes past the second half
  // of a CRLF, if that has arrived.
  bool at_line_start() {
    if (skipping_) return false;
    if (after_cr_ && source_.rest().starts_with('\n')) source_.consume(1);
    after_cr_ = false;
    return true;
  }
  // Goes past lines of white space only; false at the end of the source.
  bool skip_blank();

  // Where in rest() a byte stands next. Remembers what it searched, so that a byte that is rare, or not there
  // at all, is not looked for again with every line.
  class Finder {
   public:
    explicit Finder(char wanted) : wanted_(wanted) {}
    std::size_t find(std::string_view rest, std::uint64_t offset) {
      if (found_ && next_ >= offset) return static_cast<std::size_t>(next_ - offset);
      const std::uint64_t begin = std::max(next_, offset);
      const auto at = rest.find(wanted_, static_cast<std::size_t>(begin - offset));
      found_ = at != std::string_view::npos;
      next_ = offset + (found_ ? at : rest.size());
      return at;
    }

   private:
    char wanted_;
    bool found_ = false;
    std::uint64_t next_ = 0;  // where it stands, or up to where it does not
  };

 private:
  // Of the line's end in rest(); npos if none has arrived.
  std::size_t find_end() {
    const auto rest = source_.rest();
    const auto offset = source_.offset();
    return std::min(line_feed_.find(rest, offset), carriage_return_.find(rest, offset));
  }
  // `size` bytes and the line end behind them, if there is one.
  void found_line(Line& line, std::size_t size) {
    const auto rest = source_.rest();
    taken_bytes_ = size;
    cr_at_edge_ = false;
    if (size < rest.size()) {
      ++taken_bytes_;
      if (rest[size] == '\r') {
        cr_at_edge_ = taken_bytes_ == rest.size();
        if (!cr_at_edge_ && rest[taken_bytes_] == '\n') ++taken_bytes_;
      }
    }
    tail_follows_ = false;
    line.offset = source_.offset();
    line.number = number_;
    line.too_long = size > kMaxRecordBytes;
    line.text = rest.substr(0, line.too_long ? kMaxRecordBytes : size);
  }
  bool peek_slowly(Line& line);
  bool skip_tail();
  bool skip_line_feed();

  Source& source_;
  Finder line_feed_{'\n'};
  Finder carriage_return_{'\r'};
  std::uint64_t number_ = 1;
  std::size_t taken_bytes_ = 0;
  bool cr_at_edge_ = false;  // the line peeked at ends in a CR, and more has not arrived
  bool after_cr_ = false;    // the last byte consumed was a CR: a LF now belongs to it
  bool tail_follows_ = false;
  bool skipping_ = false;
};

}  // namespace bulkdrop::input
