#include "bulkdrop/net/transport_setup.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>

#include "bulkdrop/core/error.hpp"

namespace bulkdrop::net {

long milliseconds(Duration duration) {
  return static_cast<long>(
      std::max<std::int64_t>(1, std::chrono::duration_cast<std::chrono::milliseconds>(duration).count()));
}

void check_setting(CURLcode code, CURLoption option) {
  if (code != CURLE_OK) throw Error(ExitCode::usage, "libcurl refuses an option: " + std::to_string(option));
}

void set_transport(CURL* easy, const TransportOptions& options, curl_slist* resolve) {
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy, CURLOPT_HTTP_VERSION,
      static_cast<long>(options.http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
  // Wait for a connection that is being made, in case that it takes many requests, instead of making one for
  // each.
  if (options.http2) set(easy, CURLOPT_PIPEWAIT, 1L);
  // The ID has been checked; libcurl must not rewrite the path around it.
  set(easy, CURLOPT_PATH_AS_IS, 1L);
  set(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(easy, CURLOPT_PROXY, options.proxy.c_str());
  set(easy, CURLOPT_NOPROXY, "");
  set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
  // A resolver that hangs must not hold up the second Ctrl-C. A library older than its header lacks it.
  static_cast<void>(::curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L));
#endif
  set(easy, CURLOPT_TIMEOUT_MS, milliseconds(options.timeout));
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(std::min(options.connect_timeout, options.timeout)));
  set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  set(easy, CURLOPT_USERAGENT, options.user_agent.c_str());
  if (!options.cacert.empty()) set(easy, CURLOPT_CAINFO, options.cacert.c_str());
  if (!options.cert.empty()) set(easy, CURLOPT_SSLCERT, options.cert.c_str());
  if (!options.key.empty()) set(easy, CURLOPT_SSLKEY, options.key.c_str());
  if (!options.pinned_pubkey.empty()) set(easy, CURLOPT_PINNEDPUBLICKEY, options.pinned_pubkey.c_str());
  if (resolve != nullptr) set(easy, CURLOPT_RESOLVE, resolve);
}

}  // namespace bulkdrop::net
