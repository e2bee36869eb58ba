// A small file's whole content.
#pragma once

#include <cstddef>
#include <string>

#include "bulkdrop/core/file.hpp"

namespace bulkdrop::test {

inline std::string file_text(const std::string& path) {
  constexpr std::size_t kLimit = 64 * 1024 * 1024;
  return read_file(path, kLimit, ExitCode::bad_input);
}

}  // namespace bulkdrop::test
