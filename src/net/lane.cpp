#include "bulkdrop/net/lane.hpp"

#include <new>
#include <string>

#include <sys/epoll.h>

#include "bulkdrop/core/error.hpp"

namespace bulkdrop::net {
namespace {

void check(CURLMcode code) {
  if (code != CURLM_OK)
    throw Error(ExitCode::run_directory, std::string("libcurl failed: ") + ::curl_multi_strerror(code));
}

}  // namespace

Lane::Lane(SocketWatch& sockets, std::uint32_t index, std::size_t requests, std::uint64_t& last_connection)
    : connections_(last_connection, sockets), multi_(::curl_multi_init()), sockets_(sockets), index_(index) {
  if (multi_ == nullptr) throw std::bad_alloc();
  check(::curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Lane::socket_changed));
  check(::curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this));
  check(::curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Lane::timer_changed));
  check(::curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this));
  // Fewer than the window would close and open a connection for every request beyond it. There are those to
  // the token server, too.
  check(::curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(2 * requests + 1)));
}

Lane::~Lane() {
  ::curl_multi_cleanup(multi_);
}

void Lane::add(CURL* easy) {
  check(::curl_multi_add_handle(multi_, easy));
}

void Lane::remove(CURL* easy) {
  check(::curl_multi_remove_handle(multi_, easy));
}

int Lane::socket_changed(CURL*, curl_socket_t socket, int what, void* self, void*) {
  auto& lane = *static_cast<Lane*>(self);
  std::uint32_t events = 0;
  if (what != CURL_POLL_REMOVE && (what & CURL_POLL_IN) != 0) events |= EPOLLIN;
  if (what != CURL_POLL_REMOVE && (what & CURL_POLL_OUT) != 0) events |= EPOLLOUT;
  return lane.sockets_.want(socket, events, tag(lane.index_, socket)) ? 0 : -1;
}

int Lane::timer_changed(CURLM*, long milliseconds, void* self) {
  auto& lane = *static_cast<Lane*>(self);
  lane.timer_ = milliseconds < 0 ? TimePoint::max()
                                 : std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
  return 0;
}

void Lane::on_socket(int socket, std::uint32_t epoll_events) {
  // A connection that rests, and has something to say: the end of the stream, or what nobody asked for.
  if (!sockets_.is_wanted(socket)) return connections_.spoke(socket, std::chrono::steady_clock::now());
  int mask = 0;
  if ((epoll_events & EPOLLIN) != 0) mask |= CURL_CSELECT_IN;
  if ((epoll_events & EPOLLOUT) != 0) mask |= CURL_CSELECT_OUT;
  if ((epoll_events & (EPOLLERR | EPOLLHUP)) != 0) mask |= CURL_CSELECT_ERR;
  int running = 0;
  check(::curl_multi_socket_action(multi_, socket, mask, &running));
}

void Lane::on_time(TimePoint now) {
  if (timer_ > now) return;
  timer_ = TimePoint::max();
  int running = 0;
  check(::curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running));
}

CURLMsg* Lane::ended() {
  int left = 0;
  for (;;) {
    CURLMsg* message = ::curl_multi_info_read(multi_, &left);
    if (message == nullptr || message->msg == CURLMSG_DONE) return message;
  }
}

}  // namespace bulkdrop::net
