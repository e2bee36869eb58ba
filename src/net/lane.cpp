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

Lane::Lane(int epoll, std::uint32_t index, std::size_t requests, std::uint64_t& last_connection)
    : connections_(last_connection), multi_(::curl_multi_init()), epoll_(epoll), index_(index) {
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

int Lane::socket_changed(CURL*, curl_socket_t socket, int what, void* self, void* known) {
  auto& lane = *static_cast<Lane*>(self);
  if (what == CURL_POLL_REMOVE) {
    ::epoll_ctl(lane.epoll_, EPOLL_CTL_DEL, socket, nullptr);
    return 0;
  }
  epoll_event event{};
  if ((what & CURL_POLL_IN) != 0) event.events |= EPOLLIN;
  if ((what & CURL_POLL_OUT) != 0) event.events |= EPOLLOUT;
  event.data.u64 = tag(lane.index_, socket);
  if (::epoll_ctl(lane.epoll_, known == nullptr ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, &event) != 0)
    return -1;
  if (known == nullptr) ::curl_multi_assign(lane.multi_, socket, self);
  return 0;
}

int Lane::timer_changed(CURLM*, long milliseconds, void* self) {
  auto& lane = *static_cast<Lane*>(self);
  lane.timer_ = milliseconds < 0 ? TimePoint::max()
                                 : std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
  return 0;
}

void Lane::on_socket(int socket, std::uint32_t epoll_events) {
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
