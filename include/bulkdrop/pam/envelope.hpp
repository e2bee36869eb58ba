// The shape of an answer's body, before its meaning.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace bulkdrop::pam {

enum class Shape : std::uint8_t {
  not_json,       // empty, HTML, cut, garbage, two documents, bad UTF-8, a byte order mark
  contradictory,  // JSON that says a thing twice and differently: a key twice, or twins that disagree
  envelope,       // {"response":{"status":…,"message":…,"error":…,"error_code":…}}
  message,        // {"message":…} of a gateway, or {"error":"…"} of an OAuth 2.0 server
  other_json,     // valid, and none of these
};

struct Envelope {
  Shape shape = Shape::not_json;
  std::optional<std::int64_t> code;        // the outer `code`, where it is an integer
  std::optional<std::int64_t> status;      // of `response`, where it is an integer
  std::optional<bool> error;               // of `response`, where it is a boolean
  std::optional<std::int64_t> error_code;  // of `response`, where it is an integer
  std::string message;                     // the sentence for people; at most 500 bytes
  std::string oauth_error;                 // `error`, where it is a string
  bool clean = false;  // no member beside the documented ones speaks of an error (`error`, `errors`,
                       // `exception`, `error_code` and their twins), and `code`, where present, is an integer
};

// Reads bodies; keeps its memory from one to the next. Not for several threads at once.
class EnvelopeReader {
 public:
  EnvelopeReader();
  EnvelopeReader(const EnvelopeReader&) = delete;
  EnvelopeReader& operator=(const EnvelopeReader&) = delete;
  ~EnvelopeReader();

  // `body` must be followed by kBodyPadding readable bytes (core/answer.hpp). The reference lives until the
  // next call.
  const Envelope& read(std::string_view body);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bulkdrop::pam
