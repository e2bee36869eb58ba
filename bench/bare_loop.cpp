// The floor that bulkdrop is measured against: the least that a libcurl program does for one DELETE. One
// multi handle driven by epoll and curl_multi_socket_action, easy handles set up once and used again, each
// body parsed, no retries, no pacing, no record.
//
//   bare_loop BASE_URL IDS_FILE [IN_FLIGHT [1.1|2 CACERT]]
//
// Sends DELETE BASE_URL<id> for each line of IDS_FILE, prints the totals, and exits 0 if every answer was a
// 200 whose body says that it is no error.
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <curl/curl.h>
#include <fmt/core.h>
#include <simdjson.h>
#include <sys/epoll.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;

struct CurlGlobal {
  CurlGlobal() {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw std::runtime_error("libcurl does not start");
  }
  CurlGlobal(const CurlGlobal&) = delete;
  CurlGlobal& operator=(const CurlGlobal&) = delete;
  ~CurlGlobal() { curl_global_cleanup(); }
};

// Both kinds of libcurl handle are void pointers: the function that frees one tells them apart.
template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* thing) const {
    Free(thing);
  }
};

class Epoll {
 public:
  Epoll() : fd_(epoll_create1(EPOLL_CLOEXEC)) {
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  }
  Epoll(const Epoll&) = delete;
  Epoll& operator=(const Epoll&) = delete;
  ~Epoll() { close(fd_); }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

struct Slot {
  explicit Slot(CURL* handle) : easy(handle) {}
  std::unique_ptr<CURL, Freed<curl_easy_cleanup>> easy;
  std::string url;
  std::string body;
};

struct Totals {
  std::uint64_t requests = 0;
  std::uint64_t good = 0;
};

// What libcurl wants to hear about a socket, and what the epoll set was told.
struct Watch {
  std::uint32_t wanted = 0;
  std::uint32_t registered = 0;
};

struct Protocol {
  bool http2 = false;
  std::string cacert;  // for https
};

class BareLoop {
 public:
  BareLoop(std::string base_url, const std::vector<std::string>& ids, std::size_t in_flight,
           const Protocol& protocol)
      : base_url_(std::move(base_url)), ids_(ids), multi_(curl_multi_init()) {
    if (!multi_) throw std::bad_alloc();
    CURLM* multi = multi_.get();
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &BareLoop::watch_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &BareLoop::set_timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, static_cast<long>(in_flight));
    headers_.reset(curl_slist_append(nullptr, "Authorization: Bearer benchmark"));
    slots_.reserve(in_flight);  // each handle holds a pointer to its slot
    for (std::size_t i = 0; i < in_flight; ++i) set_up(slots_.emplace_back(curl_easy_init()), protocol);
  }
  BareLoop(const BareLoop&) = delete;
  BareLoop& operator=(const BareLoop&) = delete;
  ~BareLoop() {
    for (Slot& slot : slots_) curl_multi_remove_handle(multi_.get(), slot.easy.get());
  }

  Totals run() {
    for (Slot& slot : slots_) start(slot);
    std::array<epoll_event, 256> events{};
    while (active_ > 0) {
      const int ready =
          epoll_wait(epoll_.fd(), events.data(), static_cast<int>(events.size()), milliseconds_left());
      if (ready < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "epoll_wait");
      for (int i = 0; i < ready; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        Watch& watch = watch_of(event.data.fd);
        if (watch.wanted == 0) {  // an idle connection that the server closes
          bring_up_to_date(event.data.fd, watch);
          continue;
        }
        int action = 0;
        if (event.events & EPOLLIN) action |= CURL_CSELECT_IN;
        if (event.events & EPOLLOUT) action |= CURL_CSELECT_OUT;
        if (event.events & (EPOLLERR | EPOLLHUP)) action |= CURL_CSELECT_ERR;
        act(event.data.fd, action);
      }
      if (timer_set_ && Clock::now() >= timer_) {
        timer_set_ = false;
        act(CURL_SOCKET_TIMEOUT, 0);
      }
      collect();
    }
    return totals_;
  }

 private:
  void set_up(Slot& slot, const Protocol& protocol) {
    CURL* easy = slot.easy.get();
    if (easy == nullptr) throw std::bad_alloc();
    slot.body.reserve(4096 + simdjson::SIMDJSON_PADDING);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "DELETE");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                     static_cast<long>(protocol.http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
    if (protocol.http2) curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
    if (!protocol.cacert.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, protocol.cacert.c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_TIMEOUT, 30L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &BareLoop::take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &slot);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &BareLoop::close_socket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, &slot);
  }

  void start(Slot& slot) {
    if (next_ == ids_.size()) return;
    slot.url.assign(base_url_).append(ids_[next_++]);
    slot.body.clear();
    curl_easy_setopt(slot.easy.get(), CURLOPT_URL, slot.url.c_str());
    if (curl_multi_add_handle(multi_.get(), slot.easy.get()) != CURLM_OK) throw std::bad_alloc();
    ++active_;
  }

  void act(curl_socket_t socket, int action) {
    int running = 0;
    curl_multi_socket_action(multi_.get(), socket, action, &running);
  }

  void collect() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode outcome = message->data.result;
      CURL* easy = message->easy_handle;  // the message dies with curl_multi_remove_handle
      Slot* slot = nullptr;
      long status = 0;
      curl_easy_getinfo(easy, CURLINFO_PRIVATE, &slot);
      curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
      ++totals_.requests;
      if (outcome == CURLE_OK && status == 200 && says_dropped(slot->body)) ++totals_.good;
      curl_multi_remove_handle(multi_.get(), easy);
      --active_;
      start(*slot);
    }
  }

  bool says_dropped(std::string& body) {
    body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
    simdjson::dom::element document;
    if (parser_.parse(body.data(), body.size(), false).get(document) != simdjson::SUCCESS) return false;
    bool error = true;
    return document["response"]["error"].get(error) == simdjson::SUCCESS && !error;
  }

  [[nodiscard]] int milliseconds_left() const {
    if (!timer_set_) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(timer_ - Clock::now()).count();
    return left < 0 ? 0 : static_cast<int>(left);
  }

  // libcurl lets go of a socket after every transfer and takes it up again with the next one. The
  // registration stays in between: that saves two system calls a request.
  static int watch_socket(CURL* /*easy*/, curl_socket_t socket, int what, void* self, void* /*unused*/) {
    auto& loop = *static_cast<BareLoop*>(self);
    Watch& watch = loop.watch_of(socket);
    watch.wanted = 0;
    if (what == CURL_POLL_REMOVE) return 0;
    if (what & CURL_POLL_IN) watch.wanted |= EPOLLIN;
    if (what & CURL_POLL_OUT) watch.wanted |= EPOLLOUT;
    loop.bring_up_to_date(socket, watch);
    return 0;
  }

  static int close_socket(void* self, curl_socket_t socket) {
    static_cast<BareLoop*>(self)->watch_of(socket) = Watch{};  // closing takes it out of the epoll set
    return close(socket);
  }

  Watch& watch_of(curl_socket_t socket) {
    const auto index = static_cast<std::size_t>(socket);
    if (index >= watches_.size()) watches_.resize(index + 1);
    return watches_[index];
  }

  void bring_up_to_date(curl_socket_t socket, Watch& watch) const {
    if (watch.registered == watch.wanted) return;
    epoll_event event{};
    event.events = watch.wanted;
    event.data.fd = socket;
    const int operation = watch.registered == 0 ? EPOLL_CTL_ADD
                          : watch.wanted == 0   ? EPOLL_CTL_DEL
                                                : EPOLL_CTL_MOD;
    if (epoll_ctl(epoll_.fd(), operation, socket, &event) != 0)
      throw std::system_error(errno, std::generic_category(), "epoll_ctl");
    watch.registered = watch.wanted;
  }

  static int set_timer(CURLM* /*multi*/, long milliseconds, void* self) {
    auto& loop = *static_cast<BareLoop*>(self);
    loop.timer_set_ = milliseconds >= 0;
    if (loop.timer_set_) loop.timer_ = Clock::now() + std::chrono::milliseconds(milliseconds);
    return 0;
  }

  static std::size_t take_body(char* data, std::size_t size, std::size_t count, void* slot) {
    static_cast<Slot*>(slot)->body.append(data, size * count);
    return size * count;
  }

  std::string base_url_;
  const std::vector<std::string>& ids_;
  Epoll epoll_;
  std::vector<Watch> watches_;
  std::unique_ptr<curl_slist, Freed<curl_slist_free_all>> headers_;
  std::unique_ptr<CURLM, Freed<curl_multi_cleanup>> multi_;
  std::vector<Slot> slots_;
  simdjson::dom::parser parser_;
  Clock::time_point timer_;
  bool timer_set_ = false;
  std::size_t next_ = 0;
  std::size_t active_ = 0;
  Totals totals_;
};

std::vector<std::string> read_ids(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error(fmt::format("{} can't be read", file));
  std::vector<std::string> ids;
  for (std::string line; std::getline(in, line);) ids.push_back(line);
  return ids;
}

std::size_t to_number(std::string_view text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number == 0)
    throw std::runtime_error(fmt::format("'{}' is not a number of requests in flight", text));
  return number;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || argc > 6 || argc == 5) {
    fmt::print(stderr, "usage: bare_loop BASE_URL IDS_FILE [IN_FLIGHT [1.1|2 CACERT]]\n");
    return 2;
  }
  try {
    const CurlGlobal curl;
    const auto ids = read_ids(argv[2]);
    const Protocol protocol = argc == 6 ? Protocol{argv[4] == std::string_view("2"), argv[5]} : Protocol{};
    BareLoop loop(argv[1], ids, argc >= 4 ? to_number(argv[3]) : 64, protocol);
    const Totals totals = loop.run();
    fmt::print("{} requests, {} good\n", totals.requests, totals.good);
    return totals.good == ids.size() ? 0 : 1;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bare_loop: {}\n", error.what());
    return 2;
  }
}
