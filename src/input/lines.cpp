#include "bulkdrop/input/lines.hpp"

#include <algorithm>

namespace bulkdrop::input {

std::uint64_t count_line_ends(std::string_view text, bool after_cr) {
  auto ends = std::count(text.begin(), text.end(), '\n');
  if (after_cr && text.starts_with('\n')) --ends;
  for (auto at = text.find('\r'); at != std::string_view::npos; at = text.find('\r', at + 1))
    if (at + 1 == text.size() || text[at + 1] != '\n') ++ends;
  return static_cast<std::uint64_t>(ends);
}

bool Lines::peek_slowly(Line& line) {
  if (skipping_ && !skip_tail()) return false;
  if (after_cr_ && !skip_line_feed()) return false;
  for (;;) {
    if (const auto end = find_end(); end != std::string_view::npos) {
      found_line(line, end);
      return true;
    }
    const auto size = source_.rest().size();
    if (size > kMaxRecordBytes) {
      found_line(line, size);
      tail_follows_ = true;
      return true;
    }
    if (!source_.more()) {
      if (size == 0) return false;
      found_line(line, size);
      return true;
    }
  }
}

bool Lines::skip_tail() {
  for (;;) {
    if (const auto end = find_end(); end != std::string_view::npos) {
      take(end + 1);
      skipping_ = false;
      return true;
    }
    source_.consume(source_.rest().size());
    if (!source_.more()) return false;
  }
}

// The second half of a CRLF whose first half was taken; false at the end of the source.
bool Lines::skip_line_feed() {
  if (source_.rest().empty() && !source_.more()) return false;
  if (source_.rest().front() == '\n') source_.consume(1);
  after_cr_ = false;
  return true;
}

bool Lines::skip_blank() {
  Line line;
  while (peek(line)) {
    if (line.too_long ||
        !std::all_of(line.text.begin(), line.text.end(), [](char c) { return c == ' ' || c == '\t'; }))
      return true;
    take();
  }
  return false;
}

}  // namespace bulkdrop::input
