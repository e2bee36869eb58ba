// The sockets of all lanes in one epoll set, with as few system calls as may be.
//
// libcurl lets go of a socket after every transfer and takes it up again with the next one. To follow it word
// by word costs two system calls a request; instead, the registration of a kept connection stays until
// somebody writes on it although nobody listens (level-triggered: it would be told again and again), or until
// it is closed.
#pragma once

#include <cstdint>
#include <vector>

namespace bulkdrop::net {

// One thread.
class SocketWatch {
 public:
  // `epoll` must outlive it.
  explicit SocketWatch(int epoll) : epoll_(epoll) {}

  // Its closing will be told (closing()), so that the registration may stay. Of other sockets (libcurl makes
  // some for itself, such as a resolver's pair) the kernel forgets the registration without a word and gives
  // the number to somebody else: theirs end when libcurl says so.
  void opened(int socket);
  // To be called before the socket is closed, or left alone.
  void closing(int socket);

  // What libcurl wants to hear of it: EPOLLIN, EPOLLOUT, both, or 0. `tag` comes with the events; it is the
  // same as long as the socket is open. False if the kernel refuses.
  [[nodiscard]] bool want(int socket, std::uint32_t events, std::uint64_t tag);
  // For a socket that an event came for. False if nobody listens: then it is not told again.
  [[nodiscard]] bool is_wanted(int socket);

 private:
  struct Socket {
    std::uint64_t tag = 0;
    std::uint32_t wanted = 0;
    std::uint32_t registered = 0;
    bool kept = false;
  };
  [[nodiscard]] Socket& at(int socket);
  bool bring_up_to_date(int socket, Socket& state);

  int epoll_;
  std::vector<Socket> sockets_;  // by number, which the kernel keeps low
};

}  // namespace bulkdrop::net
