#include "bulkdrop/cli/check_command.hpp"

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "bulkdrop/cli/log_line.hpp"
#include "bulkdrop/cli/login.hpp"
#include "bulkdrop/cli/standard_output.hpp"
#include "bulkdrop/cli/target.hpp"
#include "bulkdrop/cli/terminal.hpp"
#include "bulkdrop/core/confinement.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/net/curl_pool.hpp"
#include "bulkdrop/report/json_writer.hpp"

namespace bulkdrop::cli {
namespace {

constexpr std::size_t kTextColumn = 19;  // behind the longest name and the longest state

std::string_view state_word(run::CheckState state) {
  return state == run::CheckState::not_tried ? "-" : run::name(state);
}

std::string_view colour_of(run::CheckState state) {
  switch (state) {
    case run::CheckState::ok:
      return "\x1B[32m";
    case run::CheckState::warning:
      return "\x1B[33m";
    case run::CheckState::failed:
      return "\x1B[1;31m";
    case run::CheckState::not_tried:
      break;
  }
  return "\x1B[2m";
}

std::size_t columns(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(
      utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// The words of `text` from column kTextColumn on, broken so that no line is longer than `width`.
void append_wrapped(std::string& out, std::string_view text, std::size_t width) {
  std::size_t at = kTextColumn;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    const std::size_t size = columns(word);
    if (at != kTextColumn && width != 0 && at + 1 + size > width) {
      out += "\n" + std::string(kTextColumn, ' ');
      at = kTextColumn;
    } else if (at != kTextColumn) {
      out.push_back(' ');
      ++at;
    }
    out += word;
    at += size;
  }
  out.push_back('\n');
}

}  // namespace

std::string check_text(const run::CheckReport& report, const CheckLook& look) {
  std::string text;
  for (const run::CheckLine& line : report.lines) {
    if (look.only_trouble && line.action.empty() && line.state != run::CheckState::failed) continue;
    const std::string_view word = state_word(line.state);
    text += fmt::format("{:<11}{}{}{}{:<{}}", line.name, look.colour ? colour_of(line.state) : "", word,
                        look.colour ? "\x1B[0m" : "", "", kTextColumn - 11 - word.size());
    std::string found = line.state == run::CheckState::not_tried ? "not tried" : line.found;
    if (!line.action.empty()) found += fmt::format("{} {}", found.ends_with('.') ? "" : ".", line.action);
    append_wrapped(text, found, static_cast<std::size_t>(look.width));
  }
  return text;
}

std::string check_json(const run::CheckReport& report, const std::string& url) {
  std::string text;
  report::JsonWriter json(text, false);
  json.begin_object();
  json.key("schema");
  json.integer(std::uint64_t{1});
  json.key("url");
  json.text(url);
  json.key("exit_code");
  json.integer(static_cast<std::uint64_t>(report.exit_code));
  json.key("checks");
  json.begin_array();
  for (const run::CheckLine& line : report.lines) {
    json.begin_object();
    json.key("name");
    json.text(line.name);
    json.key("status");
    json.text(run::name(line.state));
    for (const auto& [key, value] :
         {std::pair<std::string_view, const std::string&>{"found", line.found}, {"action", line.action}}) {
      json.key(key);
      if (value.empty()) {
        json.null();
      } else {
        json.text(value);
      }
    }
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return text + "\n";
}

ExitCode run_check(const Arguments& arguments, SecretSources& secrets) {
  if (!arguments.files().empty())
    throw Error(ExitCode::usage,
                fmt::format("check reads no input: what is '{}' for? See bulkdrop check --help",
                            printable(arguments.files().front())));
  Target server = required_target(arguments);
  check_login(arguments, secrets, false);
  std::signal(SIGPIPE, SIG_IGN);  // a closed connection or standard output is an error of write()
  const SystemClock clock;
  server.transport.capacity = 1;
  const bool verbose = arguments.flag("verbose");
  const bool quiet = arguments.flag("quiet");
  const auto log = [&clock](run::Level level, const std::string& text) {
    std::fputs(log_line(text_format(), level, text, clock.wall()).c_str(), stderr);
  };
  pam::Credentials login = credentials(arguments, secrets, Duration::zero(), [&](const std::string& warning) {
    if (!quiet) log(run::Level::warning, warning);
  });
  static_cast<void>(confine_writes({}));
  const run::CheckReport report =
      run::check({server.url, server.endpoints, server.transport},
                 {clock, std::move(login), std::make_unique<net::CurlPool>(server.transport),
                  [&](const std::string& what) {
                    if (verbose) log(run::Level::debug, what);
                  }});
  if (arguments.flag("json")) {
    print(check_json(report, server.url));
  } else {
    const bool terminal = ::isatty(STDOUT_FILENO) == 1;
    print(check_text(report, {terminal ? std::max(40, terminal_width(STDOUT_FILENO)) : 0,
                              wants_colour(STDOUT_FILENO), quiet}));
  }
  return report.exit_code;
}

}  // namespace bulkdrop::cli
