// One input row as the reader found it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "bulkdrop/core/reason.hpp"
#include "bulkdrop/core/status.hpp"

namespace bulkdrop {

// What is to become of a row before anything is sent.
enum class Admission : std::uint8_t {
  to_drop,
  invalid,     // with reason missing_field, bad_id or malformed_row
  duplicate,   // of an earlier row
  protected_,  // on a protect list
};

// The views point into a buffer of whoever handed the row out and live as long as that says.
struct Row {
  std::uint64_t number = 0;  // from 0, over all sources in input order
  std::uint32_t source = 0;  // index of the source
  std::uint64_t line = 0;    // physical line on which the row starts, from 1
  std::uint64_t offset =
      0;  // where the row's text starts in its source, in decoded (UTF-8) bytes, BOM excluded
  std::uint32_t length = 0;  // bytes of that text, line end excluded
  std::uint32_t check = 0;   // hash of that text, so that a file that changed meanwhile is noticed; 0 where
                             // nobody reads it again
  std::string_view session_id;  // as found, trimmed; empty if none. Usable only when admission is to_drop
  Admission admission = Admission::to_drop;
  Reason reason = Reason::not_started;  // why not, for the other admissions
  std::string_view message;             // the same for a person, with what to do
  // As it was read, in whatever encoding; only where the row comes right from the reader, and is not invalid.
  std::string_view text = {};
  // Likewise, of a JSON record: what the reader was asked for besides the ID (input::WantedMembers), each
  // empty where the record has none. No values at all if it was not asked, or they must be looked for in the
  // text.
  std::span<const std::string_view> members = {};
};

}  // namespace bulkdrop
