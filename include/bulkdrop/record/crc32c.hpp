// CRC-32C (Castagnoli polynomial; RFC 3720 §12.1, test values in its appendix B.4): the check value of every
// line of the journal.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace bulkdrop::record {

// The CRC of `bytes`; with `before`, of whatever gave `before` followed by `bytes`. Uses the processor's
// instruction where it has one (SSE 4.2).
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

// The same by table: for processors without that instruction.
std::uint32_t crc32c_portable(std::string_view bytes, std::uint32_t before = 0);

// The CRC of `bytes` as 8 lower-case hexadecimal digits.
std::array<char, 8> crc32c_hex(std::string_view bytes);

}  // namespace bulkdrop::record
