#include "bulkdrop/core/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include <fmt/format.h>

namespace bulkdrop {
namespace {

// Length of the valid UTF-8 sequence at `at` (RFC 3629 §4: no overlong forms, no surrogates, at most
// U+10FFFF); 0 if there is none.
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
  };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xC2) return 0;
  if (first < 0xE0) return follows(1) ? 2 : 0;
  if (first < 0xF0) {
    if (!follows(1) || !follows(2)) return 0;
    if (first == 0xE0 && byte(1) < 0xA0) return 0;
    if (first == 0xED && byte(1) >= 0xA0) return 0;
    return 3;
  }
  if (first > 0xF4 || !follows(1) || !follows(2) || !follows(3)) return 0;
  if (first == 0xF0 && byte(1) < 0x90) return 0;
  if (first == 0xF4 && byte(1) >= 0x90) return 0;
  return 4;
}

// How many bytes from `at` on are plain ASCII. Nearly all text is, and whole: eight at a time.
std::size_t ascii_length(std::string_view text, std::size_t at) {
  constexpr std::uint64_t kHighBits = 0x8080'8080'8080'8080;
  std::size_t end = at;
  for (std::uint64_t eight = 0; end + sizeof eight <= text.size(); end += sizeof eight) {
    std::memcpy(&eight, text.data() + end, sizeof eight);
    if ((eight & kHighBits) != 0) break;
  }
  while (end < text.size() && static_cast<unsigned char>(text[end]) < 0x80) ++end;
  return end - at;
}

// What a JSON string or a CSV field may not hold as it is.
struct Specials {
  std::array<bool, 256> json{};
  std::array<bool, 256> csv{};
  constexpr Specials() {
    for (std::size_t byte = 0; byte < 256; ++byte) json[byte] = byte < 0x20 || byte >= 0x80;
    for (const char c : {'"', '\\'}) json[static_cast<unsigned char>(c)] = true;
    for (const char c : {'"', '\r', '\n'}) csv[static_cast<unsigned char>(c)] = true;
  }
};
constexpr Specials kSpecials;

char32_t code_point(std::string_view sequence) {
  const auto byte = [&](std::size_t i) {
    return static_cast<char32_t>(static_cast<unsigned char>(sequence[i]));
  };
  switch (sequence.size()) {
    case 1:
      return byte(0);
    case 2:
      return ((byte(0) & 0x1F) << 6) | (byte(1) & 0x3F);
    case 3:
      return ((byte(0) & 0x0F) << 12) | ((byte(1) & 0x3F) << 6) | (byte(2) & 0x3F);
    default:
      return ((byte(0) & 0x07) << 18) | ((byte(1) & 0x3F) << 12) | ((byte(2) & 0x3F) << 6) | (byte(3) & 0x3F);
  }
}

void append_utf8(std::string& out, char32_t c) {
  const auto put = [&](char32_t value) {
    out.push_back(static_cast<char>(static_cast<unsigned char>(value)));
  };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xE0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

// Windows-1252 differs from Latin-1 in 0x80 … 0x9F only; its five unassigned bytes become U+FFFD.
constexpr std::array<char16_t, 32> kWindows1252 = {
    0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD, 0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178};

char32_t from_windows_1252(unsigned char byte) {
  return byte >= 0x80 && byte < 0xA0 ? kWindows1252[byte - 0x80] : byte;
}

// Characters that reorder or hide what a terminal shows.
constexpr bool is_deceptive(char32_t c) {
  return (c >= 0x80 && c < 0xA0) || c == 0x061C || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x2069) || c == 0xFEFF || c == 0x2028 ||
         c == 0x2029;
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
  for (std::size_t i = ascii_length(text, 0); i < text.size(); i += ascii_length(text, i)) {
    const std::size_t length = sequence_length(text, i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

std::string to_utf8(std::string_view text) {
  if (is_valid_utf8(text)) return std::string(text);
  std::string out;
  out.reserve(text.size() + 16);
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = sequence_length(text, i);
    if (length == 0) {
      append_utf8(out, from_windows_1252(static_cast<unsigned char>(text[i++])));
    } else {
      out.append(text.substr(i, length));
      i += length;
    }
  }
  return out;
}

std::string shortened(std::string_view text, std::size_t limit) {
  constexpr std::string_view kEllipsis = "…";
  if (text.size() <= limit) return std::string(text);
  if (limit < kEllipsis.size()) return std::string(limit, '.');
  std::size_t end = limit - kEllipsis.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return std::string(text.substr(0, end)).append(kEllipsis);
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = sequence_length(text, i);
    const auto byte = static_cast<unsigned char>(text[i]);
    if (length == 0) {
      fmt::format_to(std::back_inserter(out), "\\x{:02X}", byte);
      ++i;
      continue;
    }
    const char32_t c = code_point(text.substr(i, length));
    if (c == '\n') {
      out.append("\\n");
    } else if (c == '\r') {
      out.append("\\r");
    } else if (c == '\t') {
      out.push_back(' ');
    } else if (c < 0x20 || c == 0x7F) {
      fmt::format_to(std::back_inserter(out), "\\x{:02X}", byte);
    } else if (is_deceptive(c)) {
      fmt::format_to(std::back_inserter(out), "\\u{{{:04X}}}", static_cast<std::uint32_t>(c));
    } else {
      out.append(text.substr(i, length));
    }
    i += length;
  }
  return out;
}

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  std::size_t clean = 0;  // start of the stretch not yet copied
  const auto copy_until = [&](std::size_t end) { out.append(text.substr(clean, end - clean)); };
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (!kSpecials.json[byte]) {
      ++i;
      continue;
    }
    if (byte >= 0x80) {
      if (const std::size_t length = sequence_length(text, i); length != 0) {
        i += length;
        continue;
      }
    }
    copy_until(i);
    clean = ++i;
    switch (byte) {
      case '"':
        out.append("\\\"");
        break;
      case '\\':
        out.append("\\\\");
        break;
      case '\n':
        out.append("\\n");
        break;
      case '\r':
        out.append("\\r");
        break;
      case '\t':
        out.append("\\t");
        break;
      default:
        if (byte < 0x20) {
          fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
        } else {
          append_utf8(out, from_windows_1252(byte));
        }
    }
  }
  copy_until(text.size());
  out.push_back('"');
}

void append_csv_field(std::string& out, std::string_view text, char delimiter, bool formula_safe) {
  // One such character alone is no formula; `-` is also what standard input is called.
  const bool formula = formula_safe && text.size() > 1 &&
                       std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
  const auto is_special = [delimiter](char c) {
    return kSpecials.csv[static_cast<unsigned char>(c)] || c == delimiter;
  };
  const bool quote = std::any_of(text.begin(), text.end(), is_special) ||
                     (!text.empty() && (text.front() == ' ' || text.back() == ' '));
  const std::string converted = is_valid_utf8(text) ? std::string() : to_utf8(text);
  const std::string_view shown = converted.empty() ? text : converted;
  if (quote) out.push_back('"');
  if (formula) out.push_back('\'');
  if (quote) {
    for (const char c : shown) {
      if (c == '"') out.push_back('"');
      out.push_back(c);
    }
    out.push_back('"');
  } else {
    out.append(shown);
  }
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  constexpr std::string_view kNoBreakSpace = "\xC2\xA0";
  for (;;) {
    if (!text.empty() && kSpace.find(text.front()) != std::string_view::npos) {
      text.remove_prefix(1);
    } else if (!text.empty() && kSpace.find(text.back()) != std::string_view::npos) {
      text.remove_suffix(1);
    } else if (text.starts_with(kNoBreakSpace)) {
      text.remove_prefix(kNoBreakSpace.size());
    } else if (text.ends_with(kNoBreakSpace)) {
      text.remove_suffix(kNoBreakSpace.size());
    } else {
      return text;
    }
  }
}

std::string lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string folded(std::string_view text) {
  // U+00C0 … U+00FF without their accents; a space where there is no plain letter.
  constexpr std::string_view kPlain = "aaaaaaaceeeeiiiidnooooo ouuuuy saaaaaaaceeeeiiiidnooooo ouuuuy y";
  const std::string converted = to_utf8(text);
  std::string out;
  out.reserve(converted.size());
  for (std::size_t i = 0; i < converted.size();) {
    const std::size_t length = sequence_length(converted, i);
    const char32_t c = code_point(std::string_view(converted).substr(i, length));
    if (c >= 'A' && c <= 'Z') {
      out.push_back(static_cast<char>(c - U'A' + U'a'));
    } else if (c >= 0xC0 && c <= 0xFF && kPlain[c - 0xC0] != ' ') {
      out.push_back(kPlain[c - 0xC0]);
    } else if (c < 0x0300 || c > 0x036F) {  // combining marks go
      out.append(converted, i, length);
    }
    i += length;
  }
  return out;
}

std::string labelled(std::string_view label, std::string_view text) {
  std::string out(label);
  if (!text.empty()) out.append(": ").append(text);
  return out;
}

std::string grouped(std::uint64_t number) {
  std::string digits = fmt::format("{}", number);
  for (std::size_t i = digits.size(); i > 3;) {
    i -= 3;
    digits.insert(i, 1, ',');
  }
  return digits;
}

}  // namespace bulkdrop
