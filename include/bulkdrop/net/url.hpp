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

}  // namespace bulkdrop::net
