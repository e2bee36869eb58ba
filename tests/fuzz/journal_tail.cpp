// Any bytes behind an intact journal, as a crash, a disk or a hand may leave them: it is refused, or read as
// what it was.
#include "fuzz/journals.hpp"
#include "fuzz/target.hpp"

#include "bulkdrop/record/journal_lines.hpp"

using namespace bulkdrop;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Bytes bytes(data, size);
  const std::string& intact = fuzz::intact_journal();
  auto reader = fuzz::read_journal(intact + std::string(bytes.text()));
  if (!reader) return 0;
  const std::string_view tail = bytes.text();
  const bool goes_on =
      tail.find('\n') != std::string_view::npos && record::is_intact(tail.substr(0, tail.find('\n')));
  fuzz::holds(reader->intact_bytes() >= intact.size(), "what was intact stays so");
  fuzz::holds(goes_on || reader->intact_bytes() == intact.size(), "what is not intact is not read");
  if (goes_on) return 0;
  fuzz::holds(reader->rows_seen() == 1 && reader->leased() == 2, "no row appears");
  const auto result = reader->result(0);
  fuzz::holds(result && result->status == Status::dropped && !reader->result(1), "the results are the same");
  fuzz::holds(reader->in_doubt(1) && !reader->in_doubt(0), "the row that was leased is in doubt");
  return 0;
}
