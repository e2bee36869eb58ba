#include "bulkdrop/cli/redaction.hpp"

#include <algorithm>

namespace bulkdrop::cli {

std::string without_user_info(std::string_view url) {
  const std::size_t scheme = url.find("://");
  const std::size_t begin = scheme == std::string_view::npos ? 0 : scheme + 3;
  // A password with a slash, a question mark or a hash sign in it is wrong, and secret all the same: the last
  // `@` counts, wherever it stands.
  const std::size_t end = url.rfind('@');
  if (end == std::string_view::npos || end < begin) return std::string(url);
  std::string text(url.substr(0, begin));
  text += "***";
  text += url.substr(end);
  return text;
}

}  // namespace bulkdrop::cli
