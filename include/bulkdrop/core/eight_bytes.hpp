// Eight characters at a time, in one register: for what is done with every byte of an ID, in inputs of
// millions of them. Nothing here depends on the order of bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace bulkdrop {

inline std::uint64_t load_eight(const char* from) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, from, sizeof bytes);
  return bytes;
}

// The same as `a == b`, for names and the like: not worth a call of memcmp().
inline bool same_short(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  std::size_t i = 0;
  if (a.size() >= sizeof(std::uint64_t)) {
    // The last eight may begin among those before.
    const std::size_t last = a.size() - sizeof(std::uint64_t);
    for (; i < last; i += sizeof(std::uint64_t))
      if (load_eight(a.data() + i) != load_eight(b.data() + i)) return false;
    return load_eight(a.data() + last) == load_eight(b.data() + last);
  }
  while (i < a.size() && a[i] == b[i]) ++i;
  return i == a.size();
}

inline constexpr std::uint64_t in_each_byte(unsigned char value) {
  return std::uint64_t{0x0101'0101'0101'0101} * value;
}

// The highest bit of each byte: set where it is `from` to `to`, which are ASCII.
inline constexpr std::uint64_t bytes_between(std::uint64_t bytes, unsigned char from, unsigned char to) {
  const std::uint64_t low = bytes & in_each_byte(0x7F);
  const std::uint64_t not_below = low + in_each_byte(static_cast<unsigned char>(0x80 - from));
  const std::uint64_t above = low + in_each_byte(static_cast<unsigned char>(0x7F - to));
  return not_below & ~above & ~bytes & in_each_byte(0x80);
}

inline constexpr bool are_hex_digits(std::uint64_t bytes) {
  return (bytes_between(bytes, '0', '9') | bytes_between(bytes | in_each_byte(0x20), 'a', 'f')) ==
         in_each_byte(0x80);
}

inline constexpr std::uint64_t lower_case(std::uint64_t bytes) {
  return bytes | (bytes_between(bytes, 'A', 'Z') >> 2U);
}

}  // namespace bulkdrop
