#include "bulkdrop/pam/api.hpp"

#include <fmt/format.h>

namespace bulkdrop::pam {

std::string_view name(Generation generation) {
  return generation == Generation::v4 ? "v4" : "v3";
}

std::optional<Generation> generation_from_name(std::string_view name) {
  if (name == "v4") return Generation::v4;
  if (name == "v3") return Generation::v3;
  return std::nullopt;
}

Paths default_paths(Generation generation) {
  if (generation == Generation::v4)
    return {"api/pam/session/drop/", "api/pam/session/remotesessions", "api/oauth2/token"};
  return {"iso/session/drop/", "api/session/remotesessions", "iso/oauth2/token"};
}

std::string join_url(std::string_view base, std::string_view path) {
  while (base.ends_with('/')) base.remove_suffix(1);
  while (path.starts_with('/')) path.remove_prefix(1);
  return fmt::format("{}/{}", base, path);
}

std::string as_drop_prefix(std::string_view path) {
  std::string prefix(path);
  if (!prefix.ends_with('/')) prefix.push_back('/');
  return prefix;
}

Endpoints endpoints(std::string_view base, const Paths& paths) {
  return {join_url(base, as_drop_prefix(paths.drop)), join_url(base, paths.list),
          join_url(base, paths.token)};
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                            c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      out.push_back(c);
    } else {
      constexpr std::string_view kDigits = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c);
      out.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
    }
  }
  return out;
}

}  // namespace bulkdrop::pam
