// Plain text, one ID a line.
#include "fuzz/rows.hpp"
#include "fuzz/target.hpp"

using namespace bulkdrop;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Bytes bytes(data, size);
  input::Options options;
  options.format = input::Format::text;
  options.stream = bytes.setting(2) == 1;
  const unsigned seed = bytes.setting(256);
  fuzz::read_both_ways(bytes.text(), seed, options);
  return 0;
}
