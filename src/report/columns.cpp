#include "bulkdrop/report/columns.hpp"

#include <algorithm>
#include <array>

namespace bulkdrop::report {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Unicode 15 EastAsianWidth.txt, W and F, joined into blocks; unassigned code points in between do no harm.
constexpr std::array kWide = {Range{0x1100, 0x115F},   Range{0x231A, 0x231B},   Range{0x23E9, 0x23EC},
                              Range{0x2E80, 0x303E},   Range{0x3041, 0xA4CF},   Range{0xA960, 0xA97C},
                              Range{0xAC00, 0xD7A3},   Range{0xF900, 0xFAFF},   Range{0xFE30, 0xFE6F},
                              Range{0xFF00, 0xFF60},   Range{0xFFE0, 0xFFE6},   Range{0x17000, 0x18D08},
                              Range{0x1B000, 0x1B2FB}, Range{0x1F300, 0x1F64F}, Range{0x1F680, 0x1F6FC},
                              Range{0x1F900, 0x1FAFF}, Range{0x20000, 0x3FFFD}};
// Combining marks of the scripts that the product's languages use, and the general ones.
constexpr std::array kCombining = {Range{0x0300, 0x036F}, Range{0x1AB0, 0x1AFF}, Range{0x1DC0, 0x1DFF},
                                   Range{0x20D0, 0x20FF}, Range{0xFE00, 0xFE0F}, Range{0xFE20, 0xFE2F}};

template <typename Ranges>
bool is_in(const Ranges& ranges, char32_t c) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [c](const Range& range) { return c >= range.first && c <= range.last; });
}

struct Character {
  std::size_t bytes;
  std::size_t columns;
};

Character character_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {1, 1};
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (at + length > text.size()) return {1, 1};
  char32_t c = first & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) c = (c << 6) | (byte(i) & 0x3FU);
  if (is_in(kCombining, c)) return {length, 0};
  return {length, is_in(kWide, c) ? std::size_t{2} : std::size_t{1}};
}

}  // namespace

std::size_t columns(std::string_view text) {
  std::size_t sum = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    sum += character.columns;
    at += character.bytes;
  }
  return sum;
}

std::string_view fitting(std::string_view text, std::size_t width) {
  std::size_t used = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const Character character = character_at(text, at);
    if (used + character.columns > width) break;
    used += character.columns;
    at += character.bytes;
  }
  return text.substr(0, at);
}

void append_wrapped(std::string& out, std::string_view text, std::size_t started, std::size_t indent,
                    std::size_t width) {
  const std::size_t whole = width > indent + 1 ? width - indent : 1;
  std::size_t room = width > started ? width - started : 0;
  bool line_is_empty = true;
  const auto break_line = [&] {
    out += '\n';
    out.append(indent, ' ');
    room = whole;
    line_is_empty = true;
  };
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    std::string_view word = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    if (word.empty()) continue;
    if (!line_is_empty && columns(word) + 1 > room) break_line();
    if (line_is_empty && columns(word) > room && room < whole) break_line();
    while (columns(word) > room) {
      std::string_view part = fitting(word, room);
      if (part.empty()) part = word.substr(0, character_at(word, 0).bytes);  // wider than the whole line
      out += part;
      room -= std::min(room, columns(part));
      word.remove_prefix(part.size());
      if (!word.empty()) break_line();
    }
    if (word.empty()) {
      line_is_empty = false;
      continue;
    }
    if (!line_is_empty) {
      out += ' ';
      --room;
    }
    out += word;
    room -= columns(word);
    line_is_empty = false;
  }
  out += '\n';
}

}  // namespace bulkdrop::report
