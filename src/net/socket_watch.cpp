#include "bulkdrop/net/socket_watch.hpp"

#include <cstddef>

#include <sys/epoll.h>

namespace bulkdrop::net {

SocketWatch::Socket& SocketWatch::at(int socket) {
  const auto number = static_cast<std::size_t>(socket);
  if (number >= sockets_.size()) sockets_.resize(number + 1);
  return sockets_[number];
}

void SocketWatch::opened(int socket) {
  at(socket) = Socket{};
  at(socket).kept = true;
}

void SocketWatch::closing(int socket) {
  Socket& state = at(socket);
  state.wanted = 0;
  bring_up_to_date(socket, state);
  state = Socket{};
}

bool SocketWatch::want(int socket, std::uint32_t events, std::uint64_t tag) {
  Socket& state = at(socket);
  state.wanted = events;
  state.tag = tag;
  return (events == 0 && state.kept) || bring_up_to_date(socket, state);
}

bool SocketWatch::is_wanted(int socket) {
  Socket& state = at(socket);
  if (state.wanted != 0) return true;
  bring_up_to_date(socket, state);
  return false;
}

bool SocketWatch::bring_up_to_date(int socket, Socket& state) {
  if (state.registered == state.wanted) return true;
  epoll_event event{};
  event.events = state.wanted;
  event.data.u64 = state.tag;
  const int what = state.wanted == 0 ? EPOLL_CTL_DEL : state.registered == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  const bool done = ::epoll_ctl(epoll_, what, socket, &event) == 0;
  state.registered = done ? state.wanted : 0;
  return done;
}

}  // namespace bulkdrop::net
