// The head of an answer, line by line: it is complete with its empty line and not before, and an answer that
// ran into another is remembered as such.
#include "bulkdrop/net/answer_head.hpp"

#include <algorithm>

#include "fuzz/target.hpp"

using namespace bulkdrop;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Bytes bytes(data, size);
  std::string_view text = bytes.text();
  net::AnswerHead head;
  head.begin();
  bool ran_into_another = false;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, std::min(text.find('\n'), text.size() - 1) + 1);
    const bool was_complete = head.complete();
    head.take(line);
    fuzz::holds(!(head.within() && head.complete()), "a head is complete or it is not");
    fuzz::holds(!head.complete() || was_complete || line.find_first_not_of("\r\n") == std::string_view::npos,
                "an empty line ends the head", line);
    fuzz::holds(!ran_into_another || head.ran_into_another(), "two answers do not become one again");
    ran_into_another = head.ran_into_another();
    text.remove_prefix(line.size());
  }
  const bool another = net::holds_another_answer(bytes.text());
  fuzz::holds(!another || bytes.text().find("HTTP/") != std::string_view::npos,
              "an answer has a status line");
  return 0;
}
