// Regular expressions that a person gave.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace bulkdrop::input {

// Throws Error(usage) that names the option and what is wrong with the expression.
std::unique_ptr<re2::RE2> compile_regex(std::string_view option, const std::string& expression);

}  // namespace bulkdrop::input
