// JSON numbers of any size, for a parser that holds 64 bits.
#pragma once

#include <string>
#include <string_view>

namespace bulkdrop::input {

// Makes `copy` what `text` is, with 0 and spaces in the place of each number outside strings: what is JSON
// stays JSON (RFC 8259 §6 sets no limit to numbers), and what is none stays none. False: there was no number.
bool blank_numbers(std::string_view text, std::string& copy);

}  // namespace bulkdrop::input
