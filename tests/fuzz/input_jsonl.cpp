// JSON lines. What the strict reader of the tests takes for an object, this one does not call malformed.
#include "fuzz/rows.hpp"
#include "fuzz/target.hpp"
#include "pam/json_oracle.hpp"

using namespace bulkdrop;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Bytes bytes(data, size);
  constexpr const char* kFields[] = {"", "id", "/a/b", "/0"};
  const input::Options options = fuzz::options_from(bytes, input::Format::jsonl, kFields);
  const unsigned seed = bytes.setting(256);
  const fuzz::Reading reading = fuzz::read_both_ways(bytes.text(), seed, options);
  if (reading.source.encoding != "utf-8") return 0;
  const std::string_view text = bytes.text().substr(bytes.text().starts_with("\xEF\xBB\xBF") ? 3 : 0);
  for (const auto& got : reading.rows) {
    const std::string_view line = text.substr(static_cast<std::size_t>(got.row.offset), got.row.length);
    // Too deep for a reader; half a character, which is in the grammar (RFC 8259 §8.2) and no text.
    if (line.find(fuzz::kDeep) != std::string_view::npos || line.find("\\u") != std::string_view::npos)
      continue;
    const bool malformed = got.row.reason == Reason::malformed_row;
    const bool is_json = pam::test::JsonOracle::parse(line).has_value();
    fuzz::holds(!(is_json && malformed), "what is JSON is not malformed", line);
    fuzz::holds(is_json || got.row.admission != Admission::to_drop || !is_valid_utf8(line),
                "an ID comes from what is JSON", line);
  }
  return 0;
}
