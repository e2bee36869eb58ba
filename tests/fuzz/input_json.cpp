// A JSON document. Where it is one by the strict reader of the tests, there are as many rows as it has
// records.
#include <optional>

#include "fuzz/rows.hpp"
#include "fuzz/target.hpp"
#include "pam/json_oracle.hpp"
#include <fmt/format.h>

using namespace bulkdrop;
using pam::test::Json;

namespace {

std::size_t records_of(const Json& document) {
  if (document.kind == Json::Kind::array) return document.items.size();
  std::optional<std::size_t> listed;
  for (const auto& [key, value] : document.members) {
    if (key != "remote_sessions") continue;
    if (value.kind == Json::Kind::array) listed = listed.value_or(0) + value.items.size();
    if (value.kind == Json::Kind::null) listed = listed.value_or(0);
  }
  return listed.value_or(1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Bytes bytes(data, size);
  constexpr const char* kFields[] = {"", "id", "/a/b", "/0"};
  const input::Options options = fuzz::options_from(bytes, input::Format::json, kFields);
  const unsigned seed = bytes.setting(256);
  const fuzz::Reading reading = fuzz::read_both_ways(bytes.text(), seed, options);
  if (reading.source.encoding != "utf-8" || !reading.error.empty()) return 0;
  const std::string_view text = bytes.text().substr(bytes.text().starts_with("\xEF\xBB\xBF") ? 3 : 0);
  // A key is compared as it is written, and an escape may write the list's.
  if (text.find(fuzz::kDeep) != std::string_view::npos || text.find("\\u") != std::string_view::npos)
    return 0;
  const auto document = pam::test::JsonOracle::parse(text);
  if (!document || (document->kind != Json::Kind::array && document->kind != Json::Kind::object)) return 0;
  fuzz::holds(reading.rows.size() == records_of(*document), "every record is a row",
              fmt::format("{} of {}", reading.rows.size(), records_of(*document)));
  for (const auto& got : reading.rows)
    fuzz::holds(got.row.reason != Reason::malformed_row, "what is JSON is not malformed", got.message);
  return 0;
}
