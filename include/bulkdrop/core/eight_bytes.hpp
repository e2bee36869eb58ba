// Eight characters at a time, in one register: for what is done with every byte of an ID, in inputs of
// millions of them. Nothing here depends on the order of bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace bulkdrop {

inline std::uint64_t load_eight(const char* from) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, from, sizeof bytes);
  return bytes;
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
