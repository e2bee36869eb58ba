// CSV: quotes, delimiters, headers and line ends anywhere.
#include "fuzz/rows.hpp"
#include "fuzz/target.hpp"

using namespace bulkdrop;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Bytes bytes(data, size);
  constexpr const char* kFields[] = {"", "Session ID", "2", "1"};
  input::Options options = fuzz::options_from(bytes, input::Format::csv, kFields);
  constexpr std::string_view kDelimiters = ",;|\t ";
  const unsigned delimiter = bytes.setting(kDelimiters.size() + 1);
  if (delimiter > 0) options.delimiter = kDelimiters[delimiter - 1];
  const unsigned seed = bytes.setting(256);
  fuzz::read_both_ways(bytes.text(), seed, options);
  return 0;
}
