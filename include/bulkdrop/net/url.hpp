// The parts of a base URL that decide how it may be used.
#pragma once

#include <string>

namespace bulkdrop::net {

struct BaseUrl {
  std::string scheme;  // lower case
  std::string host;    // lower case, without brackets
  bool loopback = false;
  bool has_user_info = false;
  bool has_query_or_fragment = false;
};

// Throws Error(usage) naming the text if it is no http or https URL with a host.
BaseUrl parse_base_url(const std::string& text);

struct HostAndPort {
  std::string host;  // lower case, without brackets
  std::string port;  // the scheme's own where none is given
};

// Of a URL or a proxy, with or without a scheme; empty if it is neither.
HostAndPort host_and_port(const std::string& text);

// True for what libcurl takes as a proxy: a host, perhaps with a port, a user and a password, and the scheme
// http, https, socks4, socks4a, socks5 or socks5h, or none. Others it refuses in words that hold the
// password.
bool is_proxy_url(const std::string& text);

// True for `HOST:PORT:ADDRESS[,ADDRESS]...` as CURLOPT_RESOLVE takes it: libcurl finds out only when it
// connects.
bool is_resolve_entry(const std::string& text);

}  // namespace bulkdrop::net
