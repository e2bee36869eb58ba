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

// What libcurl would only find out when it connects, and then take for a server that is away.
// True for `[SCHEME://][USER:PASSWORD@]HOST[:PORT]` with a scheme of a proxy that libcurl knows.
bool is_proxy(const std::string& text);
// True for `HOST:PORT:ADDRESS[,ADDRESS]...` as CURLOPT_RESOLVE takes it.
bool is_resolve_entry(const std::string& text);

}  // namespace bulkdrop::net
