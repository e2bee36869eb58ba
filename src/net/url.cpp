#include "bulkdrop/net/url.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <string_view>

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/text.hpp"

namespace bulkdrop::net {
namespace {

struct FreeUrl {
  void operator()(CURLU* url) const { ::curl_url_cleanup(url); }
};

std::string part(CURLU* url, CURLUPart which) {
  char* text = nullptr;
  if (::curl_url_get(url, which, &text, 0) != CURLUE_OK) return {};
  std::string copy(text);
  ::curl_free(text);
  return copy;
}

std::string without_brackets(const std::string& host) {
  return host.starts_with('[') && host.ends_with(']') ? host.substr(1, host.size() - 2) : host;
}

bool is_loopback(const std::string& host) {
  if (host == "localhost") return true;
  std::array<unsigned char, 16> address{};
  if (::inet_pton(AF_INET, host.c_str(), address.data()) == 1) return address[0] == 127;
  if (::inet_pton(AF_INET6, host.c_str(), address.data()) != 1) return false;
  for (std::size_t i = 0; i < 15; ++i)
    if (address[i] != 0) return false;
  return address[15] == 1;
}

bool is_address(std::string text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  std::array<unsigned char, 16> address{};
  return ::inet_pton(AF_INET, text.c_str(), address.data()) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), address.data()) == 1;
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

}  // namespace

BaseUrl parse_base_url(const std::string& text) {
  const std::unique_ptr<CURLU, FreeUrl> url(::curl_url());
  const CURLUcode code = ::curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME);
  BaseUrl out;
  out.scheme = lower_ascii(part(url.get(), CURLUPART_SCHEME));
  out.host = without_brackets(lower_ascii(part(url.get(), CURLUPART_HOST)));
  if (code != CURLUE_OK || out.host.empty() || (out.scheme != "https" && out.scheme != "http"))
    throw Error(
        ExitCode::usage,
        fmt::format("'{}' is not an http or https URL; write it as https://pam.example", printable(text)));
  out.loopback = is_loopback(out.host);
  out.has_user_info =
      !part(url.get(), CURLUPART_USER).empty() || !part(url.get(), CURLUPART_PASSWORD).empty();
  // Also an empty one: a path that is appended to it would become part of it (RFC 3986 §3.4, §3.5).
  out.has_query_or_fragment = text.find_first_of("?#") != std::string::npos;
  return out;
}

HostAndPort host_and_port(const std::string& text) {
  const std::unique_ptr<CURLU, FreeUrl> url(::curl_url());
  ::curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME);
  HostAndPort out{without_brackets(lower_ascii(part(url.get(), CURLUPART_HOST))), {}};
  char* port = nullptr;
  if (::curl_url_get(url.get(), CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK) {
    out.port = port;
    ::curl_free(port);
  }
  return out;
}

bool is_proxy_url(const std::string& text) {
  constexpr std::array<std::string_view, 6> kSchemes = {"http",    "https",  "socks4",
                                                        "socks4a", "socks5", "socks5h"};
  const std::unique_ptr<CURLU, FreeUrl> url(::curl_url());
  // As libcurl itself reads it.
  if (::curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME) !=
      CURLUE_OK)
    return false;
  const std::string scheme = lower_ascii(part(url.get(), CURLUPART_SCHEME));
  return std::find(kSchemes.begin(), kSchemes.end(), scheme) != kSchemes.end() &&
         !part(url.get(), CURLUPART_HOST).empty();
}

bool is_resolve_entry(const std::string& text) {
  const std::size_t port = text.find(':');
  if (port == std::string::npos || port == 0) return false;
  const std::size_t addresses = text.find(':', port + 1);
  if (addresses == std::string::npos ||
      !is_port(std::string_view(text).substr(port + 1, addresses - port - 1)))
    return false;
  for (std::size_t begin = addresses + 1;;) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    if (!is_address(text.substr(begin, end - begin))) return false;
    if (end == text.size()) return true;
    begin = end + 1;
  }
}

}  // namespace bulkdrop::net
