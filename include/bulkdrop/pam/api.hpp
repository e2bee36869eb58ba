// Where PAM Core publishes what. Source: the vendor's public API documentation, v3.32, v3.33 and v4.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bulkdrop::pam {

enum class Generation : std::uint8_t {
  v4,  // v3.33 and v4: api/pam/session/drop/
  v3,  // v3.32 and before: iso/session/drop/
};

std::string_view name(Generation generation);
std::optional<Generation> generation_from_name(std::string_view name);

// Relative to the base URL, without a leading slash; `drop` ends in a slash.
struct Paths {
  std::string drop;
  std::string list;
  std::string token;
};

Paths default_paths(Generation generation);

// `https://pam.example/prefix/` and `api/x` → `https://pam.example/prefix/api/x`: exactly one slash between.
std::string join_url(std::string_view base, std::string_view path);

// Complete URLs.
struct Endpoints {
  std::string drop;  // up to and including the slash in front of the ID
  std::string list;
  std::string token;  // unused with a ready token
};

Endpoints endpoints(std::string_view base, const Paths& paths);

// The drop path as it must be to put an ID behind it: with a slash at its end.
std::string as_drop_prefix(std::string_view path);

// RFC 3986 §2.1: everything but unreserved characters as %XX. Fit for form bodies and OAuth 1.0 (RFC 5849
// §3.6).
std::string percent_encoded(std::string_view text);

}  // namespace bulkdrop::pam
