#include "bulkdrop/core/random.hpp"

namespace bulkdrop {

std::uint64_t fresh_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

}  // namespace bulkdrop
