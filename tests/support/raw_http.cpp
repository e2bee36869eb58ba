#include "support/raw_http.hpp"

#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "support/loopback.hpp"
#include <poll.h>
#include <sys/socket.h>

#include "bulkdrop/core/error.hpp"

namespace bulkdrop::test {

std::string RawReply::field(std::string_view name) const {
  const std::string start = "\r\n" + std::string(name) + ": ";
  const std::size_t at = head.find(start);
  if (at == std::string::npos) return {};
  const std::size_t from = at + start.size();
  return head.substr(from, head.find('\r', from) - from);
}

RawHttp::RawHttp(std::uint16_t port) : port_(port), fd_(connect_to_loopback(port)) {}

void RawHttp::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) throw std::runtime_error("send: " + describe_errno(errno));
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

void RawHttp::half_close() const {
  ::shutdown(fd_.get(), SHUT_WR);
}

std::string RawHttp::request(std::string_view method, std::string_view target, std::string_view lines,
                             std::string_view body) const {
  std::string text(method);
  text += ' ';
  text += target;
  text += " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port_) + "\r\n";
  text += lines;
  if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  text += "\r\n";
  text += body;
  return text;
}

RawReply RawHttp::receive(std::chrono::milliseconds patience) {
  RawReply reply;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  std::size_t head_end = std::string::npos;
  while ((head_end = pending_.find("\r\n\r\n")) == std::string::npos)
    if (!fill(reply, deadline)) {
      reply.body = std::exchange(pending_, {});
      return reply;
    }
  reply.head = pending_.substr(0, head_end + 4);
  pending_.erase(0, head_end + 4);
  if (reply.head.starts_with("HTTP/1.1 ")) reply.status = std::atoi(reply.head.c_str() + 9);
  read_body(reply, deadline);
  return reply;
}

RawReply RawHttp::ask(std::string_view method, std::string_view target, std::string_view lines,
                      std::string_view body) {
  send(request(method, target, lines, body));
  return receive();
}

RawReply::End RawHttp::state(std::chrono::milliseconds patience) {
  RawReply reply;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (fill(reply, deadline)) {
  }
  return reply.end;
}

void RawHttp::read_body(RawReply& reply, Deadline deadline) {
  if (reply.status < 200 || reply.status == 204) {
    reply.end = RawReply::End::complete;
  } else if (reply.field("Transfer-Encoding") == "chunked") {
    read_chunks(reply, deadline);
  } else if (const std::string length = reply.field("Content-Length"); !length.empty()) {
    const std::size_t size = std::stoul(length);
    bool open = true;
    while (open && pending_.size() < size) open = fill(reply, deadline);
    if (open) reply.end = RawReply::End::complete;
    reply.body = pending_.substr(0, size);
    pending_.erase(0, size);
  } else {
    while (fill(reply, deadline)) {
    }
    reply.body = std::exchange(pending_, {});
  }
}

void RawHttp::read_chunks(RawReply& reply, Deadline deadline) {
  for (;;) {
    std::size_t line_end = std::string::npos;
    while ((line_end = pending_.find("\r\n")) == std::string::npos)
      if (!fill(reply, deadline)) return;
    const std::size_t size = std::stoul(pending_.substr(0, line_end), nullptr, 16);
    while (pending_.size() < line_end + 2 + size + 2)
      if (!fill(reply, deadline)) return;
    reply.body += pending_.substr(line_end + 2, size);
    pending_.erase(0, line_end + 2 + size + 2);
    if (size == 0) break;
  }
  reply.end = RawReply::End::complete;
}

bool RawHttp::fill(RawReply& reply, Deadline deadline) {
  using std::chrono::milliseconds;
  const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now()).count();
  pollfd waiting{fd_.get(), POLLIN, 0};
  if (left <= 0 || ::poll(&waiting, 1, static_cast<int>(left)) <= 0) {
    reply.end = RawReply::End::silent;
    return false;
  }
  char buffer[65536];
  const ssize_t n = ::recv(fd_.get(), buffer, sizeof buffer, 0);
  if (n > 0) {
    pending_.append(buffer, static_cast<std::size_t>(n));
    return true;
  }
  reply.end = n == 0 ? RawReply::End::closed : RawReply::End::reset;
  return false;
}

}  // namespace bulkdrop::test
