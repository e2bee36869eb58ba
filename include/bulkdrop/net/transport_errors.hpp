// What libcurl and the TLS library under it mean by their errors.
#pragma once

#include <string_view>

#include <curl/curl.h>

#include "bulkdrop/core/answer.hpp"

namespace bulkdrop::net {

// What a server that speaks TLS does when it is asked without; others have other reasons.
inline constexpr std::string_view kClosedUnanswered =
    "the server closed without an answer: does it speak TLS? then the URL is https://";

// What libcurl's result means. `wire_sends` decides whether a timeout happened before or after the request
// left.
TransportError transport_error(CURLcode code, int wire_sends);

// What libcurl says of a connection that broke (CURLOPT_ERRORBUFFER) tells that the server ended it over our
// client certificate: none, a wrong one, an old one. OpenSSL's words only; of another TLS library, false.
bool tells_of_our_certificate(std::string_view error_text);

// The same words, but where OpenSSL's say it in a way that only its authors understand.
std::string_view in_plain_words(std::string_view error_text);

}  // namespace bulkdrop::net
