// The program's version, from CMakeLists.txt.
#pragma once

#include <string_view>

namespace bulkdrop {

std::string_view version();

}  // namespace bulkdrop
