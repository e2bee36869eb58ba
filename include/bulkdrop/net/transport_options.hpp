// How the server is reached; the same for every request of a run.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bulkdrop/core/clock.hpp"

namespace bulkdrop::net {

// Names and meanings as in curl. Empty = libcurl's default.
struct TransportOptions {
  std::size_t capacity = 32;  // most requests in flight
  Duration timeout = std::chrono::seconds(30);
  Duration connect_timeout = std::chrono::seconds(5);
  std::string user_agent;
  std::string cacert;
  std::string cert;
  std::string key;
  std::string pinned_pubkey;
  std::string proxy;                 // empty = none, whatever the environment says
  std::vector<std::string> resolve;  // HOST:PORT:ADDR
  // Ask for HTTP/2 over TLS, which carries many requests over one connection; a server that has none, and
  // http://, get HTTP/1.1.
  bool http2 = false;
};

}  // namespace bulkdrop::net
