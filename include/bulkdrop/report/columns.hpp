// Text in terminal columns: how wide it is, and where to break it. The text is UTF-8 and printable (core
// printable()).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bulkdrop::report {

// Columns that a terminal gives the text: combining marks take none, East Asian wide characters two.
std::size_t columns(std::string_view text);

// As much of the text, from its start, as fits into `width` columns; never half a character.
std::string_view fitting(std::string_view text, std::size_t width);

// Appends `text` broken at spaces into lines of at most `width` columns, each with its line end. The first
// line is indented by what `out` already holds of it, `started` columns; the others by `indent` spaces. A
// word longer than a line is cut.
void append_wrapped(std::string& out, std::string_view text, std::size_t started, std::size_t indent,
                    std::size_t width);

}  // namespace bulkdrop::report
