// A config file: entries that say where they stand, or one error that does.
#include "bulkdrop/cli/config_file.hpp"

#include <algorithm>
#include <charconv>

#include "fuzz/target.hpp"
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/file.hpp"

using namespace bulkdrop;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Bytes bytes(data, size);
  const Fd file(::memfd_create("config", MFD_CLOEXEC));
  write_all(file.get(), bytes.text(), "config");
  const std::string path = fmt::format("/proc/self/fd/{}", file.get());
  const auto lines = std::count(bytes.text().begin(), bytes.text().end(), '\n') + 1;
  try {
    for (const cli::ConfigEntry& entry : cli::read_config_file(path)) {
      fuzz::holds(entry.is_array || entry.values.size() == 1, "an entry has a value", entry.key);
      fuzz::holds(entry.place.starts_with(path + ":"), "an entry says where it stands", entry.place);
      const std::string_view number = std::string_view(entry.place).substr(path.size() + 1);
      long line = 0;
      std::from_chars(number.data(), number.data() + number.size(), line);
      fuzz::holds(line >= 1 && line <= lines, "on a line that is there", entry.place);
    }
  } catch (const Error& error) {
    fuzz::holds(error.code() == ExitCode::usage, "a config file is refused as a usage");
    fuzz::holds(fuzz::is_for_people(error.what()), "an error is for people", error.what());
  }
  return 0;
}
