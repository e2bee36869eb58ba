// One record of the server's session list.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace bulkdrop::pam {

// Texts as the server wrote them, UTF-8, not escaped; numbers as text; empty where it says nothing.
struct ListedSession {
  std::string id;          // the row number in its table, never the session
  std::string session_id;  // may be unusable: see has_usable_id()
  std::string user;
  std::string origin_ip;
  std::string credential;
  std::string device;
  std::string protocol;
  std::string proxy;
  std::string start;  // the server's local time
  std::string end;
  std::string time;

  bool operator==(const ListedSession&) const = default;
};

enum class Liveness : std::uint8_t { active, ended };

// Ended only if `end` is a time that can be one: null, absent, empty, all zeros, the epoch, year 9999 and
// words are what servers write who have no end to tell.
Liveness liveness(const ListedSession& session);

// True if `end` holds something that is neither a time nor one of the usual ways to say nothing: the session
// counts as active, and somebody should be told.
bool has_odd_end(const ListedSession& session);

// True if it can be dropped: see core/session_id.hpp. Masked IDs can't.
bool has_usable_id(const ListedSession& session);

// Reads records, whichever names the server's version has for the members (English, Portuguese, Spanish).
// Keeps its memory from one to the next. Not for several threads at once.
class RecordReader {
 public:
  enum class Outcome : std::uint8_t {
    session,
    no_session,  // valid JSON, but no object
    not_json,
  };

  RecordReader();
  RecordReader(const RecordReader&) = delete;
  RecordReader& operator=(const RecordReader&) = delete;
  ~RecordReader();

  // `text` is one JSON value, followed by kBodyPadding readable bytes (core/answer.hpp). Where it names two
  // different session IDs, none is usable, and `session_id` holds both.
  Outcome read(std::string_view text, ListedSession& session);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bulkdrop::pam
