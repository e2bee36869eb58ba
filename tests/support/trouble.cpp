#include "support/trouble.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

namespace bulkdrop::test {
namespace {

void preload(Command& command) {
  command.environment["LD_PRELOAD"] = BULKDROP_TROUBLE_SHIM;
  command.environment["ASAN_OPTIONS"] = "verify_asan_link_order=0";
}

}  // namespace

Troubled::Troubled(std::string directory, Trouble trouble)
    : directory_(std::move(directory)), trouble_(std::move(trouble)) {}

Command Troubled::operator()(Command command) const {
  preload(command);
  command.environment["TROUBLE_DIR"] = directory_;
  command.environment["TROUBLE_CALL"] = trouble_.call;
  command.environment["TROUBLE_FILE"] = trouble_.file;
  command.environment["TROUBLE_ERRNO"] = std::to_string(trouble_.error);
  command.environment["TROUBLE_SPARE"] = std::to_string(trouble_.spare);
  command.environment["TROUBLE_TIMES"] = std::to_string(trouble_.times);
  if (trouble_.all_after) command.environment["TROUBLE_ALL_AFTER"] = "1";
  command.environment["TROUBLE_MARK"] = marks_.path("struck");
  return command;
}

bool Troubled::struck() const {
  std::error_code none;
  const auto size = std::filesystem::file_size(marks_.path("struck"), none);
  return !none && size > 0;
}

Command with_short_writes(Command command, const std::string& directory, int most) {
  preload(command);
  command.environment["TROUBLE_DIR"] = directory;
  command.environment["TROUBLE_MOST"] = std::to_string(most);
  return command;
}

Command with_hanging_lookup(Command command, const std::string& host) {
  preload(command);
  command.environment["TROUBLE_HANG_HOST"] = host;
  return command;
}

}  // namespace bulkdrop::test
