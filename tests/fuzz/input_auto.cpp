// Input of which nobody says what it is: signatures, encodings, and the guess at the format.
#include "fuzz/rows.hpp"
#include "fuzz/target.hpp"

using namespace bulkdrop;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Bytes bytes(data, size);
  input::Options options;
  options.stream = bytes.setting(2) == 1;
  constexpr const char* kFields[] = {"", "Session ID", "2", "/a/b"};
  options.field = kFields[bytes.setting(4)];
  const unsigned seed = bytes.setting(256);
  fuzz::read_both_ways(bytes.text(), seed, options);
  return 0;
}
