#include "bulkdrop/input/lines.hpp"

#include <algorithm>

namespace bulkdrop::input {

bool Lines::peek_slowly(Line& line) {
  if (skipping_ && !skip_tail()) return false;
  std::size_t searched = 0;
  for (;;) {
    const auto rest = source_.rest();
    if (const auto found = rest.find('\n', searched); found != std::string_view::npos) {
      found_line(line, found, 1);
      return true;
    }
    searched = rest.size();
    if (searched > kMaxRecordBytes) {
      found_line(line, searched, 0);
      tail_follows_ = true;
      return true;
    }
    if (!source_.more()) {
      if (searched == 0) return false;
      found_line(line, searched, 0);
      return true;
    }
  }
}

bool Lines::skip_tail() {
  for (;;) {
    const auto rest = source_.rest();
    if (const auto found = rest.find('\n'); found != std::string_view::npos) {
      source_.consume(found + 1);
      skipping_ = false;
      ++number_;
      return true;
    }
    source_.consume(rest.size());
    if (!source_.more()) return false;
  }
}

bool Lines::skip_blank() {
  Line line;
  while (peek(line)) {
    if (line.too_long || !std::all_of(line.text.begin(), line.text.end(),
                                      [](char c) { return c == ' ' || c == '\t' || c == '\r'; }))
      return true;
    take();
  }
  return false;
}

}  // namespace bulkdrop::input
