#include "bulkdrop/net/open_sockets.hpp"

#include <algorithm>
#include <cerrno>
#include <new>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bulkdrop::net {
namespace {

int local_port_of(curl_socket_t fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  void* any = &address;
  if (::getsockname(fd, static_cast<sockaddr*>(any), &size) != 0) return 0;
  if (address.ss_family == AF_INET) return ntohs(static_cast<const sockaddr_in*>(any)->sin_port);
  if (address.ss_family == AF_INET6) return ntohs(static_cast<const sockaddr_in6*>(any)->sin6_port);
  return 0;
}

bool is_readable(curl_socket_t fd) {
  char byte = 0;
  return ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || (errno != EAGAIN && errno != EINTR);
}

}  // namespace

void OpenSockets::attach(CURL* easy) {
  if (::curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &OpenSockets::open) != CURLE_OK ||
      ::curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this) != CURLE_OK ||
      ::curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &OpenSockets::close) != CURLE_OK ||
      ::curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this) != CURLE_OK)
    throw std::bad_alloc();
}

curl_socket_t OpenSockets::open(void* self, curlsocktype, curl_sockaddr* address) {
  const curl_socket_t fd = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (fd < 0) return CURL_SOCKET_BAD;
  static_cast<OpenSockets*>(self)->sockets_.push_back({fd, 0});
  return fd;
}

int OpenSockets::close(void* self, curl_socket_t fd) {
  auto& sockets = static_cast<OpenSockets*>(self)->sockets_;
  std::erase_if(sockets, [fd](const Socket& socket) { return socket.fd == fd; });
  return ::close(fd);
}

bool OpenSockets::has_unread(int local_port) {
  // Connections to different addresses may share a local port; then one bad one is enough.
  return std::any_of(sockets_.begin(), sockets_.end(), [local_port](Socket& socket) {
    if (socket.local_port == 0) socket.local_port = local_port_of(socket.fd);
    return socket.local_port == local_port && is_readable(socket.fd);
  });
}

}  // namespace bulkdrop::net
