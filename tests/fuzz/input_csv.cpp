// CSV: quotes, delimiters, headers and line ends anywhere.
#include "fuzz/rows.hpp"
#include "fuzz/target.hpp"

using namespace bulkdrop;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Bytes bytes(data, size);
  input::Options options;
  options.format = input::Format::csv;
  options.stream = bytes.setting(2) == 1;
  constexpr const char* kFields[] = {"", "Session ID", "2", "1"};
  options.field = kFields[bytes.setting(4)];
  constexpr std::string_view kDelimiters = ",;|\t ";
  const unsigned delimiter = bytes.setting(kDelimiters.size() + 1);
  if (delimiter > 0) options.delimiter = kDelimiters[delimiter - 1];
  const unsigned seed = bytes.setting(256);
  fuzz::read_both_ways(bytes.text(), seed, options);
  return 0;
}
