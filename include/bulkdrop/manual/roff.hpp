// Plain text as man(7) source that groff and mandoc show as it was written.
#pragma once

#include <string>
#include <string_view>

namespace bulkdrop::manual {

// Text to be typed or read character by character: every hyphen is the one on the keyboard, quotes and
// accents are what they are, and no line is taken for a request. UTF-8 in, ASCII out. Line breaks stay.
std::string literal(std::string_view text);

// A sentence: words are filled by the formatter; `quoted` parts and options (--name) are bold.
std::string prose(std::string_view text);

std::string bold(std::string_view text);
std::string italic(std::string_view text);

// A synopsis or an operand: names in upper case stand for something and are italic, all else is typed and
// bold; brackets, bars and dots are neither.
std::string usage(std::string_view text);

}  // namespace bulkdrop::manual
