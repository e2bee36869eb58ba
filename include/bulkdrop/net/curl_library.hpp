// libcurl, process-wide.
#pragma once

namespace bulkdrop::net {

// Make one in main(), before any thread and any other use of libcurl; it must outlive them. Takes out of the
// environment what libcurl and OpenSSL would obey behind our back: proxy variables (the proxy is --proxy or
// none) and SSLKEYLOGFILE (it would write session keys to a file). Throws Error(usage) if libcurl can't do
// what we need.
class CurlLibrary {
 public:
  CurlLibrary();
  CurlLibrary(const CurlLibrary&) = delete;
  CurlLibrary& operator=(const CurlLibrary&) = delete;
  ~CurlLibrary();
};

}  // namespace bulkdrop::net
