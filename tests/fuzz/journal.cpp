// Lines that were sealed by somebody who knows how, whatever they say: each row has the result that its last
// line says, or the journal is refused.
#include <algorithm>
#include <map>

#include "fuzz/journals.hpp"
#include "fuzz/target.hpp"

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/record/journal_format.hpp"
#include "bulkdrop/record/journal_lines.hpp"
#include "bulkdrop/record/result_decoder.hpp"

using namespace bulkdrop;

namespace {

// True if no number is so large that a row of that number takes memory and time that a fuzzer misses.
bool has_few_rows(std::string_view text) {
  std::size_t digits = 0;
  for (const char c : text) {
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    if (digits == 5) return false;
  }
  return true;
}

using Lines = std::map<std::uint64_t, std::string>;

Lines last_lines(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (const auto mark = record::result_mark(line)) lines[mark->row] = line;
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Bytes bytes(data, size);
  const bool whole = bytes.setting(2) == 1;  // or behind a header that can be read
  if (!has_few_rows(bytes.text())) return 0;
  const std::string& intact = fuzz::intact_journal();
  const std::string header = whole ? "" : intact.substr(0, intact.find('\n') + 1);
  const std::string text = fuzz::sealed(header + std::string(bytes.text()));
  auto reader = fuzz::read_journal(text);
  if (!reader) return 0;
  fuzz::holds(reader->intact_bytes() == text.size(), "sealed lines are intact", text);
  record::ResultDecoder decoder;
  const Lines lines = last_lines(text);
  fuzz::holds(reader->rows_seen() == (lines.empty() ? 0 : lines.rbegin()->first + 1),
              "rows are those with results");
  for (std::uint64_t row = 0; row < reader->rows_seen(); ++row) {
    const auto line = lines.find(row);
    try {
      const auto result = reader->result(row);
      fuzz::holds(result.has_value() == (line != lines.end()), "a row has a result if a line says one");
      if (!result) continue;
      const std::string padded = line->second + std::string(record::ResultDecoder::kPadding, ' ');
      const auto expected = decoder.decode(std::string_view(padded).substr(0, line->second.size()));
      fuzz::holds(expected == result, "the last line counts", line->second);
      fuzz::holds(record::result_mark(line->second)->status == result->status,
                  "both readings of a line agree", line->second);
    } catch (const Error& error) {
      fuzz::holds(error.code() == ExitCode::run_directory, "a result is refused for the run directory");
    }
  }
  return 0;
}
