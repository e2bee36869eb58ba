// How far a word is from the one that was meant.
#pragma once

#include <cstddef>
#include <string_view>

namespace bulkdrop {

// Letters (bytes) to insert, take out, replace, or swap with their neighbour (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace bulkdrop
