#include "bulkdrop/input/id_rules.hpp"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>
#include <re2/re2.h>

#include "bulkdrop/core/eight_bytes.hpp"
#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/session_id.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/input/regex.hpp"

namespace bulkdrop::input {

namespace {

constexpr std::size_t kFewestDigits = 32;
constexpr std::size_t kMostDigits = 128;
constexpr std::size_t kShownBytes = 80;
constexpr std::size_t kEight = sizeof(std::uint64_t);
static_assert(kFewestDigits >= kEight);

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

constexpr bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_hex_id(std::string_view id) {
  if (id.size() < kFewestDigits || id.size() > kMostDigits) return false;
  // The last eight may begin among those before.
  for (std::size_t i = 0; i + kEight < id.size(); i += kEight)
    if (!are_hex_digits(load_eight(id.data() + i))) return false;
  return are_hex_digits(load_eight(id.data() + id.size() - kEight));
}

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

// 3.5E+39: what a spreadsheet makes of an ID that happens to look like a number.
bool is_rounded_number(std::string_view text) {
  const auto exponent = text.find_first_of("eE");
  if (exponent == std::string_view::npos || exponent + 2 >= text.size() || text[exponent + 1] != '+')
    return false;
  const auto mantissa = text.substr(0, exponent);
  return !mantissa.empty() && is_digit(mantissa.front()) && is_number(text.substr(exponent + 2)) &&
         std::all_of(mantissa.begin(), mantissa.end(),
                     [](char c) { return is_digit(c) || c == '.' || c == ','; });
}

}  // namespace

IdRules::IdRules(const std::string& pattern) {
  if (pattern.empty()) return;
  pattern_ = compile_regex("--id-pattern", pattern);
}

IdRules::~IdRules() = default;

bool IdRules::accept(std::string_view id) const {
  // The default pattern is narrower than what can be sent.
  if (!pattern_) return is_hex_id(id);
  return is_sendable(id) && RE2::FullMatch(re2::StringPiece(id.data(), id.size()), *pattern_);
}

std::string IdRules::explain(std::string_view id, std::string_view other_column) const {
  const std::string shown = printable(shortened(to_utf8(id.substr(0, 4 * kShownBytes)), kShownBytes));
  if (id.find('*') != std::string_view::npos || id.find("…") != std::string_view::npos)
    return fmt::format(
        "masked: the export shows only part of the ID ({}); export the sessions with their whole IDs", shown);
  if (is_rounded_number(id))
    return fmt::format(
        "{} is an ID that a spreadsheet turned into a number; its digits are lost, export again", shown);
  if (is_number(id) && id.size() < kFewestDigits)
    return fmt::format("{} looks like the row number `id`, not the session_id; {}", shown, other_column);
  if (!pattern_) {
    const bool digits = std::all_of(id.begin(), id.end(), is_hex_digit);
    return fmt::format("not an ID: {} ({})", shown,
                       digits ? fmt::format("{} hexadecimal digits; 32 to 128 are expected", id.size())
                              : "32 to 128 hexadecimal digits are expected; --id-pattern changes that");
  }
  if (!is_sendable(id))
    return fmt::format("not an ID: {} (only 1 to {} of A-Z a-z 0-9 . _ ~ - are ever sent)", shown,
                       kMaxSessionIdBytes);
  return fmt::format("not an ID: {} (does not match --id-pattern)", shown);
}

}  // namespace bulkdrop::input
