// Ports of the test's own: one where nobody answers and every caller is noticed, and one where nobody
// listens.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "bulkdrop/core/file.hpp"

namespace bulkdrop::test {

class ListeningPort {
 public:
  ListeningPort() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    void* const raw = &address;
    if (!fd_ || ::bind(fd_.get(), static_cast<sockaddr*>(raw), size) != 0 || ::listen(fd_.get(), 16) != 0 ||
        ::getsockname(fd_.get(), static_cast<sockaddr*>(raw), &size) != 0)
      throw std::runtime_error("no port to listen on");
    port_ = ntohs(address.sin_port);
  }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  // True if somebody has connected since this was asked last.
  [[nodiscard]] bool was_called() const {
    return Fd(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC)).get() >= 0;
  }

 private:
  Fd fd_;
  std::uint16_t port_ = 0;
};

// Free a moment ago, and not likely to be given to anybody else soon.
inline std::string url_of_nobody() {
  return ListeningPort().url();
}

}  // namespace bulkdrop::test
