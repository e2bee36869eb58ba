// An HTTP server that does exactly what a test's script says, also what no honest server would do, and keeps
// every request that reached it: what was executed is counted here and nowhere else.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "bulkdrop/core/file.hpp"

namespace bulkdrop::test {

// A whole answer with Content-Length.
std::string http_answer(int status, std::string_view body, std::string_view lines = {});

class ScriptedServer {
 public:
  struct Request {
    int connection = 0;  // from 1, in the order of their arrival
    int number = 0;      // on that connection, from 1
    std::string method;
    std::string target;
    std::string head;  // all lines, the first one too
    std::string body;
    // The value of a header field, empty if there is none. `name` as the client writes it.
    [[nodiscard]] std::string field(std::string_view name) const;
  };

  class Connection {
   public:
    Connection(ScriptedServer& server, Fd fd, int number);

    // False if the client is gone.
    bool send(std::string_view bytes) const;
    void answer(int status, std::string_view body, std::string_view lines = {}) const;
    // FIN: everything sent before arrives.
    void close() { closed_ = true; }
    // RST: the client's next look at the socket is an error.
    void reset();
    // Says nothing for so long; returns early when the server stops.
    void pause(std::chrono::milliseconds time) const;
    void stall() const { pause(std::chrono::hours(1)); }
    [[nodiscard]] int number() const { return number_; }

   private:
    friend class ScriptedServer;
    void run();
    bool fill();
    bool read(Request& request);

    ScriptedServer& server_;
    int number_;
    Fd fd_;
    std::string pending_;
    bool closed_ = false;
    std::thread thread_;
  };

  using Script = std::function<void(Connection&, const Request&)>;
  // Called when a connection was accepted, before anything is read.
  using Greeting = std::function<void(Connection&)>;

  explicit ScriptedServer(Script script, Greeting greeting = {});
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string url(std::string_view path) const;
  [[nodiscard]] std::vector<Request> requests() const;
  [[nodiscard]] int connections() const;
  // Waits until so many requests came in; false if they did not within `patience`.
  bool wait_for_requests(std::size_t count, std::chrono::milliseconds patience = std::chrono::seconds(10));

 private:
  void accept();

  Script script_;
  Greeting greeting_;
  Fd listener_;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  int connections_ = 0;
  std::vector<Request> requests_;
  std::list<Connection> open_;
  std::thread thread_;
};

}  // namespace bulkdrop::test
