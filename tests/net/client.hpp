// A CurlPool with what tests want around it: answers that are kept, and a limit to every wait.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "bulkdrop/net/curl_pool.hpp"

namespace bulkdrop {

inline const char* text_of(TransportError error) {
  switch (error) {
    case TransportError::none:
      return "none";
    case TransportError::resolve_failed:
      return "resolve_failed";
    case TransportError::connect_failed:
      return "connect_failed";
    case TransportError::tls_failed:
      return "tls_failed";
    case TransportError::tls_untrusted:
      return "tls_untrusted";
    case TransportError::timed_out:
      return "timed_out";
    case TransportError::connection_lost:
      return "connection_lost";
    case TransportError::too_large:
      return "too_large";
    case TransportError::sent_twice:
      return "sent_twice";
    case TransportError::out_of_step:
      return "out_of_step";
    case TransportError::cancelled:
      return "cancelled";
    case TransportError::proxy_refused:
      return "proxy_refused";
    case TransportError::unusable:
      return "unusable";
  }
  return "?";
}

inline std::ostream& operator<<(std::ostream& out, TransportError error) {
  return out << text_of(error);
}

}  // namespace bulkdrop

namespace bulkdrop::net {

// An answer, outliving the pool's.
struct Kept {
  std::uint64_t ticket = 0;
  std::uint64_t connection = 0;
  int wire_sends = 0;
  TransportError error = TransportError::none;
  std::string error_text;
  int http_status = 0;
  std::string body;
  std::map<std::string, std::string> headers;  // those asked for
  Duration took{};
  unsigned padding = 0;  // sum of the 64 bytes behind the body: they must be readable
};

inline TransportOptions quick(std::size_t capacity = 4) {
  TransportOptions options;
  options.capacity = capacity;
  options.timeout = std::chrono::seconds(20);
  options.connect_timeout = std::chrono::seconds(10);
  options.user_agent = "bulkdrop-test";
  return options;
}

class Client {
 public:
  explicit Client(const TransportOptions& options = quick()) : pool_(std::make_unique<CurlPool>(options)) {}

  CurlPool& pool() { return *pool_; }
  void destroy() { pool_.reset(); }

  void start(const std::string& url, std::uint64_t ticket = 0, Method method = Method::del,
             const std::vector<std::string>& lines = {"Accept: application/json"}, std::string body = {}) {
    Request request;
    request.ticket = ticket;
    request.method = method;
    request.url = url.c_str();
    request.headers = std::make_shared<const HeaderLines>(lines);
    request.body = body;
    pool_->start(request);
    // What start() was given is gone once it has returned.
    body.assign(body.size(), '!');
  }

  // What comes until nothing is in flight.
  std::vector<Kept> finish(std::chrono::seconds patience = std::chrono::seconds(30)) {
    std::vector<Kept> kept;
    const TimePoint deadline = std::chrono::steady_clock::now() + patience;
    while (pool_->in_flight() > 0) {
      for (const Answer& answer : pool_->wait(deadline)) kept.push_back(keep(answer));
      if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("no answer in time");
    }
    return kept;
  }

  Kept ask(const std::string& url, Method method = Method::del,
           const std::vector<std::string>& lines = {"Accept: application/json"},
           const std::string& body = {}) {
    start(url, 7, method, lines, body);
    auto kept = finish();
    if (kept.size() != 1 || kept.front().ticket != 7) throw std::runtime_error("not exactly one answer");
    return kept.front();
  }

  std::vector<std::string> wanted_headers;

  Kept keep(const Answer& answer) const {
    Kept out;
    out.ticket = answer.ticket;
    out.connection = answer.connection;
    out.wire_sends = answer.wire_sends;
    out.error = answer.error;
    out.error_text = answer.error_text;
    out.http_status = answer.http_status;
    out.body = answer.body;
    out.took = answer.finished - answer.started;
    const char* end = answer.body.data() + answer.body.size();
    for (std::size_t i = 0; i < kBodyPadding; ++i) out.padding += static_cast<unsigned char>(end[i]);
    if (answer.headers != nullptr)
      for (const std::string& name : wanted_headers) out.headers[name] = answer.headers->value(name.c_str());
    return out;
  }

 private:
  std::unique_ptr<CurlPool> pool_;
};

}  // namespace bulkdrop::net
