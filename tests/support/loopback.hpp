// Sockets on 127.0.0.1. What cannot be had throws std::runtime_error.
#pragma once

#include <cstdint>

#include "support/child.hpp"

#include "bulkdrop/core/file.hpp"

namespace bulkdrop::test {

struct Listener {
  Fd socket;
  std::uint16_t port = 0;
};

// On a free port. `flags` as socket() takes them beside its type, such as SOCK_NONBLOCK.
Listener listen_on_loopback(int backlog, int flags = 0);

Fd connect_to_loopback(std::uint16_t port);

// A port on which nobody listens: whoever had it has just let go of it.
std::uint16_t unused_port();

// Waits until the server that runs as `child` takes connections on `port`. False: it ended, or did not for
// 20 seconds.
bool takes_connections(Child& child, std::uint16_t port);

}  // namespace bulkdrop::test
