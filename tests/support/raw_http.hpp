// An HTTP client that hides nothing: it sends the bytes it is given and shows what came back, byte for byte,
// so that tests can see what a well-behaved client would never let through.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "bulkdrop/core/file.hpp"

namespace bulkdrop::test {

struct RawReply {
  enum class End { complete, closed, reset, silent };  // why reading stopped
  End end = End::silent;
  int status = 0;  // 0: no status line
  std::string head;
  std::string body;  // unchunked
  // The value of a header field, empty if there is none. `name` as the server writes it.
  [[nodiscard]] std::string field(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view text) const { return body.find(text) != std::string::npos; }
};

class RawHttp {
 public:
  explicit RawHttp(std::uint16_t port);

  void send(std::string_view bytes) const;
  void half_close() const;

  // Method, target and header lines (each with CRLF) to a whole request.
  [[nodiscard]] std::string request(std::string_view method, std::string_view target,
                                    std::string_view lines = {}, std::string_view body = {}) const;

  // The next answer. 1xx answers are answers, too.
  RawReply receive(std::chrono::milliseconds patience = std::chrono::seconds(10));

  RawReply ask(std::string_view method, std::string_view target, std::string_view lines = {},
               std::string_view body = {});

  // How the connection is now: closed, reset, or silent for as long as `patience`.
  RawReply::End state(std::chrono::milliseconds patience);

 private:
  using Deadline = std::chrono::steady_clock::time_point;

  void read_body(RawReply& reply, Deadline deadline);
  void read_chunks(RawReply& reply, Deadline deadline);
  bool fill(RawReply& reply, Deadline deadline);

  std::uint16_t port_;
  Fd fd_;
  std::string pending_;
};

}  // namespace bulkdrop::test
