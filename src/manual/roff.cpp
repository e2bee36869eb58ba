#include "bulkdrop/manual/roff.hpp"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

namespace bulkdrop::manual {
namespace {

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The code point that begins at `at`, which is moved behind it. The texts are our own: valid UTF-8.
std::uint32_t code_point(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at++]);
  const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
  std::uint32_t point = more == 0 ? lead : lead & (0x3FU >> static_cast<unsigned>(more));
  for (int i = 0; i < more && at < text.size(); ++i)
    point = point << 6U | (static_cast<unsigned char>(text[at++]) & 0x3FU);
  return point;
}

// groff_char(7): what a formatter would turn into a typographic sign has a name for the plain one.
std::string escaped(std::string_view text, bool plain_hyphens) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::uint32_t point = code_point(text, at);
    switch (point) {
      case '\\':
        out += "\\e";
        break;
      case '-':
        out += plain_hyphens ? "\\-" : "-";
        break;
      case '\'':
        out += "\\(aq";
        break;
      case '`':
        out += "\\(ga";
        break;
      case '^':
        out += "\\(ha";
        break;
      case '~':
        out += "\\(ti";
        break;
      default:
        if (point < 0x80)
          out.push_back(static_cast<char>(point));
        else
          fmt::format_to(std::back_inserter(out), "\\[u{:04X}]", point);
    }
  }
  return out;
}

// A line that begins with a dot is a request; one with an apostrophe is escaped already.
std::string guarded(const std::string& line) {
  return line.starts_with('.') ? "\\&" + line : line;
}

std::string in_font(char font, std::string_view text) {
  return text.empty() ? "" : fmt::format("\\f{}{}\\fR", font, escaped(text, true));
}

// How much of `word` is an option, as in `--max-sessions,` or `-v`.
std::size_t option_length(std::string_view word) {
  const std::size_t dashes = std::min<std::size_t>(word.find_first_not_of('-'), 3);
  if (dashes == 0 || dashes > 2 || !is_lower(word[dashes])) return 0;
  std::size_t end = dashes;
  while (end < word.size() && (is_lower(word[end]) || is_digit(word[end]) || word[end] == '-')) ++end;
  return dashes == 1 && end != 2 ? 0 : end;
}

// File names, dates, addresses and the like keep their hyphens when they are copied from the page.
bool is_literal_word(std::string_view word) {
  return std::any_of(word.begin(), word.end(),
                     [](char c) { return is_digit(c) || c == '/' || c == '_' || c == '$' || c == '='; });
}

std::string prose_word(std::string_view word) {
  const std::size_t start = std::min(word.find_first_not_of("(['\""), word.size());
  const std::string_view rest = word.substr(start);
  const std::size_t option = option_length(rest);
  if (option > 0)
    return escaped(word.substr(0, start), true) + in_font('B', rest.substr(0, option)) +
           escaped(rest.substr(option), true);
  return escaped(word, is_literal_word(word));
}

std::string words(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    out += prose_word(text.substr(at, end - at));
    if (end < text.size()) out.push_back(' ');
    at = end + 1;
  }
  return out;
}

}  // namespace

std::string literal(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    out += guarded(escaped(text.substr(at, end - at), true));
    if (end < text.size()) out.push_back('\n');
    at = end + 1;
  }
  return out;
}

std::string prose(std::string_view text) {
  std::string out;
  bool quoted = false;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('`', at), text.size());
    const std::string_view part = text.substr(at, end - at);
    out += quoted ? in_font('B', part) : words(part);
    quoted = !quoted;
    at = end + 1;
  }
  return guarded(out);
}

std::string bold(std::string_view text) {
  return in_font('B', text);
}

std::string italic(std::string_view text) {
  return in_font('I', text);
}

std::string usage(std::string_view text) {
  const auto is_part = [](char c) {
    return is_upper(c) || is_lower(c) || is_digit(c) || c == '-' || c == '_';
  };
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_part(text[end])) ++end;
    // A version (`1.1`) is one word, dots of an ellipsis are none.
    while (end + 1 < text.size() && end > at && text[end] == '.' && is_part(text[end + 1])) {
      ++end;
      while (end < text.size() && is_part(text[end])) ++end;
    }
    if (end == at) {
      out += escaped(text.substr(at, 1), true);
      ++at;
      continue;
    }
    const std::string_view word = text.substr(at, end - at);
    out += std::none_of(word.begin(), word.end(), is_lower) && std::any_of(word.begin(), word.end(), is_upper)
               ? italic(word)
               : bold(word);
    at = end;
  }
  return guarded(out);
}

}  // namespace bulkdrop::manual
