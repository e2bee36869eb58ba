// UTF-16 to UTF-8, piece by piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace bulkdrop::input {

enum class ByteOrder : std::uint8_t { little, big };

// Pieces may be cut anywhere, also inside a code unit or a surrogate pair. Whatever is not valid UTF-16 (lone
// surrogates, an odd last byte) becomes U+FFFD (Unicode 15 §3.9).
class Utf16Decoder {
 public:
  explicit Utf16Decoder(ByteOrder order) : order_(order) {}

  // The most bytes that decode() and finish() may write for `bytes` more bytes of input.
  static constexpr std::size_t room_for(std::size_t bytes) { return bytes / 2 * 3 + 9; }

  // Writes UTF-8 to `out`, which has room_for(bytes.size()), and returns how much.
  std::size_t decode(std::string_view bytes, char* out);
  // What an input that ends here leaves over; `out` has room_for(0).
  std::size_t finish(char* out);

 private:
  char* put_unit(std::uint32_t unit, char* out);

  ByteOrder order_;
  std::optional<unsigned char> odd_byte_;
  std::uint32_t high_surrogate_ = 0;  // 0 = none is waiting
};

}  // namespace bulkdrop::input
