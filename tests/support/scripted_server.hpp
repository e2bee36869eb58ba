// An HTTP server that does exactly what a test's script says, also what no honest server would do, and keeps
// every request that reached it: what was executed is counted here and nowhere else.
#pragma once

#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <list>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/file.hpp"

namespace bulkdrop::test {

// A whole answer with Content-Length.
inline std::string http_answer(int status, std::string_view body, std::string_view lines = {}) {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\n" + std::string(lines) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

// A port of 127.0.0.1 on which nobody listens: whoever listened on it has just stopped.
inline std::uint16_t unused_port() {
  const Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(fd.get(), static_cast<const sockaddr*>(static_cast<const void*>(&address)), size) != 0 ||
      ::getsockname(fd.get(), static_cast<sockaddr*>(static_cast<void*>(&address)), &size) != 0)
    throw std::runtime_error("no free port: " + describe_errno(errno));
  return ntohs(address.sin_port);
}

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
    [[nodiscard]] std::string field(std::string_view name) const {
      const std::string start = "\r\n" + std::string(name) + ": ";
      const std::size_t at = head.find(start);
      if (at == std::string::npos) return {};
      return head.substr(at + start.size(), head.find('\r', at + 2) - at - start.size());
    }
  };

  class Connection {
   public:
    Connection(ScriptedServer& server, Fd fd, int number)
        : server_(server), number_(number), fd_(std::move(fd)) {}

    // False if the client is gone.
    bool send(std::string_view bytes) const {
      while (!bytes.empty()) {
        const ssize_t n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(n));
      }
      return true;
    }
    void answer(int status, std::string_view body, std::string_view lines = {}) const {
      send(http_answer(status, body, lines));
    }
    // FIN: everything sent before arrives.
    void close() { closed_ = true; }
    // RST: the client's next look at the socket is an error.
    void reset() {
      const linger now{1, 0};
      ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
      closed_ = true;
    }
    // Says nothing for so long; returns early when the server stops.
    void pause(std::chrono::milliseconds time) const {
      std::unique_lock lock(server_.mutex_);
      server_.changed_.wait_for(lock, time, [this] { return server_.stopping_; });
    }
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

  explicit ScriptedServer(Script script, Greeting greeting = {})
      : script_(std::move(script)),
        greeting_(std::move(greeting)),
        listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (!listener_ ||
        ::bind(listener_.get(), static_cast<const sockaddr*>(static_cast<const void*>(&address)), size) !=
            0 ||
        ::listen(listener_.get(), 512) != 0 ||
        ::getsockname(listener_.get(), static_cast<sockaddr*>(static_cast<void*>(&address)), &size) != 0)
      throw std::runtime_error("cannot listen: " + describe_errno(errno));
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { accept(); });
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      ::shutdown(listener_.get(), SHUT_RDWR);
      for (Connection& connection : open_)
        if (connection.fd_) ::shutdown(connection.fd_.get(), SHUT_RDWR);
    }
    changed_.notify_all();
    thread_.join();
    for (Connection& connection : open_) connection.thread_.join();
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string url(std::string_view path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
  }
  [[nodiscard]] std::vector<Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  [[nodiscard]] int connections() const {
    const std::lock_guard lock(mutex_);
    return connections_;
  }
  // Waits until so many requests came in; false if they did not within `patience`.
  bool wait_for_requests(std::size_t count, std::chrono::milliseconds patience = std::chrono::seconds(10)) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return requests_.size() >= count; });
  }

 private:
  void accept() {
    for (;;) {
      Fd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      if (!fd) continue;
      const int on = 1;
      ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      Connection& connection = open_.emplace_back(*this, std::move(fd), ++connections_);
      connection.thread_ = std::thread([&connection] { connection.run(); });
    }
  }

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

inline bool ScriptedServer::Connection::fill() {
  char buffer[16384];
  const ssize_t n = ::recv(fd_.get(), buffer, sizeof buffer, 0);
  if (n <= 0) return false;
  pending_.append(buffer, static_cast<std::size_t>(n));
  return true;
}

inline bool ScriptedServer::Connection::read(Request& request) {
  std::size_t end = std::string::npos;
  while ((end = pending_.find("\r\n\r\n")) == std::string::npos)
    if (!fill()) return false;
  request.head = pending_.substr(0, end + 2);
  pending_.erase(0, end + 4);
  const std::size_t space = request.head.find(' ');
  request.method = request.head.substr(0, space);
  request.target = request.head.substr(space + 1, request.head.find(' ', space + 1) - space - 1);
  const std::string length = request.field("Content-Length");
  const std::size_t size = length.empty() ? 0 : std::stoul(length);
  while (pending_.size() < size)
    if (!fill()) return false;
  request.body = pending_.substr(0, size);
  pending_.erase(0, size);
  return true;
}

inline void ScriptedServer::Connection::run() {
  if (server_.greeting_) server_.greeting_(*this);
  Request request;
  request.connection = number_;
  while (!closed_ && read(request)) {
    ++request.number;
    {
      const std::lock_guard lock(server_.mutex_);
      server_.requests_.push_back(request);
    }
    server_.changed_.notify_all();
    server_.script_(*this, request);
  }
  const std::lock_guard lock(server_.mutex_);
  fd_.reset();
}

}  // namespace bulkdrop::test
