#include "bulkdrop/run/proxy_login.hpp"

#include <cstddef>

namespace bulkdrop::run {
namespace {

constexpr std::string_view kHidden = "***@";

std::size_t behind_scheme(std::string_view url) {
  const std::size_t scheme = url.find("://");
  return scheme == std::string_view::npos ? 0 : scheme + 3;
}

}  // namespace

bool lacks_login(std::string_view proxy) {
  return proxy.substr(behind_scheme(proxy)).starts_with(kHidden);
}

std::string asking_for_login(std::string_view proxy) {
  std::string asking(proxy);
  if (lacks_login(proxy)) asking.replace(behind_scheme(proxy), kHidden.size(), "USER:PASSWORD@");
  return asking;
}

}  // namespace bulkdrop::run
