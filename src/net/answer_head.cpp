#include "bulkdrop/net/answer_head.hpp"

#include <algorithm>
#include <cstddef>

namespace bulkdrop::net {
namespace {

constexpr std::string_view kVersions = "HTTP/1.";
// The version's last digit, a space, three digits (RFC 9112 §4).
constexpr std::size_t kStatusAt = kVersions.size() + 2;
constexpr std::size_t kStatusEnd = kStatusAt + 3;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// `text` up to its end is one status line without the line end.
bool is_status_line(std::string_view text) {
  if (!text.starts_with(kVersions) || text.size() < kStatusEnd || !is_digit(text[kVersions.size()]) ||
      text[kStatusAt - 1] != ' ')
    return false;
  const std::string_view status = text.substr(kStatusAt, 3);
  return std::all_of(status.begin(), status.end(), is_digit) &&
         (text.size() == kStatusEnd || text[kStatusEnd] == ' ');
}

std::string_view without_line_end(std::string_view line) {
  while (line.ends_with('\r') || line.ends_with('\n')) line.remove_suffix(1);
  return line;
}

bool is_token_char(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

// RFC 9110 §5.1, §5.6.2
bool is_field_line(std::string_view line) {
  const std::string_view name = line.substr(0, line.find(':'));
  return name.size() < line.size() && !name.empty() && std::all_of(name.begin(), name.end(), is_token_char);
}

// What says how long an answer is must not stand behind it (RFC 9110 §6.5.1).
bool is_about_framing(std::string_view line) {
  const std::string_view name = line.substr(0, line.find(':'));
  const auto is = [name](std::string_view other) {
    return std::equal(name.begin(), name.end(), other.begin(), other.end(),
                      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b; });
  };
  return is("content-length") || is("transfer-encoding");
}

}  // namespace

bool holds_another_answer(std::string_view bytes) {
  for (std::size_t at = bytes.find(kVersions); at != std::string_view::npos;
       at = bytes.find(kVersions, at + 1)) {
    const std::string_view rest = bytes.substr(at);
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) return false;
    if (!is_status_line(without_line_end(rest.substr(0, end)))) continue;
    const std::string_view below = rest.substr(end + 1);
    if (is_field_line(below.substr(0, below.find('\n')))) return true;
  }
  return false;
}

void AnswerHead::take(std::string_view line) {
  const std::string_view text = without_line_end(line);
  if (complete_) {
    ran_into_another_ = ran_into_another_ || is_about_framing(text);
    return;
  }
  if (text.empty()) {
    complete_ = begun_ && !interim_;
    return;
  }
  if (text.starts_with("HTTP/")) {
    begun_ = true;
    const std::size_t space = text.find(' ');
    const std::string_view status = space == std::string_view::npos ? "" : text.substr(space + 1, 3);
    interim_ = status.starts_with('1') && status != "101";
  }
  for (std::size_t at = text.find(kVersions, 1); at != std::string_view::npos;
       at = text.find(kVersions, at + 1))
    ran_into_another_ = ran_into_another_ || is_status_line(text.substr(at));
}

}  // namespace bulkdrop::net
