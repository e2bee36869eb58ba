// A network that gives one scripted answer after the other, in virtual time; answers to a request with a sink
// go there in small pieces.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "support/headers.hpp"
#include "support/manual_clock.hpp"

#include "bulkdrop/core/answer.hpp"
#include "bulkdrop/net/pool.hpp"

namespace bulkdrop::run {

struct Said {
  int status = 200;
  std::string body = {};
  TransportError error = TransportError::none;
  std::string retry_after = {};
  int sends = 1;
};

inline Said failing(TransportError error, int sends = 1) {
  return {0, "", error, "", sends};
}

struct Asked {
  net::Method method;
  std::string url;
  std::vector<std::string> lines;
  TimePoint at;
};

struct Script {
  test::ManualClock clock;
  std::deque<Said> answers;
  std::vector<Asked> asked;
  std::function<void()> on_request;  // may be empty

  [[nodiscard]] std::vector<std::string> gets() const {
    std::vector<std::string> urls;
    for (const Asked& one : asked)
      if (one.method == net::Method::get) urls.push_back(one.url);
    return urls;
  }
};

class ScriptedPool final : public net::Pool {
 public:
  // What a request for the list must give as its idle timeout.
  static constexpr Duration kIdleTimeout = std::chrono::seconds(7);

  explicit ScriptedPool(Script& script) : script_(script) {}

  void start(const net::Request& request) override {
    if (busy_) throw std::logic_error("two requests at once");
    if (script_.answers.empty()) throw std::logic_error("a request that the script does not know");
    busy_ = true;
    ticket_ = request.ticket;
    sink_ = request.sink;
    said_ = script_.answers.front();
    script_.answers.pop_front();
    script_.asked.push_back({request.method, request.url, request.headers->lines(), script_.clock.now()});
    if (script_.on_request) script_.on_request();
    if (request.method == net::Method::get && (!request.sink || request.idle_timeout != kIdleTimeout))
      throw std::logic_error("a list that is not streamed");
  }

  std::span<const Answer> wait(TimePoint until) override {
    if (!busy_) {
      script_.clock.turn_to(until);
      return {};
    }
    busy_ = false;
    script_.clock.turn_to(script_.clock.now() + std::chrono::milliseconds(10));
    answer_ = {};
    answer_.ticket = ticket_;
    answer_.error = said_.error;
    answer_.error_text = said_.error == TransportError::none ? "" : "simulated";
    answer_.http_status = said_.status;
    answer_.wire_sends = said_.sends;
    headers_ = {{"Retry-After", said_.retry_after}};
    answer_.headers = &headers_;
    body_ = said_.body;
    if (sink_ != nullptr && said_.status == 200) pour();
    const std::size_t size = body_.size();
    body_.append(kBodyPadding, '}');
    answer_.body = std::string_view(body_).substr(0, size);
    return {&answer_, 1};
  }

  void notify() override {}
  void cancel() override {}
  [[nodiscard]] std::size_t in_flight() const override { return busy_ ? 1 : 0; }
  [[nodiscard]] std::size_t capacity() const override { return 1; }

 private:
  // The body into the sink, until that has enough.
  void pour() {
    constexpr std::size_t kPiece = 7;
    for (std::string_view rest = body_; !rest.empty(); rest.remove_prefix(std::min(kPiece, rest.size())))
      if (!sink_->take(rest.substr(0, kPiece))) {
        answer_.error = TransportError::cancelled;
        break;
      }
    body_.clear();
  }

  Script& script_;
  bool busy_ = false;
  std::uint64_t ticket_ = 0;
  net::BodySink* sink_ = nullptr;
  Said said_;
  test::Headers headers_;
  std::string body_;
  Answer answer_;
};

}  // namespace bulkdrop::run
