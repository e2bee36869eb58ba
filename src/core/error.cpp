#include "bulkdrop/core/error.hpp"

#include <system_error>

namespace bulkdrop {

std::string describe_errno(int number) {
  return std::generic_category().message(number);
}

}  // namespace bulkdrop
