// Plain text, one ID a line.
#include "fuzz/rows.hpp"
#include "fuzz/target.hpp"

using namespace bulkdrop;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Bytes bytes(data, size);
  const input::Options options = fuzz::options_from(bytes, input::Format::text);
  const unsigned seed = bytes.setting(256);
  fuzz::read_both_ways(bytes.text(), seed, options);
  return 0;
}
