// What the first bytes of a source say about the rest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace bulkdrop::input {

enum class Encoding : std::uint8_t { utf8, utf16le, utf16be };

std::string_view name(Encoding encoding);

struct Signature {
  Encoding encoding = Encoding::utf8;
  std::size_t mark = 0;       // bytes of the byte order mark
  std::string_view not_text;  // not empty: what it is instead, and what to do about it
};

// Empty as long as more bytes could change the answer; `at_end` says that there are no more. Needs at most 16
// bytes. Byte order marks: Unicode 15 §23.8.
std::optional<Signature> read_signature(std::string_view start, bool at_end);

// Looks for text that is not text, or UTF-16 without its mark, in the first piece of a UTF-8 source: NULs in
// number. Returns what it seems to be and what to do, or nothing.
std::string_view find_nuls(std::string_view piece);

}  // namespace bulkdrop::input
