#include "cli/listening_port.hpp"

#include <sys/socket.h>

namespace bulkdrop::test {

ListeningPort::ListeningPort() : listener_(listen_on_loopback(16, SOCK_NONBLOCK)) {}

std::string ListeningPort::url() const {
  return "http://127.0.0.1:" + std::to_string(listener_.port);
}

bool ListeningPort::was_called() const {
  return Fd(::accept4(listener_.socket.get(), nullptr, nullptr, SOCK_CLOEXEC)).get() >= 0;
}

std::string url_of_nobody() {
  return "http://127.0.0.1:" + std::to_string(unused_port());
}

}  // namespace bulkdrop::test
