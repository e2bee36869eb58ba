#include "bulkdrop/input/json_numbers.hpp"

#include <algorithm>

namespace bulkdrop::input {

namespace {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Behind the digits at `at`, of which there must be one at least; npos if there is none.
std::size_t skip_digits(std::string_view text, std::size_t at) {
  const std::size_t begin = at;
  while (at < text.size() && is_digit(text[at])) ++at;
  return at == begin ? std::string_view::npos : at;
}

// Behind the number (RFC 8259 §6) that begins `text`; npos if none does.
std::size_t number_end(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  at = text.substr(at).starts_with('0') ? at + 1 : skip_digits(text, at);
  if (at < text.size() && text[at] == '.') at = skip_digits(text, at + 1);
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    const bool sign = at + 1 < text.size() && (text[at + 1] == '+' || text[at + 1] == '-');
    at = skip_digits(text, at + (sign ? 2 : 1));
  }
  return at;
}

// Where the word at `begin` ends: at white space, or what else may stand behind a value.
std::size_t word_end(std::string_view text, std::size_t begin) {
  return std::min(text.find_first_of(" \t\r\n,]}\":[{", begin), text.size());
}

}  // namespace

bool blank_numbers(std::string_view text, std::string& copy) {
  copy = text;
  bool any = false;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i)
        if (text[i] == '\\') ++i;
      ++i;
    } else if (text[i] == '-' || is_digit(text[i])) {
      const auto end = word_end(text, i);
      if (number_end(text.substr(i, end - i)) == end - i) {
        any = true;
        copy[i] = '0';
        std::fill(copy.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                  copy.begin() + static_cast<std::ptrdiff_t>(end), ' ');
      }
      i = end;
    } else {
      ++i;
    }
  }
  return any;
}

}  // namespace bulkdrop::input
