#include "bulkdrop/sandbox/program.hpp"

#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/sandbox/options.hpp"
#include "bulkdrop/sandbox/server.hpp"

namespace bulkdrop::sandbox {
namespace {

// As many connections as the system lets one process have.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void serve(Options options) {
  raise_descriptor_limit();
  std::signal(SIGPIPE, SIG_IGN);
  Server server(std::move(options));
  server.stop_on_signals();
  write_all(STDOUT_FILENO, fmt::format("listening on {}\n", server.url()), "standard output");
  server.run();
}

}  // namespace

int run_program(int argc, const char* const* argv) {
  try {
    CommandLine command_line = parse_command_line(argc, argv);
    if (command_line.options)
      serve(std::move(*command_line.options));
    else
      write_all(STDOUT_FILENO, command_line.text, "standard output");
    return 0;
  } catch (const Error& error) {
    fmt::print(stderr, "bulkdrop-sandbox: {}\n", error.what());
    return static_cast<int>(error.code());
  } catch (const std::exception& error) {
    fmt::print(stderr, "bulkdrop-sandbox: {}\n", printable(error.what()));
    return static_cast<int>(ExitCode::usage);
  }
}

}  // namespace bulkdrop::sandbox
