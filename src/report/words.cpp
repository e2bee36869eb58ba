#include "bulkdrop/report/words.hpp"

#include <chrono>

#include <fmt/format.h>

#include "bulkdrop/core/duration.hpp"
#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/text.hpp"

namespace bulkdrop::report {

std::string counted(std::uint64_t number, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", grouped(number), number == 1 ? one : many);
}

std::string protected_words(std::uint64_t met, std::uint64_t unmet) {
  return fmt::format("protected {} of {} on the list", grouped(met), counted(met + unmet, "ID", "IDs"));
}

std::string milliseconds(std::uint64_t number) {
  return humane_duration(std::chrono::milliseconds{static_cast<std::int64_t>(number)});
}

std::string microseconds(std::uint64_t number) {
  if (number < 1000) return "under 1 ms";
  return humane_duration(std::chrono::microseconds{static_cast<std::int64_t>(number)});
}

std::string day_and_time(WallTime time) {
  constexpr std::size_t kToTheSecond = 19;
  std::string text = rfc3339(time).substr(0, kToTheSecond);
  text[10] = ' ';
  return text + " UTC";
}

std::string_view meaning_of_exit(int code) {
  switch (static_cast<ExitCode>(code)) {
    case ExitCode::all_gone:
      return "every session asked for is gone";
    case ExitCode::some_may_live:
      return "finished, not all is well";
    case ExitCode::usage:
      return "wrong usage or configuration";
    case ExitCode::bad_input:
      return "the input can't be used";
    case ExitCode::not_allowed:
      return "stopped: authentication or permission";
    case ExitCode::safety_limit:
      return "stopped: a safety limit";
    case ExitCode::deadline:
      return "stopped: the deadline";
    case ExitCode::run_directory:
      return "stopped: the run directory can't be written";
    case ExitCode::interrupted:
      return "stopped by SIGINT";
    case ExitCode::terminated:
      return "stopped by SIGTERM";
  }
  return "";
}

}  // namespace bulkdrop::report
