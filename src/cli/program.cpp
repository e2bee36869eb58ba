#include "bulkdrop/cli/program.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bulkdrop/cli/arguments.hpp"
#include "bulkdrop/cli/check_command.hpp"
#include "bulkdrop/cli/drop_command.hpp"
#include "bulkdrop/cli/early_refusal.hpp"
#include "bulkdrop/cli/help.hpp"
#include "bulkdrop/cli/list_command.hpp"
#include "bulkdrop/cli/log_line.hpp"
#include "bulkdrop/cli/metrics_file.hpp"
#include "bulkdrop/cli/option_hints.hpp"
#include "bulkdrop/cli/option_table.hpp"
#include "bulkdrop/cli/process_privacy.hpp"
#include "bulkdrop/cli/refused_resources.hpp"
#include "bulkdrop/cli/report_command.hpp"
#include "bulkdrop/cli/resume_command.hpp"
#include "bulkdrop/cli/secrets.hpp"
#include "bulkdrop/cli/standard_output.hpp"
#include "bulkdrop/cli/verify_command.hpp"
#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/core/version.hpp"
#include "bulkdrop/net/curl_library.hpp"
#include "bulkdrop/run/signals.hpp"

namespace bulkdrop::cli {
namespace {

// Whoever starts this with a standard descriptor closed must not find our output in the next file that we
// open: the journal, for one. What was closed can't be read from, or written to: data that nobody gets is an
// error. Messages have nobody to be told to.
void claim_standard_descriptors() {
  for (const auto& [fd, mode] :
       {std::pair{STDIN_FILENO, O_WRONLY}, {STDOUT_FILENO, O_RDONLY}, {STDERR_FILENO, O_WRONLY}})
    while (::fcntl(fd, F_GETFD) < 0 && ::open("/dev/null", mode) >= 0) {
    }
}

void print_version() {
  print(fmt::format("bulkdrop {}\n", version()));
}

// File names, column names and the like stand in messages as they are: they must not drive the terminal.
// Where nobody can be told, the exit code still tells: a failed write is no reason to throw.
void print_line(LogFormat format, run::Level level, std::string_view message) {
  std::fputs(log_line(format, level, message, SystemClock().wall()).c_str(), stderr);
}

std::optional<std::string> from_environment(const std::string& name) {
  const char* value = ::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

// The secrets are out of the environment by now.
void check_environment(LogFormat format) {
  std::vector<std::string> names;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    names.emplace_back(text.substr(0, text.find('=')));
  }
  for (const std::string& name : unknown_variables(names))
    print_line(format, run::Level::warning,
               fmt::format("{} in the environment means nothing to bulkdrop and is ignored", name));
}

std::string near_command(std::string_view word) {
  if (word == "version") return "; did you mean bulkdrop --version?";
  std::vector<std::string> names;
  for (const CommandSpec& command : commands()) names.emplace_back(command.name);
  const auto near = nearest(word, names);
  return near ? fmt::format("; did you mean {}?", *near) : "; see bulkdrop --help";
}

// As many open files as the system lets us have: the usual soft limit is about a thousand.
void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

using Run = ExitCode (*)(const Arguments& arguments, SecretSources& secrets);

// For what must end in an orderly way: without this, a signal simply ends the program.
template <ExitCode (*Command)(const Arguments&, SecretSources&, run::Signals&)>
ExitCode obeying_signals(const Arguments& arguments, SecretSources& secrets) {
  run::Signals signals;
  return Command(arguments, secrets, signals);
}

struct Runner {
  std::string_view command;
  Run run;
};

constexpr std::array kRunners = {
    Runner{"drop", obeying_signals<run_drop>},     Runner{"resume", obeying_signals<run_resume>},
    Runner{"report", obeying_signals<run_report>}, Runner{"list", obeying_signals<run_list>},
    Runner{"verify", obeying_signals<run_verify>}, Runner{"check", run_check}};

Run runner_of(const CommandSpec& command) {
  for (const Runner& runner : kRunners)
    if (runner.command == command.name) return runner.run;
  throw std::logic_error(fmt::format("nothing runs the command {}", command.name));
}

// What can't be read is refused, and whoever watches the job hears of that, too.
template <typename Read>
decltype(auto) telling_monitoring(const CommandSpec* command, const std::vector<std::string>& words,
                                  const Read& read) {
  try {
    return read();
  } catch (const Error& error) {
    MetricsFile(metrics_in(command, words, from_environment)).refused(error.code());
    throw;
  }
}

Arguments read_arguments(const CommandSpec& command, const std::vector<std::string>& words,
                         LogFormat& format) {
  Arguments arguments(command, words, from_environment);
  if (arguments.help() || arguments.version()) return arguments;
  format = log_format(arguments);
  check_environment(format);
  return arguments;
}

const CommandSpec& known_command(const std::string& name) {
  if (const CommandSpec* command = find_command(name)) return *command;
  throw Error(ExitCode::usage, fmt::format("unknown command '{}'{}", printable(name), near_command(name)));
}

// Getting libcurl and TLS ready takes longer than reading a short list.
bool opens_connections(const CommandSpec& command, const Arguments& arguments) {
  return command.name != "report" && !(command.name == "drop" && arguments.flag("dry-run"));
}

int internal_error(LogFormat format, const std::exception& error) {
  print_line(format, run::Level::error, fmt::format("internal error: {}", error.what()));
  return 70;  // EX_SOFTWARE of sysexits: none of the contract's codes fits a bug
}

// `format`: of messages from the moment on when it is known.
ExitCode dispatch(char** argv, std::vector<std::string> words, LogFormat& format) {
  SecretSources secrets;
  format = log_format(words);
  if (words.empty())
    throw Error(ExitCode::usage, "a command is missing, such as `bulkdrop drop`; see bulkdrop --help");
  if (words.front() == "help" && words.size() > 1) {  // `help drop`
    std::swap(words[0], words[1]);
    words[1] = "--help";
  }
  const std::string command_name = words.front();
  words.erase(words.begin());
  if (command_name == "--help" || command_name == "-h" || command_name == "help") {
    print(program_help_text());
    return ExitCode::all_gone;
  }
  if (command_name == "--version" || command_name == "-V") {
    print_version();
    return ExitCode::all_gone;
  }
  const CommandSpec& command =
      telling_monitoring(nullptr, words, [&]() -> const CommandSpec& { return known_command(command_name); });
  const Arguments arguments =
      telling_monitoring(&command, words, [&] { return read_arguments(command, words, format); });
  if (arguments.help()) {
    // `--help all`, as with curl.
    const bool all =
        std::find(arguments.files().begin(), arguments.files().end(), "all") != arguments.files().end();
    print(help_text(command, all ? HelpLength::all : HelpLength::screen));
    return ExitCode::all_gone;
  }
  if (arguments.version()) {
    print_version();
    return ExitCode::all_gone;
  }
  hide_proxy_password(argv);
  std::optional<net::CurlLibrary> curl;
  if (opens_connections(command, arguments)) curl.emplace();
  return runner_of(command)(arguments, secrets);
}

}  // namespace

int run_program(int argc, char** argv) {
  claim_standard_descriptors();
  raise_file_limit();
  forbid_core_dumps();
  LogFormat format = text_format();
  try {
    return static_cast<int>(dispatch(argv, {argv + 1, argv + argc}, format));
  } catch (const Error& error) {
    print_line(format, run::Level::error, error.what());
    return static_cast<int>(error.code());
  } catch (const std::bad_alloc&) {
    print_line(format, run::Level::error, kNoMemory);
    return static_cast<int>(ExitCode::run_directory);
  } catch (const std::system_error& error) {
    const std::string refused = refused_resource(error);
    if (refused.empty()) return internal_error(format, error);
    print_line(format, run::Level::error, refused);
    return static_cast<int>(ExitCode::run_directory);
  } catch (const std::exception& error) {
    return internal_error(format, error);
  }
}

}  // namespace bulkdrop::cli
