// What may be shown and recorded of something that was typed.
#pragma once

#include <string>
#include <string_view>

namespace bulkdrop::cli {

// The URL with `***` where it carries a user and a password (RFC 3986 §3.2.1), with or without a scheme, as a
// proxy may be given. A text without them stays as it is.
std::string without_user_info(std::string_view url);

// Overwrites them with asterisks, in place.
void blank_user_info(char* url);

}  // namespace bulkdrop::cli
