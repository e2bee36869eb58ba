// A result of the journal: what can be read can be written, and is the same when it is read again.
#include "fuzz/target.hpp"

#include "bulkdrop/record/journal_format.hpp"
#include "bulkdrop/record/journal_lines.hpp"
#include "bulkdrop/record/result_decoder.hpp"

using namespace bulkdrop;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Bytes bytes(data, size);
  const auto decode = [](std::string_view line) {
    static record::ResultDecoder decoder;
    const std::string padded = std::string(line) + std::string(record::ResultDecoder::kPadding, '}');
    return decoder.decode(std::string_view(padded).substr(0, line.size()));
  };
  const auto result = decode(bytes.text());
  if (!result || result->session_id.size() > record::kMaxRecordedIdBytes ||
      result->message.size() > record::kMaxRecordedMessageBytes ||
      result->request_id.size() > record::kMaxRecordedRequestIdBytes)
    return 0;
  std::string line;
  record::append_result_line(line, *result, WallTime());
  fuzz::holds(line.ends_with('\n') && line.find('\n') == line.size() - 1, "a result is one line", line);
  line.pop_back();
  fuzz::holds(record::is_intact(line), "a line is intact when it was written", line);
  fuzz::holds(decode(line) == result, "what is written can be read", line);
  const auto mark = record::result_mark(line);
  fuzz::holds(mark && mark->row == result->row && mark->status == result->status &&
                  mark->cut_short == result->cut_short,
              "both readings of a line agree", line);
  return 0;
}
