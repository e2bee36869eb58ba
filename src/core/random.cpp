#include "bulkdrop/core/random.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <unistd.h>

namespace bulkdrop {

// Not std::random_device: making one asks the processor what it can do, which a virtual machine has to be
// left for.
void fill_with_fresh_bits(std::span<unsigned char> bytes) {
  if (::getentropy(bytes.data(), bytes.size()) != 0)
    throw std::system_error(errno, std::generic_category(), "the system gives no random bits");
}

std::uint64_t fresh_seed() {
  std::uint64_t seed = 0;
  std::array<unsigned char, sizeof seed> bytes{};
  fill_with_fresh_bits(bytes);
  std::memcpy(&seed, bytes.data(), sizeof seed);
  return seed;
}

}  // namespace bulkdrop
