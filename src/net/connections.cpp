#include "bulkdrop/net/connections.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <string_view>

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bulkdrop::net {
namespace {

// An answer that is out of step comes about as late as an answer takes; for a connection that is given up
// there is no reason to wait longer.
constexpr Duration kLinger = std::chrono::seconds(2);
// A server that closes after every answer must not cost a file descriptor for each of the last two seconds.
constexpr std::size_t kMostClosing = 16;
// With TLS the bytes can't be read from outside. Alerts and key updates (RFC 8446 §5.1) take less than this,
// no HTTP answer does.
constexpr std::size_t kTlsRecordsWithoutAnswer = 64;
// Beside head and body an answer may have: an empty line or the end of the stream; otherwise, for each piece
// of a chunked body, its size, perhaps with an extension, and two line ends (RFC 9112 §7.1), with TLS a
// record around each, and some for the whole.
constexpr std::size_t kBytesBesideExact = 4;
constexpr std::size_t kBytesBesidePiece = 64;
constexpr std::size_t kBytesBesideOther = 96;

int local_port_of(curl_socket_t fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  void* any = &address;
  if (::getsockname(fd, static_cast<sockaddr*>(any), &size) != 0) return 0;
  if (address.ss_family == AF_INET) return ntohs(static_cast<const sockaddr_in*>(any)->sin_port);
  if (address.ss_family == AF_INET6) return ntohs(static_cast<const sockaddr_in6*>(any)->sin6_port);
  return 0;
}

std::optional<std::uint64_t> bytes_received(curl_socket_t fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
      size < offsetof(tcp_info, tcpi_bytes_received) + sizeof info.tcpi_bytes_received)
    return std::nullopt;
  return info.tcpi_bytes_received;
}

bool is_tls_record(std::string_view bytes) {
  return bytes.size() >= 3 && bytes[0] >= 20 && bytes[0] <= 24 && bytes[1] == 3 && bytes[2] <= 4;
}

}  // namespace

Connections::Unread Connections::peek(const Connection& connection, TimePoint now) {
  std::array<char, 512> bytes{};
  const ssize_t n = ::recv(connection.fd, bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
  if (n < 0) return errno == EAGAIN || errno == EINTR ? Unread::nothing : Unread::end;
  if (n == 0) return Unread::end;
  const std::string_view text(bytes.data(), static_cast<std::size_t>(n));
  if (is_tls_record(text))
    return text.size() <= kTlsRecordsWithoutAnswer || connection.was_silent(now) ? Unread::harmless
                                                                                 : Unread::stray;
  if (text.find_first_not_of("\r\n") == std::string_view::npos) return Unread::harmless;
  // A gateway's word to a client that has been idle for too long (RFC 9110 §15.5.9).
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  const bool request_timeout =
      text.starts_with("HTTP/1.") && text.substr(std::min(text.size(), kVersion.size())).starts_with("408");
  return request_timeout ? Unread::harmless : Unread::stray;
}

Connections::~Connections() {
  for (const Closing& closing : closing_) ::close(closing.connection.fd);
}

void Connections::attach(CURL* easy) {
  if (::curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &Connections::open) != CURLE_OK ||
      ::curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this) != CURLE_OK ||
      ::curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &Connections::close) != CURLE_OK ||
      ::curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this) != CURLE_OK)
    throw std::bad_alloc();
}

curl_socket_t Connections::open(void* self, curlsocktype, curl_sockaddr* address) {
  const curl_socket_t fd = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (fd < 0) return CURL_SOCKET_BAD;
  auto& connections = *static_cast<Connections*>(self);
  Connection connection;
  connection.fd = fd;
  connection.id = ++connections.last_id_;
  connections.sockets_.opened(fd);
  connections.open_.push_back(connection);
  return fd;
}

int Connections::close(void* self, curl_socket_t fd) {
  auto& connections = *static_cast<Connections*>(self);
  connections.sockets_.closing(fd);
  const auto found = std::find_if(connections.open_.begin(), connections.open_.end(),
                                  [fd](const Connection& connection) { return connection.fd == fd; });
  if (found == connections.open_.end()) return ::close(fd);
  Connection connection = *found;
  connection.closed = true;
  *found = connections.open_.back();
  connections.open_.pop_back();
  if (connection.requests == 0 || connection.failed || connection.stray) {
    connections.let_go(connection);
    return 0;
  }
  const TimePoint now = std::chrono::steady_clock::now();
  connections.closing_.push_back({connection, now + kLinger});
  // What libcurl has read away before it closed the connection is news of a moment ago.
  Connection& last = connections.closing_.back().connection;
  if (last.rests() && connections.look(last, now) != Unread::nothing) {
    connections.let_go(last);
    connections.closing_.pop_back();
  }
  while (connections.closing_.size() > kMostClosing) connections.close_first(now);
  return 0;
}

void Connections::close_first(TimePoint now) {
  Connection& connection = closing_.front().connection;
  if (connection.rests()) look(connection, now);
  let_go(connection);
  closing_.pop_front();
}

Connections::Connection* Connections::with_port(int local_port) {
  // Connections to different addresses may share a local port; the one meant awaits no answer, or one that is
  // there already.
  Connection* found = nullptr;
  for (Connection& connection : open_) {
    if (connection.local_port == 0) connection.local_port = local_port_of(connection.fd);
    if (connection.local_port == local_port &&
        (found == nullptr || connection.requests == connection.answers))
      found = &connection;
  }
  return found;
}

Connections::Connection* Connections::with_id(std::uint64_t id) {
  for (Connection& connection : open_)
    if (connection.id == id) return &connection;
  for (Closing& closing : closing_)
    if (closing.connection.id == id) return &closing.connection;
  return nullptr;
}

Connections::Use Connections::before_request(int local_port, Speech speech) {
  Connection* connection = with_port(local_port);
  if (connection == nullptr) return {};
  Use use;
  use.id = connection->id;
  // Over HTTP/1.1 libcurl sends no request before the last one is answered (it may be one ahead of what it
  // has told us).
  if (connection->multiplexed || (speech.any_time && connection->requests > connection->answers)) {
    ++connection->requests;
    return use;
  }
  if (connection->requests == 0 && speech.first) {
    connection->tls = true;
    connection->received.reset();  // nor is it counted
  } else {
    const Unread unread =
        connection->stray ? Unread::stray : look(*connection, std::chrono::steady_clock::now());
    use.fit = unread == Unread::nothing;
    use.ended = unread == Unread::end;
  }
  if (use.fit) ++connection->requests;
  use.last = connection->requests >= kAnswersPerConnection;
  return use;
}

bool Connections::answered(std::uint64_t id, const AnswerSize& size, TimePoint now) {
  ever_answered_ = true;
  Connection* connection = with_id(id);
  if (connection == nullptr) return false;
  connection->last_answer = now;
  ++connection->answers;
  if (size.exact && !connection->closed) {  // had there been more, libcurl would have closed it
    if (connection->received) *connection->received += size.bytes;
    return false;
  }
  const auto before = connection->received;
  // If the next request has been sent already, bytes of its answer may be among them.
  connection->received =
      connection->requests == connection->answers ? bytes_received(connection->fd) : std::nullopt;
  if (!before || !connection->received) return false;
  const std::size_t beside =
      size.exact ? kBytesBesideExact : size.pieces * kBytesBesidePiece + kBytesBesideOther;
  if (*connection->received <= *before + size.bytes + beside) return false;
  mark_stray(*connection);
  return true;
}

void Connections::answered_by_name(std::uint64_t id, TimePoint now) {
  ever_answered_ = true;
  Connection* connection = with_id(id);
  if (connection == nullptr) return;
  connection->multiplexed = true;
  connection->last_answer = now;
  ++connection->answers;
}

void Connections::failed(std::uint64_t id) {
  if (Connection* connection = with_id(id)) connection->failed = true;
}

void Connections::distrust(std::uint64_t id) {
  if (Connection* connection = with_id(id)) mark_stray(*connection);
}

void Connections::mark_stray(Connection& connection) {
  if (connection.stray) return;
  connection.stray = true;
  if (connection.requests > 0) reports_.push_back({connection.id, true});
}

// The connection is over, and there is nothing more to be learnt about it.
void Connections::let_go(const Connection& connection) {
  if (connection.requests > 0) reports_.push_back({connection.id, connection.stray});
  ::close(connection.fd);
}

// Before it closes a connection libcurl reads what lies there, to spare the peer a reset (8.12 and later;
// with TLS always), so that it has to be counted.
bool Connections::was_drained(const Connection& connection, TimePoint now) {
  if (!connection.received || connection.explained || connection.was_silent(now)) return false;
  const auto received = bytes_received(connection.fd);
  const std::size_t harmless = connection.tls ? kTlsRecordsWithoutAnswer : kBytesBesideExact;
  return received && *received > *connection.received + harmless;
}

Connections::Unread Connections::look(Connection& connection, TimePoint now) {
  Unread unread = peek(connection, now);
  if (unread == Unread::harmless) connection.explained = true;
  if (connection.closed && unread != Unread::stray && was_drained(connection, now)) unread = Unread::stray;
  if (unread == Unread::stray) mark_stray(connection);
  return unread;
}

void Connections::spoke(curl_socket_t fd, TimePoint now) {
  for (Connection& connection : open_)
    if (connection.fd == fd && connection.rests() && !connection.stray) look(connection, now);
}

void Connections::check(TimePoint now) {
  for (Connection& connection : open_)
    if (connection.rests() && !connection.stray) look(connection, now);
  std::erase_if(closing_, [&](Closing& closing) {
    Connection& connection = closing.connection;
    const Unread unread = connection.rests() ? look(connection, now) : Unread::nothing;
    const bool over = unread != Unread::nothing || connection.failed || closing.until <= now;
    if (over) let_go(connection);
    return over;
  });
}

TimePoint Connections::deadline() const {
  return closing_.empty() ? TimePoint::max() : closing_.front().until;
}

TimePoint Connections::last_answer() const {
  TimePoint last = TimePoint::min();
  for (const Connection& connection : open_) last = std::max(last, connection.last_answer);
  for (const Closing& closing : closing_) last = std::max(last, closing.connection.last_answer);
  return last;
}

void Connections::report(std::vector<ConnectionReport>& out) {
  out.insert(out.end(), reports_.begin(), reports_.end());
  reports_.clear();
}

}  // namespace bulkdrop::net
