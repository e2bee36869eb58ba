// Percent-encoding and form parameters, as OAuth needs them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bulkdrop::sandbox {

// RFC 5849 §3.6: everything but letters, digits and -._~ as %XX, upper-case hex.
std::string percent_encode(std::string_view text);

// Empty if a % is not followed by two hex digits. `plus_is_space`: application/x-www-form-urlencoded.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

using Parameters = std::vector<std::pair<std::string, std::string>>;  // decoded, in the order sent

// `a=1&b&c=` of a query or a form body; empty if it holds a broken escape.
std::optional<Parameters> parse_form(std::string_view text);

// The value of the only parameter of this name; empty if there is none or more than one.
std::optional<std::string_view> find_single(const Parameters& parameters, std::string_view name);

}  // namespace bulkdrop::sandbox
