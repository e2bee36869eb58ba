// A stream that is cut between rows (--rotate): the readers of its pieces give the rows of one reader.
#include <algorithm>
#include <optional>

#include "fuzz/rows.hpp"
#include "fuzz/target.hpp"
#include <fmt/format.h>

using namespace bulkdrop;

namespace {

// What a row is, wherever it stands. How a broken record goes on may stand behind the cut: only its message
// can tell.
std::string told(std::string_view id, const Row& row) {
  return fmt::format("{} {} {}\n", id, name(row.reason), row.check);
}

// The options of the reader behind the cut.
input::Options after(const input::Continuation& cut, input::Options options) {
  if (options.match.empty()) options.format = cut.format;
  if (cut.delimiter != 0) options.delimiter = cut.delimiter;
  options.carried = cut.header + cut.rest;
  options.continued = true;
  return options;
}

// The rows of standard input, cut behind every n-th row.
std::string told_in_parts(const input::Options& options, unsigned every, std::uint64_t& ignored) {
  std::string all;
  input::Options of_part = options;
  for (bool more = true; more;) {
    input::Reader reader({"-"}, of_part);
    std::optional<input::Continuation> cut;
    Row row;
    for (unsigned rows = 1; !cut && reader.next(row); ++rows) {
      all += told(row.session_id, row);
      if (rows % every != 0) continue;
      reader.interrupt();
      cut = reader.cut();
      if (!cut) reader.resume();
    }
    ignored += reader.sources().front().ignored_lines;
    more = cut.has_value();
    if (cut) of_part = after(*cut, options);
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Bytes bytes(data, size);
  input::Options options;
  options.stream = true;
  constexpr const char* kFields[] = {"", "Session ID", "2"};
  options.field = kFields[bytes.setting(3)];
  if (bytes.setting(2) == 1) options.match = "id=([0-9a-f]+)";
  const unsigned every = 1 + bytes.setting(4);
  const unsigned seed = bytes.setting(256);
  fuzz::standard_input_is(bytes.text());
  const fuzz::Reading whole = fuzz::read_standard_input(options);
  // What can be cut at all. Whether it is text is told from what comes first.
  if (std::count(bytes.text().begin(), bytes.text().end(), '\0') >= 4) return 0;
  if (!whole.error.empty() || whole.source.format == input::Format::json || whole.source.encoding != "utf-8")
    return 0;
  std::string expected;
  for (const auto& got : whole.rows) expected += told(got.id, got.row);
  fuzz::standard_input_is(fuzz::cut(bytes.text(), seed));
  std::uint64_t ignored = 0;
  const std::string parts = told_in_parts(options, every, ignored);
  fuzz::holds(parts == expected, "parts give the rows of one reader",
              fmt::format("{}\n--\n{}", expected, parts));
  fuzz::holds(ignored == whole.source.ignored_lines, "parts ignore the same lines");
  return 0;
}
