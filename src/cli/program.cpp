#include "bulkdrop/cli/program.hpp"

#include <cstdio>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "bulkdrop/cli/arguments.hpp"
#include "bulkdrop/cli/drop_command.hpp"
#include "bulkdrop/cli/option_table.hpp"
#include "bulkdrop/cli/secrets.hpp"
#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/core/version.hpp"
#include "bulkdrop/net/curl_library.hpp"
#include "bulkdrop/run/signals.hpp"

namespace bulkdrop::cli {
namespace {

// The memory of this process holds tokens: it does not belong into a core file.
void no_core_dumps() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
}

std::optional<std::string> from_environment(const std::string& name) {
  const char* value = ::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

ExitCode dispatch(std::vector<std::string> words) {
  SecretSources secrets;
  if (words.empty())
    throw Error(ExitCode::usage, "a command is missing, such as `bulkdrop drop`; see bulkdrop --help");
  const std::string command_name = words.front();
  words.erase(words.begin());
  if (command_name == "--help" || command_name == "-h" || command_name == "help") {
    fmt::print("{}", program_help_text());
    return ExitCode::all_gone;
  }
  if (command_name == "--version" || command_name == "-V") {
    fmt::print("bulkdrop {}\n", version());
    return ExitCode::all_gone;
  }
  const CommandSpec* command = find_command(command_name);
  if (command == nullptr)
    throw Error(ExitCode::usage,
                fmt::format("unknown command '{}'; see bulkdrop --help", printable(command_name)));
  const Arguments arguments(*command, std::move(words), from_environment);
  if (arguments.help()) {
    fmt::print("{}", help_text(*command));
    return ExitCode::all_gone;
  }
  run::Signals signals;
  const net::CurlLibrary curl;
  return run_drop(arguments, secrets, signals);
}

}  // namespace

int run_program(int argc, char** argv) {
  no_core_dumps();
  try {
    return static_cast<int>(dispatch({argv + 1, argv + argc}));
  } catch (const Error& error) {
    fmt::print(stderr, "bulkdrop: error: {}\n", error.what());
    return static_cast<int>(error.code());
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "bulkdrop: error: out of memory\n");
    return static_cast<int>(ExitCode::run_directory);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bulkdrop: internal error: {}\n", error.what());
    return 70;  // EX_SOFTWARE of sysexits: none of the contract's codes fits a bug
  }
}

}  // namespace bulkdrop::cli
