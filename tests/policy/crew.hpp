// A server that works on so many requests at once while the others wait in line, and a window that is kept
// full all the time; in virtual time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <queue>
#include <utility>
#include <vector>

#include "support/manual_clock.hpp"

#include "bulkdrop/core/random.hpp"
#include "bulkdrop/policy/sample.hpp"
#include "bulkdrop/policy/window.hpp"

namespace bulkdrop::policy::test {

class Crew {
 public:
  Crew(std::size_t workers, Duration each_takes) : takes(each_takes) { staff(workers); }

  Duration takes;     // on average
  double spread = 0;  // up to that share more or less

  // From now on so many work.
  void staff(std::size_t workers) {
    free_from_ = {};
    for (std::size_t i = 0; i < workers; ++i) free_from_.push(now_);
  }
  // Asks as often as the window allows, until then. `wanted`: most requests that there are at once.
  void run(Window& window, Duration until, std::size_t wanted = ~std::size_t{0}) {
    while (now_ < bulkdrop::test::kStart + until) {
      while (in_flight_.size() < std::min(window.size(), wanted)) send();
      answer(window);
    }
  }
  // Nobody works for that time, from now on.
  void stand_still(Duration time) {
    std::multimap<TimePoint, Sent> later;
    for (const auto& [done, sent] : in_flight_) later.emplace(done + time, sent);
    in_flight_ = std::move(later);
    std::vector<TimePoint> free_from;
    for (; !free_from_.empty(); free_from_.pop()) free_from.push_back(free_from_.top());
    for (const TimePoint at : free_from) free_from_.push(std::max(at, now_) + time);
  }
  // The widest since the last call.
  std::size_t widest() { return std::exchange(widest_, 0); }
  [[nodiscard]] TimePoint now() const { return now_; }

 private:
  struct Sent {
    TimePoint at;
    std::size_t at_once;
  };
  void send() {
    const double factor = 1 + spread * (2 * random_.uniform() - 1);
    const TimePoint begins = std::max(now_, free_from_.top());
    const TimePoint done =
        begins + Duration(static_cast<std::int64_t>(static_cast<double>(takes.count()) * factor));
    free_from_.pop();
    free_from_.push(done);
    in_flight_.emplace(done, Sent{now_, in_flight_.size() + 1});
    widest_ = std::max(widest_, in_flight_.size());
  }
  void answer(Window& window) {
    const auto [done, sent] = *in_flight_.begin();
    now_ = done;
    window.good({sent.at, done - sent.at, sent.at_once}, in_flight_.size(), now_);
    in_flight_.erase(in_flight_.begin());
  }

  TimePoint now_ = bulkdrop::test::kStart;
  std::priority_queue<TimePoint, std::vector<TimePoint>, std::greater<>> free_from_;
  std::multimap<TimePoint, Sent> in_flight_;
  std::size_t widest_ = 0;
  Random random_{1};
};

}  // namespace bulkdrop::policy::test
