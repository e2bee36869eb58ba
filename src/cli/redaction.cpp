#include "bulkdrop/cli/redaction.hpp"

#include <algorithm>
#include <cstddef>

namespace bulkdrop::cli {
namespace {

struct Range {
  std::size_t begin;
  std::size_t end;
};

// Empty if there is none.
Range user_info(std::string_view url) {
  const std::size_t scheme = url.find("://");
  const std::size_t begin = scheme == std::string_view::npos ? 0 : scheme + 3;
  // A password with a slash, a question mark or a hash sign in it is wrong, and secret all the same: the last
  // `@` counts, wherever it stands.
  const std::size_t end = url.rfind('@');
  return end == std::string_view::npos || end < begin ? Range{0, 0} : Range{begin, end};
}

}  // namespace

std::string without_user_info(std::string_view url) {
  const Range range = user_info(url);
  if (range.end == 0) return std::string(url);
  std::string text(url.substr(0, range.begin));
  text += "***";
  text += url.substr(range.end);
  return text;
}

void blank_user_info(char* url) {
  const Range range = user_info(url);
  std::fill(url + range.begin, url + range.end, '*');
}

}  // namespace bulkdrop::cli
