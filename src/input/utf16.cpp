#include "bulkdrop/input/utf16.hpp"

namespace bulkdrop::input {

namespace {

constexpr std::uint32_t kReplacement = 0xFFFD;

constexpr bool is_high(std::uint32_t unit) {
  return unit >= 0xD800 && unit <= 0xDBFF;
}
constexpr bool is_low(std::uint32_t unit) {
  return unit >= 0xDC00 && unit <= 0xDFFF;
}

char* put(std::uint32_t code, char* out) {
  const auto byte = [&out](std::uint32_t value) {
    *out++ = static_cast<char>(static_cast<unsigned char>(value));
  };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0U | (code >> 6U));
    byte(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    byte(0xE0U | (code >> 12U));
    byte(0x80U | ((code >> 6U) & 0x3FU));
    byte(0x80U | (code & 0x3FU));
  } else {
    byte(0xF0U | (code >> 18U));
    byte(0x80U | ((code >> 12U) & 0x3FU));
    byte(0x80U | ((code >> 6U) & 0x3FU));
    byte(0x80U | (code & 0x3FU));
  }
  return out;
}

}  // namespace

char* Utf16Decoder::put_unit(std::uint32_t unit, char* out) {
  if (high_surrogate_ != 0) {
    const std::uint32_t high = high_surrogate_;
    high_surrogate_ = 0;
    if (is_low(unit)) return put(0x10000 + ((high - 0xD800) << 10U) + (unit - 0xDC00), out);
    out = put(kReplacement, out);
  }
  if (is_high(unit)) {
    high_surrogate_ = unit;
    return out;
  }
  return put(is_low(unit) ? kReplacement : unit, out);
}

std::size_t Utf16Decoder::decode(std::string_view bytes, char* out) {
  char* const start = out;
  const auto unit_of = [this](unsigned char first, unsigned char second) -> std::uint32_t {
    return order_ == ByteOrder::little ? std::uint32_t{first} | (std::uint32_t{second} << 8U)
                                       : std::uint32_t{second} | (std::uint32_t{first} << 8U);
  };
  std::size_t i = 0;
  if (odd_byte_ && !bytes.empty()) {
    out = put_unit(unit_of(*odd_byte_, static_cast<unsigned char>(bytes[i++])), out);
    odd_byte_.reset();
  }
  for (; i + 1 < bytes.size(); i += 2)
    out = put_unit(unit_of(static_cast<unsigned char>(bytes[i]), static_cast<unsigned char>(bytes[i + 1])),
                   out);
  if (i < bytes.size()) odd_byte_ = static_cast<unsigned char>(bytes[i]);
  return static_cast<std::size_t>(out - start);
}

std::size_t Utf16Decoder::finish(char* out) {
  char* const start = out;
  if (high_surrogate_ != 0) out = put(kReplacement, out);
  if (odd_byte_) out = put(kReplacement, out);
  high_surrogate_ = 0;
  odd_byte_.reset();
  return static_cast<std::size_t>(out - start);
}

}  // namespace bulkdrop::input
