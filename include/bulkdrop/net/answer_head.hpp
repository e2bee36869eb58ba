// The head of one answer, line by line as libcurl tells it.
//
// libcurl ends a transfer without an error when the connection is closed inside the head, once the status
// line was there (7.88, 8.14): only the empty line behind the fields (RFC 9112 §2.1) says that the head is
// whole.
#pragma once

#include <string_view>

namespace bulkdrop::net {

// True if `bytes` of an answer, from behind its first byte on, hold the start of another one: a status line
// and a field line below it. Two answers that ran into each other: the first of them was cut.
[[nodiscard]] bool holds_another_answer(std::string_view bytes);

class AnswerHead {
 public:
  // A request goes out.
  void begin() { *this = AnswerHead(); }
  // The next line of its answer, with its line end: of the head, or of what follows a chunked body.
  void take(std::string_view line);
  // Its status line has come, and the rest of it not.
  [[nodiscard]] bool within() const { return begun_ && !complete_; }
  // The head of the final answer has come to its end; an interim one (1xx) is none.
  [[nodiscard]] bool complete() const { return complete_; }
  // A line of it ends with another answer's status line, or what follows the chunks belongs to another head.
  [[nodiscard]] bool ran_into_another() const { return ran_into_another_; }

 private:
  bool begun_ = false;
  bool interim_ = false;
  bool complete_ = false;
  bool ran_into_another_ = false;
};

}  // namespace bulkdrop::net
