// How an easy handle gets the transport options: the same for requests and for probes.
#pragma once

#include <curl/curl.h>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/net/transport_options.hpp"

namespace bulkdrop::net {

// Who is talked to, how it must prove itself, and which of libcurl's own ideas are switched off (redirects,
// netrc, proxies of the environment, path rewriting). `resolve` is options.resolve as a list, or null; it
// must outlive the handle's transfers. Throws Error(usage) for an option that this libcurl refuses.
void set_transport(CURL* easy, const TransportOptions& options, curl_slist* resolve);

// A setting that libcurl refuses is a bug of ours or an option that this libcurl lacks: never go on without
// it.
void check_setting(CURLcode code, CURLoption option);

template <typename Value>
void set(CURL* easy, CURLoption option, Value value) {
  check_setting(::curl_easy_setopt(easy, option, value), option);
}

// As libcurl takes times: whole milliseconds, at least one, since 0 would mean none.
long milliseconds(Duration duration);

}  // namespace bulkdrop::net
