// The network before a SimulatedServer, in virtual time: whole runs replay from a seed in moments.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <queue>
#include <span>
#include <string>
#include <vector>

#include "support/headers.hpp"
#include "support/manual_clock.hpp"
#include "support/simulated_server.hpp"

#include "bulkdrop/core/answer.hpp"
#include "bulkdrop/core/random.hpp"
#include "bulkdrop/net/pool.hpp"

namespace bulkdrop::test {

// It turns the clock: wait() returns at the time of what comes next. It throws where a loop would misbehave
// in silence: too many requests at once, one that nobody asked for, a wait without end, a turn after turn for
// nothing.
class SimulatedPool : public net::Pool {
 public:
  // Clock and server must outlive it.
  SimulatedPool(ManualClock& clock, SimulatedServer& server, std::size_t capacity, std::uint64_t seed)
      : clock_(clock), server_(server), capacity_(capacity), random_(seed) {}

  // Called before each drop request that goes out.
  std::function<void(std::uint64_t row)> on_start;
  // Called before each wait: what was started goes out then.
  std::function<void()> on_wait;
  // How long the client waits for an answer.
  Duration timeout = std::chrono::seconds(30);
  // Something that happens at a time of its own; the next wait() returns then.
  void at(Duration since_start, std::function<void()> what);

  void start(const net::Request& request) override;
  std::span<const Answer> wait(TimePoint until) override;
  void notify() override;
  void cancel() override { cancelling_ = true; }
  [[nodiscard]] std::size_t in_flight() const override { return in_flight_; }
  [[nodiscard]] std::size_t capacity() const override { return capacity_; }
  [[nodiscard]] std::uint64_t waits() const { return waits_; }

 private:
  // An answer that is due, or something else that happens.
  struct Event {
    TimePoint at;
    std::uint64_t order;         // of two at the same time, the earlier one comes first
    std::function<void()> what;  // set = not an answer
    std::uint64_t ticket = 0;
    bool is_token = false;
    std::uint64_t row = 0;
    std::uint64_t token = 0;
    Treatment treatment = {};
    TimePoint started{};
    bool operator<(const Event& other) const { return at != other.at ? at > other.at : order > other.order; }
  };

  void start_token(const net::Request& request);
  void start_drop(const net::Request& request);
  std::uint64_t token_of(const net::Request& request);
  void deliver();
  void cut();
  void add(const Event& event, Reply reply);
  bool take_notice();
  void await_notice();

  ManualClock& clock_;
  SimulatedServer& server_;
  std::size_t capacity_;
  Random random_;
  std::priority_queue<Event> events_;
  std::uint64_t order_ = 0;
  std::size_t in_flight_ = 0;
  std::uint64_t waits_ = 0;
  int idle_turns_ = 0;
  bool cancelling_ = false;
  std::shared_ptr<const net::HeaderLines> last_headers_;
  std::uint64_t last_token_ = 0;
  std::vector<Answer> answers_;
  std::deque<Reply> replies_;  // what the answers point into
  std::mutex mutex_;
  std::condition_variable notice_;
  bool notified_ = false;
};

}  // namespace bulkdrop::test
