#include "bulkdrop/net/curl_pool.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <cstdint>
#include <new>
#include <utility>
#include <vector>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/file.hpp"
#include "bulkdrop/net/lane.hpp"
#include "bulkdrop/net/slot.hpp"
#include "bulkdrop/net/socket_watch.hpp"

namespace bulkdrop::net {
namespace {

constexpr std::uint64_t kNotified = ~std::uint64_t{0};
constexpr Duration kLongestWait = std::chrono::minutes(10);
// After so long without a request the connections are looked at: an answer that is out of step has come by
// then.
constexpr Duration kGlanceAfter = std::chrono::seconds(1);
// A wait looks at the clock so often: a gap that is longer by kStandstill or more is time in which this
// process did not run. (A machine that sleeps stops the monotonic clock, too.)
constexpr Duration kHeartbeat = std::chrono::seconds(1);
constexpr Duration kStandstill = std::chrono::milliseconds(500);

struct FreeList {
  void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};
struct FreeShare {
  void operator()(CURLSH* share) const { ::curl_share_cleanup(share); }
};

std::unique_ptr<curl_slist, FreeList> list_of(const std::vector<std::string>& lines) {
  std::unique_ptr<curl_slist, FreeList> list;
  for (const std::string& line : lines) {
    curl_slist* longer = ::curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(list.release());
    list.reset(longer);
  }
  return list;
}

// Rounded up, so that a wait never ends just before its time and spins.
int milliseconds_until(TimePoint until, TimePoint now) {
  if (until <= now) return 0;
  const Duration left = std::min<Duration>(until - now, kLongestWait);
  return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count());
}

}  // namespace

// Members are destroyed from the last to the first: easy handles, then multi handles, then what they used.
struct CurlPool::Impl {
  explicit Impl(const TransportOptions& options)
      : resolve(list_of(options.resolve)),
        share(::curl_share_init()),
        epoll(::epoll_create1(EPOLL_CLOEXEC)),
        sockets(epoll.get()),
        wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!share || !epoll || !wake) throw std::bad_alloc();
    ::curl_share_setopt(share.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
    ::curl_share_setopt(share.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = kNotified;
    if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, wake.get(), &event) != 0)
      throw Error(ExitCode::usage, "epoll: " + describe_errno(errno));
    for (std::size_t i = 0; i < options.capacity; ++i) {
      const std::size_t lane = i / kRequestsPerLane;
      if (lane == lanes.size())
        lanes.push_back(std::make_unique<Lane>(sockets, static_cast<std::uint32_t>(lane), kRequestsPerLane,
                                               last_connection));
      slots.push_back(
          std::make_unique<Slot>(options, resolve.get(), share.get(), lanes[lane]->connections(), lane));
    }
    // The last freed is taken first, so that a small load stays on few, warm connections.
    for (auto slot = slots.rbegin(); slot != slots.rend(); ++slot) idle.push_back(slot->get());
    active.reserve(slots.size());
  }

  ~Impl() {
    for (Slot* slot : active) lanes[slot->lane()]->remove(slot->easy());
  }

  void release_answered() {
    for (Slot* slot : answered) {
      slot->forget();
      idle.push_back(slot);
    }
    answered.clear();
    answers.clear();
  }

  void finish(Slot* slot, const Answer& answer) {
    active[slot->place] = active.back();
    active[slot->place]->place = slot->place;
    active.pop_back();
    answered.push_back(slot);
    answers.push_back(answer);
  }

  void collect() {
    for (auto& lane : lanes) {
      while (CURLMsg* message = lane->ended()) {
        void* owner = nullptr;
        ::curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
        auto* slot = static_cast<Slot*>(owner);
        const CURLcode code = message->data.result;  // gone once the handle is removed
        lane->remove(slot->easy());
        if (slot->turn_to_new_connection()) {
          lane->add(slot->easy());
          continue;
        }
        finish(slot, slot->answer(code, std::chrono::steady_clock::now()));
      }
    }
  }

  void run_timers() {
    const TimePoint now = std::chrono::steady_clock::now();
    for (auto& lane : lanes) lane->on_time(now);
  }

  void cut() {
    cancelling = false;
    const TimePoint now = std::chrono::steady_clock::now();
    while (!active.empty()) {
      Slot* slot = active.back();
      lanes[slot->lane()]->remove(slot->easy());
      finish(slot, slot->cancelled(now));
    }
  }

  // Ends the transfers whose time was over when all that had come was read for the last time: however long
  // this process was stopped, and wherever, an answer that lies in the kernel is never overlooked.
  void cut_overdue() {
    if (looked < next_deadline) return;
    const TimePoint now = std::chrono::steady_clock::now();
    next_deadline = TimePoint::max();
    for (std::size_t i = active.size(); i-- > 0;) {
      Slot* slot = active[i];
      if (slot->is_overdue(looked)) {
        lanes[slot->lane()]->remove(slot->easy());
        finish(slot, slot->overdue(now));
      } else {
        next_deadline = std::min(next_deadline, slot->deadline());
      }
    }
  }

  // `asked`: how long the system was asked to let this process sleep since the last call.
  void heed_standstill(TimePoint now, Duration asked) {
    const Duration lost = now - awake - asked;
    awake = now;
    if (lost < kStandstill) return;
    standstill += lost;
    for (Slot* slot : active) slot->give_back(lost, now);
  }

  [[nodiscard]] TimePoint next_timer() const {
    TimePoint next = next_deadline;
    for (const auto& lane : lanes) next = std::min({next, lane->timer(), lane->connections().deadline()});
    return std::min(next, next_glance());
  }

  // When nothing goes on, the connections are looked at once more.
  [[nodiscard]] TimePoint next_glance() const {
    if (!active.empty() || glanced) return TimePoint::max();
    TimePoint last = TimePoint::min();
    for (const auto& lane : lanes) last = std::max(last, lane->connections().last_answer());
    return last == TimePoint::min() ? TimePoint::max() : last + kGlanceAfter;
  }

  void check_connections(TimePoint now) {
    if (next_glance() <= now) glanced = true;
    for (auto& lane : lanes) lane->connections().check(now);
  }

  void check_connections_in_time() {
    const TimePoint now = std::chrono::steady_clock::now();
    TimePoint due = next_glance();
    for (const auto& lane : lanes) due = std::min(due, lane->connections().deadline());
    if (due <= now) check_connections(now);
  }

  // True if notified.
  bool poll(TimePoint until) {
    const TimePoint before = std::chrono::steady_clock::now();
    heed_standstill(before, Duration::zero());
    const int timeout = milliseconds_until(std::min({until, next_timer(), before + kHeartbeat}), before);
    const int count = ::epoll_wait(epoll.get(), events.data(), static_cast<int>(events.size()), timeout);
    if (count < 0 && errno != EINTR) throw Error(ExitCode::usage, "epoll: " + describe_errno(errno));
    heed_standstill(std::chrono::steady_clock::now(), std::chrono::milliseconds(timeout));
    if (count >= 0 && count < static_cast<int>(events.size())) looked = before;
    bool notified = count < 0;
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      if (event.data.u64 == kNotified) {
        eventfd_t count_of_notes = 0;
        ::eventfd_read(wake.get(), &count_of_notes);
        notified = true;
      } else {
        lanes[event.data.u64 >> 32]->on_socket(static_cast<int>(event.data.u64 & 0xFFFFFFFFU), event.events);
      }
    }
    return notified;
  }

  std::uint64_t last_connection = 0;
  std::unique_ptr<curl_slist, FreeList> resolve;
  std::unique_ptr<CURLSH, FreeShare> share;
  Fd epoll;
  SocketWatch sockets;
  Fd wake;
  std::vector<std::unique_ptr<Lane>> lanes;
  std::vector<std::unique_ptr<Slot>> slots;
  std::vector<Slot*> idle;
  std::vector<Slot*> active;
  std::vector<Slot*> answered;
  std::vector<Answer> answers;
  std::array<epoll_event, 256> events{};
  std::vector<ConnectionReport> reports;
  TimePoint next_deadline = TimePoint::max();  // of the active ones; it may be earlier than that
  TimePoint looked = TimePoint::min();         // all that came before was read
  TimePoint awake = std::chrono::steady_clock::now();
  Duration standstill{};
  bool cancelling = false;
  bool glanced = false;  // since the last request
};

CurlPool::CurlPool(const TransportOptions& options) : impl_(std::make_unique<Impl>(options)) {}

CurlPool::~CurlPool() = default;

void CurlPool::start(const Request& request) {
  impl_->release_answered();
  assert(!impl_->idle.empty());
  Slot* slot = impl_->idle.back();
  slot->prepare(request, std::chrono::steady_clock::now());
  impl_->idle.pop_back();
  impl_->glanced = false;
  slot->place = impl_->active.size();
  impl_->active.push_back(slot);
  impl_->next_deadline = std::min(impl_->next_deadline, slot->deadline());
  impl_->lanes[slot->lane()]->add(slot->easy());
}

std::span<const Answer> CurlPool::wait(TimePoint until) {
  impl_->release_answered();
  impl_->heed_standstill(std::chrono::steady_clock::now(), Duration::zero());
  // A transfer that was just added moves when libcurl's timer, set to "at once", is run.
  impl_->run_timers();
  impl_->collect();
  if (impl_->cancelling) impl_->cut();
  while (impl_->answers.empty()) {
    const bool notified = impl_->poll(until);
    impl_->run_timers();
    impl_->collect();
    impl_->cut_overdue();
    impl_->check_connections_in_time();
    if (notified || std::chrono::steady_clock::now() >= until) break;
  }
  return impl_->answers;
}

Duration CurlPool::take_standstill() {
  impl_->heed_standstill(std::chrono::steady_clock::now(), Duration::zero());
  return std::exchange(impl_->standstill, Duration::zero());
}

void CurlPool::notify() {
  ::eventfd_write(impl_->wake.get(), 1);
}

void CurlPool::cancel() {
  impl_->cancelling = true;
}

void CurlPool::check_connections() {
  impl_->check_connections(std::chrono::steady_clock::now());
}

std::span<const ConnectionReport> CurlPool::connection_reports() {
  impl_->reports.clear();
  for (auto& lane : impl_->lanes) lane->connections().report(impl_->reports);
  return impl_->reports;
}

std::size_t CurlPool::in_flight() const {
  return impl_->active.size();
}

std::size_t CurlPool::capacity() const {
  return impl_->slots.size();
}

}  // namespace bulkdrop::net
