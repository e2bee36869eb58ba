// The sockets of one lane, so that a kept connection can be looked at before a request is written to it.
//
// HTTP/1.1 answers carry no mark of the request that they belong to. Whatever lies unread on a connection
// when a request is about to be written to it (a second copy of the last answer, a gateway's 408 to an idle
// client) would be read as the answer to that request, and libcurl up to 7.88 at least does so.
#pragma once

#include <vector>

#include <curl/curl.h>

namespace bulkdrop::net {

// Must outlive the easy handles that it was attached to, and their multi handle.
class OpenSockets {
 public:
  // From now on the handle's sockets are opened and closed through this object.
  void attach(CURL* easy);

  // True if something, or the end of the stream, is there to be read on the connection with that local port,
  // which libcurl tells before a request. With TLS, also true for a record that is none of HTTP's business:
  // no reason to trust it the more.
  [[nodiscard]] bool has_unread(int local_port);

 private:
  struct Socket {
    curl_socket_t fd;
    int local_port;  // 0 = not asked for yet
  };
  static curl_socket_t open(void* self, curlsocktype, curl_sockaddr* address);
  static int close(void* self, curl_socket_t fd);

  std::vector<Socket> sockets_;
};

}  // namespace bulkdrop::net
