// The connections of one lane, and whether their answers can be trusted to belong to the requests before
// them.
//
// HTTP/1.1 answers carry no mark of the request that they belong to: they are told apart by their order (RFC
// 9112 §9.3). One answer too many on a kept connection (a gateway's second copy, a late answer to somebody
// who gave up) makes every later answer on it that of the request before. Such a connection always has bytes
// to read when it should be silent: before the next request is written, while it rests, or after the last
// answer. So it is looked at at all of these times, and what lies there unasked is a `stray`: every answer
// that came over the connection is then in doubt. libcurl looks at none of it, and closes or reuses without a
// word.
//
// An answer that is cut, by the end of the stream or a reset, says nothing about those before it: nothing can
// come behind the end of the stream, and a part of an answer is the broken answer's own. If another answer
// ran into a cut one, so that both look like one, a second status line, or a line of the head that is none,
// shows it (answer_head.hpp), and the connection is distrusted. What ran into an answer that was cut before
// its own status line was whole, or between its chunks, can't be told from any other garbage, and is taken
// for a broken answer to the last request alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include <curl/curl.h>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/net/pool.hpp"
#include "bulkdrop/net/socket_watch.hpp"

namespace bulkdrop::net {

// After so many answers a connection is not used again, so that one stray puts no more of them in doubt.
inline constexpr std::uint32_t kAnswersPerConnection = 1000;

// Must outlive the easy handles that it was attached to, and their multi handle. One thread.
class Connections {
 public:
  // Identifiers are taken from `last_id`: unique in the process that shares it. `sockets` hears of each
  // opening and closing.
  Connections(std::uint64_t& last_id, SocketWatch& sockets) : last_id_(last_id), sockets_(sockets) {}
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;
  ~Connections();

  // From now on the handle's sockets are opened and closed through this object.
  void attach(CURL* easy);

  struct Use {
    std::uint64_t id = 0;  // 0 = not known
    bool fit = true;       // nothing, and no end of the stream, is there to be read
    bool ended = false;    // unfit, because its stream is at its end
    bool last = false;     // the request is the last one it should carry
  };
  // What may lie on a connection without being an answer too many.
  struct Speech {
    bool first = false;     // before the first request: TLS session tickets
    bool any_time = false;  // HTTP/2 was asked for, and may have been agreed on
  };
  // Looks at the connection with that local port, which libcurl tells before a request; a fit one is used by
  // it.
  [[nodiscard]] Use before_request(int local_port, Speech speech);

  // What libcurl counted of an answer.
  struct AnswerSize {
    std::size_t bytes;   // of head and body
    std::size_t pieces;  // the body came in so many
    bool exact;          // nothing else belongs to it: neither chunk sizes nor TLS records
  };
  // A complete answer came to the request that used the connection. True if more came than that answer: then
  // libcurl closes the connection without a word, or drops what stands behind a chunked body.
  [[nodiscard]] bool answered(std::uint64_t id, const AnswerSize& size, TimePoint now);
  // The same of HTTP/2: its answers name the request that they belong to (RFC 9113 §5.1.1), so that there is
  // nothing to look for, now or later.
  void answered_by_name(std::uint64_t id, TimePoint now);
  // Any answer, over any of them.
  [[nodiscard]] bool ever_answered() const { return ever_answered_; }
  // No complete answer came, and a late one is nothing to wonder at.
  void failed(std::uint64_t id);
  // Another answer was found inside the one that came: all answers of the connection are in doubt.
  void distrust(std::uint64_t id);

  // There is something to read on the connection with that socket, and nobody waits for it.
  void spoke(curl_socket_t fd, TimePoint now);

  // Looks at every connection that rests, and at those that libcurl closed lately.
  void check(TimePoint now);
  // When one that libcurl closed should be looked at for the last time; TimePoint::max() if there is none.
  [[nodiscard]] TimePoint deadline() const;
  // When the last answer came over one of them that is still open; TimePoint::min() if none is.
  [[nodiscard]] TimePoint last_answer() const;
  // What was found since: moved to the end of `out`.
  void report(std::vector<ConnectionReport>& out);

 private:
  struct Connection {
    curl_socket_t fd;
    std::uint64_t id;
    int local_port = 0;  // 0 = not asked for yet
    std::uint32_t requests = 0;
    std::uint32_t answers = 0;  // libcurl may be one ahead: it tells the ends of transfers in batches
    bool tls = false;
    bool closed = false;       // by libcurl
    bool multiplexed = false;  // HTTP/2
    bool failed = false;
    bool explained = false;                    // something harmless lay on it
    bool stray = false;                        // and reported
    std::optional<std::uint64_t> received{0};  // bytes from the peer up to the last answer, if known
    TimePoint last_answer = TimePoint::min();

    [[nodiscard]] bool rests() const { return answers > 0 && answers == requests && !failed && !multiplexed; }
    // What a server says to such a client is about the silence.
    [[nodiscard]] bool was_silent(TimePoint now) const {
      return answers > 0 && now - last_answer > std::chrono::seconds(5);
    }
  };
  struct Closing {
    Connection connection;
    TimePoint until;
  };

  static curl_socket_t open(void* self, curlsocktype, curl_sockaddr* address);
  static int close(void* self, curl_socket_t fd);
  enum class Unread : std::uint8_t { nothing, end, harmless, stray };
  static Unread peek(const Connection& connection, TimePoint now);
  static bool was_drained(const Connection& connection, TimePoint now);
  Unread look(Connection& connection, TimePoint now);
  void close_first(TimePoint now);
  void mark_stray(Connection& connection);
  void let_go(const Connection& connection);
  [[nodiscard]] Connection* with_port(int local_port);
  [[nodiscard]] Connection* with_id(std::uint64_t id);

  std::uint64_t& last_id_;
  SocketWatch& sockets_;
  bool ever_answered_ = false;
  std::vector<Connection> open_;
  std::deque<Closing> closing_;  // of libcurl's mind, but not yet of ours; the first is due first
  std::vector<ConnectionReport> reports_;
};

}  // namespace bulkdrop::net
