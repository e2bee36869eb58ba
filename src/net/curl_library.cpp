#include "bulkdrop/net/curl_library.hpp"

#include <cstdlib>

#include <curl/curl.h>

#include "bulkdrop/core/error.hpp"

namespace bulkdrop::net {

CurlLibrary::CurlLibrary() {
  for (const char* name : {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
                           "no_proxy", "NO_PROXY", "SSLKEYLOGFILE"})
    ::unsetenv(name);
  if (::curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
    throw Error(ExitCode::usage, "libcurl could not be initialised");
  // Counting wire sends takes CURLOPT_PREREQFUNCTION (7.80), reading headers curl_easy_header (7.84),
  // allowing two protocols by name CURLOPT_PROTOCOLS_STR (7.85).
  if (::curl_version_info(CURLVERSION_NOW)->version_num < 0x075500) {
    ::curl_global_cleanup();
    throw Error(ExitCode::usage, "libcurl is older than 7.85.0");
  }
}

CurlLibrary::~CurlLibrary() {
  ::curl_global_cleanup();
}

}  // namespace bulkdrop::net
