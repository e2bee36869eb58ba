#include "support/loopback.hpp"

#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "bulkdrop/core/error.hpp"

namespace bulkdrop::test {
namespace {

struct Address {
  sockaddr_in in{};
  explicit Address(std::uint16_t port = 0) {
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  }
  sockaddr* get() { return static_cast<sockaddr*>(static_cast<void*>(&in)); }
};

Listener bound(int flags) {
  Listener listener{Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0))};
  Address address;
  socklen_t size = sizeof address.in;
  if (!listener.socket || ::bind(listener.socket.get(), address.get(), size) != 0 ||
      ::getsockname(listener.socket.get(), address.get(), &size) != 0)
    throw std::runtime_error("no free port: " + describe_errno(errno));
  listener.port = ntohs(address.in.sin_port);
  return listener;
}

}  // namespace

Listener listen_on_loopback(int backlog, int flags) {
  Listener listener = bound(flags);
  if (::listen(listener.socket.get(), backlog) != 0)
    throw std::runtime_error("cannot listen: " + describe_errno(errno));
  return listener;
}

Fd connect_to_loopback(std::uint16_t port) {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  Address address(port);
  if (!fd || ::connect(fd.get(), address.get(), sizeof address.in) != 0)
    throw std::runtime_error("cannot connect to port " + std::to_string(port) + ": " + describe_errno(errno));
  return fd;
}

std::uint16_t unused_port() {
  return bound(0).port;
}

bool takes_connections(Child& child, std::uint16_t port) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (child.runs() && std::chrono::steady_clock::now() < deadline) {
    try {
      static_cast<void>(connect_to_loopback(port));
      return true;
    } catch (const std::runtime_error&) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  return false;
}

}  // namespace bulkdrop::test
