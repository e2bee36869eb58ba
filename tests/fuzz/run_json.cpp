// run.json: it describes a run, which is written again as it was read, or it is refused.
#include "fuzz/target.hpp"

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/record/run_record.hpp"

using namespace bulkdrop;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Bytes bytes(data, size);
  std::string written;
  try {
    written = record::run_json(record::run_from_json(bytes.text(), "run.json"));
  } catch (const Error& error) {
    fuzz::holds(error.code() == ExitCode::run_directory, "a run is refused for the run directory");
    return 0;
  }
  const std::string again = record::run_json(record::run_from_json(written, "what was written"));
  fuzz::holds(again == written, "what is written is read as it was", written);
  return 0;
}
