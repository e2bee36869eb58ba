// One multi handle whose sockets stand in a shared epoll set.
#pragma once

#include <cstddef>
#include <cstdint>

#include <curl/curl.h>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/net/connections.hpp"
#include "bulkdrop/net/socket_watch.hpp"

namespace bulkdrop::net {

class Lane {
 public:
  // Events of its sockets carry `index` in the upper and the socket in the lower half of epoll's data.
  // `last_connection` numbers the connections of all lanes; both must outlive the lane.
  Lane(SocketWatch& sockets, std::uint32_t index, std::size_t requests, std::uint64_t& last_connection);
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;
  ~Lane();

  void add(CURL* easy);
  void remove(CURL* easy);
  void on_socket(int socket, std::uint32_t epoll_events);
  // Runs libcurl's timer if it is due.
  void on_time(TimePoint now);
  // When that is; TimePoint::max() if it is not set.
  [[nodiscard]] TimePoint timer() const { return timer_; }
  // To attach to each easy handle before it is added.
  Connections& connections() { return connections_; }
  [[nodiscard]] const Connections& connections() const { return connections_; }
  // A transfer that ended; null if there is none.
  CURLMsg* ended();

  static std::uint64_t tag(std::uint32_t index, int socket) {
    return (std::uint64_t{index} << 32) | static_cast<std::uint32_t>(socket);
  }

 private:
  static int socket_changed(CURL*, curl_socket_t socket, int what, void* self, void*);
  static int timer_changed(CURLM*, long milliseconds, void* self);

  Connections connections_;
  CURLM* multi_;
  SocketWatch& sockets_;
  std::uint32_t index_;
  TimePoint timer_ = TimePoint::max();
};

}  // namespace bulkdrop::net
