// What the fuzz targets share. A target is one LLVMFuzzerTestOneInput, which libFuzzer calls with whatever it
// makes up, and replay.cpp with a corpus and variants of it. Its properties end the program where one does
// not hold, and so does any exception that it does not expect.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace bulkdrop::fuzz {

// Ends the program with these words if the property does not hold; `seen` says by what.
void holds(bool property, std::string_view what, std::string_view seen = {});

// True for what may stand in a message to a person: UTF-8, no control characters.
bool is_for_people(std::string_view text);

// The bytes of one input: settings, a byte each, and then the text.
class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size);

  // The next setting, below `choices`. In a file that a person wrote, `0` is the first.
  unsigned setting(unsigned choices);
  [[nodiscard]] std::string_view text() const { return text_; }

 private:
  std::string bytes_;
  std::string_view text_;
};

// Cuts the text into at most `most` pieces, at places that `seed` chooses; 0 = leaves it whole.
std::vector<std::string_view> cut(std::string_view text, unsigned seed, std::size_t most = 60);

}  // namespace bulkdrop::fuzz
