// The seam between deciding and doing: requests go out, answers come back. The one virtual interface of the
// network, so that tests can put a simulated server with virtual time behind it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bulkdrop/core/answer.hpp"
#include "bulkdrop/core/clock.hpp"

struct curl_slist;

namespace bulkdrop::net {

enum class Method : std::uint8_t { del, get, head, post };

// Request header lines, made once and shared by many requests. They may hold secrets: wiped at the end.
class HeaderLines {
 public:
  explicit HeaderLines(const std::vector<std::string>& lines);
  HeaderLines(const HeaderLines&) = delete;
  HeaderLines& operator=(const HeaderLines&) = delete;
  ~HeaderLines();
  [[nodiscard]] curl_slist* list() const { return list_; }
  [[nodiscard]] std::vector<std::string> lines() const;

 private:
  curl_slist* list_ = nullptr;
};

// Takes the body of an answer as it comes, so that it need not fit into memory.
class BodySink {
 public:
  virtual ~BodySink() = default;
  // The next bytes, in the pool's thread, in wait(); they are gone when it returns. False = enough: the
  // transfer is cut and ends as `cancelled`. Must not throw and must not use the pool.
  virtual bool take(std::string_view chunk) = 0;
};

struct Request {
  std::uint64_t ticket = 0;  // comes back with the answer
  Method method = Method::del;
  const char* url = nullptr;  // complete; needed only during start()
  std::shared_ptr<const HeaderLines> headers;
  std::string_view body;  // post: the form; needed only during start()
  // Where the body of an answer with HTTP status 200 goes, of any length; null = into the answer. It must
  // live until the answer came or the pool is gone. Bodies of other answers go into the answer all the same.
  BodySink* sink = nullptr;
  // If set, the attempt is over (`timed_out`) when so long no byte came, and lasts as long as it takes
  // otherwise: it replaces TransportOptions::timeout.
  std::optional<Duration> idle_timeout;
};

// What became known of a connection after its answers.
struct ConnectionReport {
  std::uint64_t connection;  // Answer::connection
  // True: something lay on it that nobody had asked for, so any of its answers may belong to another request.
  // False: it is over, and nothing speaks against its answers.
  bool stray;
};

class Pool {
 public:
  virtual ~Pool() = default;

  // Sends the request in the next wait(), not before. The caller keeps to capacity(): no queue is here.
  virtual void start(const Request& request) = 0;
  // Waits until there is an answer, notify() was called or the time has come; may return early and empty. The
  // answers live until the next start() or wait().
  virtual std::span<const Answer> wait(TimePoint until) = 0;
  // How long this process stood still since the last call, about, because it was stopped (SIGSTOP) or got no
  // processor: the server can't be blamed for that time. What was in flight got it back. To be asked for
  // before the answers of wait() are looked at, and before the clock is asked what is due.
  virtual Duration take_standstill() { return {}; }
  // Makes a present or the next wait() return. Any thread, also a signal handler.
  virtual void notify() = 0;
  // Cuts everything in flight: each ends as `cancelled` in the next wait().
  virtual void cancel() = 0;

  // Looks at all connections that rest, for what connection_reports() is to say; wait() does so, too, now and
  // then.
  virtual void check_connections() {}
  // What became known since the last call; lives until the next one of any function. To be asked for after
  // the answers of wait(): they may have come over a connection that is over by now.
  virtual std::span<const ConnectionReport> connection_reports() { return {}; }

  [[nodiscard]] virtual std::size_t in_flight() const = 0;
  [[nodiscard]] virtual std::size_t capacity() const = 0;
};

}  // namespace bulkdrop::net
