// HTTP answers as bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bulkdrop/core/clock.hpp"

namespace bulkdrop::sandbox {

// What a connection does once the bytes in front of it are sent.
enum class Then : std::uint8_t {
  go_on,  // the next request
  close,
  reset,  // RST
  hold,   // keep the connection open and silent until the client leaves
  work,   // the drop takes its time; the answer comes later
  more,   // more of the session list is to come
};

// The `Date` field's value, made once a second.
class DateText {
 public:
  std::string_view at(WallTime now);

 private:
  std::int64_t second_ = -1;
  std::string text_;
};

// The head's variable parts. Views must outlive the call only.
struct ReplyContext {
  std::string_view date;
  std::string_view extra;        // whole lines, each with its CRLF
  std::uint64_t request_id = 0;  // X-Request-Id
  bool close = false;            // say `Connection: close`
  bool keep_alive_line = false;  // say `Connection: keep-alive`: an HTTP/1.0 client waits for it
  bool head_only = false;        // the answer to HEAD
};

inline constexpr std::string_view kJson = "application/json; charset=UTF-8";

std::string_view reason_phrase(int status);

// Status line and header, the empty line included. No `length`: neither Content-Length nor, unless `extra`
// brings it, Transfer-Encoding.
void append_head(std::string& out, int status, std::optional<std::size_t> length, const ReplyContext& context,
                 std::string_view content_type = kJson);

// Head and body.
void append_reply(std::string& out, int status, std::string_view body, const ReplyContext& context,
                  std::string_view content_type = kJson);

// One chunk of a chunked body (RFC 9112 §7.1); an empty one ends it.
void append_chunk(std::string& out, std::string_view data);

}  // namespace bulkdrop::sandbox
