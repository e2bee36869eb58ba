#include "bulkdrop/net/transport_errors.hpp"

#include <charconv>
#include <cstddef>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace bulkdrop::net {
namespace {

// Of OpenSSL's code in libcurl's words, `error:0A00045C:`; 0 if there is none, or not one of its TLS.
int openssl_reason(std::string_view error_text) {
  constexpr std::string_view kMark = "error:";
  const std::size_t mark = error_text.rfind(kMark);  // `TLS connect error: error:…` (8.14)
  if (mark == std::string_view::npos) return 0;
  const std::string_view digits = error_text.substr(mark + kMark.size());
  unsigned long code = 0;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), code, 16).ec != std::errc()) return 0;
  return ERR_GET_LIB(code) == ERR_LIB_SSL ? ERR_GET_REASON(code) : 0;
}

}  // namespace

TransportError transport_error(CURLcode code, int wire_sends) {
  switch (code) {
    case CURLE_OK:
      return TransportError::none;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return TransportError::resolve_failed;
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
      return TransportError::connect_failed;
    case CURLE_OPERATION_TIMEDOUT:
      return wire_sends > 0 ? TransportError::timed_out : TransportError::connect_failed;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
      return TransportError::tls_untrusted;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_SSL_CLIENTCERT:
      return TransportError::tls_failed;
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return wire_sends > 0 ? TransportError::connection_lost : TransportError::connect_failed;
    default:
      return TransportError::unusable;
  }
}

// Since TLS 1.3 (RFC 8446 §4.4.2.4) a client's certificate is looked at when its side of the handshake has
// ended: the request is on its way by then, and libcurl says no more than that it could not read. OpenSSL's
// reason of an alert is 1000 and the alert's number.
bool tells_of_our_certificate(std::string_view error_text) {
  switch (openssl_reason(error_text) - SSL_AD_REASON_OFFSET) {
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_ACCESS_DENIED:
    case SSL_AD_CERTIFICATE_REQUIRED:
      return true;
    default:
      return false;
  }
}

std::string_view in_plain_words(std::string_view error_text) {
  return openssl_reason(error_text) == SSL_R_WRONG_VERSION_NUMBER
             ? "no TLS is spoken at this port: another one is meant, or http://"
             : error_text;
}

}  // namespace bulkdrop::net
