// A server that knows nothing but session lists, in virtual time.
#pragma once

#include <chrono>
#include <deque>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "support/manual_clock.hpp"

#include "bulkdrop/core/answer.hpp"
#include "bulkdrop/net/pool.hpp"

namespace bulkdrop::test {

// Answers each request for the list with the next of its texts; an empty one breaks the connection.
class ListPool final : public net::Pool {
 public:
  ListPool(ManualClock& clock, std::deque<std::string>& lists, std::vector<TimePoint>& asked)
      : clock_(clock), lists_(lists), asked_(asked) {}
  void start(const net::Request& request) override {
    busy_ = true;
    request_ = request;
    asked_.push_back(clock_.now());
  }
  std::span<const Answer> wait(TimePoint until) override {
    if (!busy_) {
      clock_.turn_to(until);
      return {};
    }
    busy_ = false;
    clock_.turn_to(clock_.now() + std::chrono::milliseconds(10));
    answer_ = {};
    answer_.ticket = request_.ticket;
    answer_.wire_sends = 1;
    std::string list;
    if (!lists_.empty()) {
      list = std::move(lists_.front());
      lists_.pop_front();
    }
    if (list.empty()) {
      answer_.error = TransportError::connection_lost;
    } else {
      answer_.http_status = 200;
      request_.sink->take(list);
    }
    return {&answer_, 1};
  }
  void notify() override {}
  void cancel() override {}
  [[nodiscard]] std::size_t in_flight() const override { return busy_ ? 1 : 0; }
  [[nodiscard]] std::size_t capacity() const override { return 1; }

 private:
  ManualClock& clock_;
  std::deque<std::string>& lists_;
  std::vector<TimePoint>& asked_;
  bool busy_ = false;
  net::Request request_;
  Answer answer_;
};

}  // namespace bulkdrop::test
