// Names of files that are being written. A killed process leaves such a file; who comes after it must be able
// to tell it from what is somebody's.
#pragma once

#include <string>
#include <string_view>

namespace bulkdrop {

// What mkostemp takes, for a file beside `path` that will replace it.
std::string temporary_name_for(std::string_view path);
// The same for a file in `directory` that loses its name at once.
std::string passing_name_in(std::string_view directory);

// True for a name that mkostemp made of temporary_name_for(`name`).
bool is_temporary_name_of(std::string_view entry, std::string_view name);
// True for a name that it made of passing_name_in() of its directory.
bool is_passing_name(std::string_view entry);

}  // namespace bulkdrop
