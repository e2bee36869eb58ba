#include "support/scripted_server.hpp"

#include <utility>

#include "support/loopback.hpp"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace bulkdrop::test {

std::string http_answer(int status, std::string_view body, std::string_view lines) {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\n" + std::string(lines) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

std::string ScriptedServer::Request::field(std::string_view name) const {
  const std::string start = "\r\n" + std::string(name) + ": ";
  const std::size_t at = head.find(start);
  if (at == std::string::npos) return {};
  return head.substr(at + start.size(), head.find('\r', at + 2) - at - start.size());
}

ScriptedServer::Connection::Connection(ScriptedServer& server, Fd fd, int number)
    : server_(server), number_(number), fd_(std::move(fd)) {}

bool ScriptedServer::Connection::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

void ScriptedServer::Connection::answer(int status, std::string_view body, std::string_view lines) const {
  send(http_answer(status, body, lines));
}

void ScriptedServer::Connection::reset() {
  const linger now{1, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  closed_ = true;
}

void ScriptedServer::Connection::pause(std::chrono::milliseconds time) const {
  std::unique_lock lock(server_.mutex_);
  server_.changed_.wait_for(lock, time, [this] { return server_.stopping_; });
}

ScriptedServer::ScriptedServer(Script script, Greeting greeting)
    : script_(std::move(script)), greeting_(std::move(greeting)) {
  Listener listener = listen_on_loopback(512);
  listener_ = std::move(listener.socket);
  port_ = listener.port;
  thread_ = std::thread([this] { accept(); });
}

ScriptedServer::~ScriptedServer() {
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

std::string ScriptedServer::url(std::string_view path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
}

std::vector<ScriptedServer::Request> ScriptedServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

int ScriptedServer::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

bool ScriptedServer::wait_for_requests(std::size_t count, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, [&] { return requests_.size() >= count; });
}

void ScriptedServer::accept() {
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

bool ScriptedServer::Connection::fill() {
  char buffer[16384];
  const ssize_t n = ::recv(fd_.get(), buffer, sizeof buffer, 0);
  if (n <= 0) return false;
  pending_.append(buffer, static_cast<std::size_t>(n));
  return true;
}

bool ScriptedServer::Connection::read(Request& request) {
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

void ScriptedServer::Connection::run() {
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
