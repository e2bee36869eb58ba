// How the message of a row whose ID is none ends where another of its columns holds one: reports propose it.
#pragma once

#include <string_view>

namespace bulkdrop {

inline constexpr std::string_view kColumnHintStart = "; the column \"";
inline constexpr std::string_view kColumnHintEnd = "\" holds one";

// The column that the message names; empty if it names none.
inline std::string_view hinted_column(std::string_view message) {
  const auto start = message.rfind(kColumnHintStart);
  if (start == std::string_view::npos || !message.ends_with(kColumnHintEnd)) return {};
  message.remove_prefix(start + kColumnHintStart.size());
  message.remove_suffix(kColumnHintEnd.size());
  return message;
}

}  // namespace bulkdrop
