// Log lines, and regular expressions that pick IDs from them.
#include "fuzz/rows.hpp"
#include "fuzz/target.hpp"

using namespace bulkdrop;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Bytes bytes(data, size);
  input::Options options;
  constexpr const char* kExpressions[] = {"session_id=([0-9a-f]+)", "([0-9a-f]{40})",
                                          "(?i)sess\\S*[ =:]+(\\S*)", "^(.*)$", "x|(y)"};
  options.match = kExpressions[bytes.setting(5)];
  options.stream = bytes.setting(2) == 1;
  const unsigned seed = bytes.setting(256);
  fuzz::read_both_ways(bytes.text(), seed, options);
  return 0;
}
