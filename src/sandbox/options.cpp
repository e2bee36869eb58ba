#include "bulkdrop/sandbox/options.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "bulkdrop/core/duration.hpp"
#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/core/version.hpp"
#include "bulkdrop/sandbox/faults.hpp"
#include "bulkdrop/sandbox/session_table.hpp"

namespace bulkdrop::sandbox {
namespace {

constexpr std::size_t kLongestSecret = 4096;

// A file's first line: an editor's final line break is not part of the secret.
std::string read_secret(const std::string& path) {
  std::string secret = read_file(path, kLongestSecret, ExitCode::usage);
  secret.resize(std::min(secret.find_first_of("\r\n"), secret.size()));
  if (secret.empty()) throw Error(ExitCode::usage, fmt::format("{}: holds no secret", printable(path)));
  return secret;
}

Duration duration_of(std::string_view option, const std::string& text) {
  const auto duration = parse_duration(text);
  if (!duration)
    throw Error(ExitCode::usage, fmt::format("{}: '{}' is not a duration: write 250ms, 30s, 10m or 2h",
                                             option, printable(text)));
  return *duration;
}

// SHARE[:DELAY]
Reconnect reconnect_of(const std::string& text) {
  Reconnect reconnect;
  const std::size_t colon = text.find(':');
  std::string_view share = std::string_view(text).substr(0, colon);
  const bool percent = share.ends_with('%');
  if (percent) share.remove_suffix(1);
  const auto [end, error] = std::from_chars(share.data(), share.data() + share.size(), reconnect.share);
  if (percent) reconnect.share /= 100;
  if (error != std::errc() || end != share.data() + share.size() ||
      !(reconnect.share >= 0 && reconnect.share <= 1))
    throw Error(ExitCode::usage,
                fmt::format("--reconnect: '{}' is not SHARE[:DELAY], as in 20% or 100%:5s", printable(text)));
  if (colon != std::string::npos) reconnect.delay = duration_of("--reconnect", text.substr(colon + 1));
  return reconnect;
}

// Without the validator's own description, which would crowd --help.
template <typename Number>
CLI::Validator in_range(Number least, Number most) {
  return CLI::Range(least, most).description("");
}

std::string credentials_help() {
  const Credentials defaults;
  return fmt::format(
      "  OAuth 2.0   client ID {}, secret {}\n"
      "  OAuth 1.0a  consumer key {}, secret {}\n"
      "              token {}, secret {}\n"
      "  Made up, as is everything that they guard. Every request needs one or the other: there is no way to "
      "switch\n"
      "  that off. --token-file sets a bearer token that needs no request for one. A rejected signature is "
      "answered\n"
      "  with HTTP 401; its URL is taken from Host, and from X-Forwarded-Proto behind a TLS proxy.\n",
      defaults.client_id, defaults.client_secret, defaults.consumer_key, defaults.consumer_secret,
      defaults.oauth_token, defaults.oauth_token_secret);
}

std::string footer() {
  std::string text;
  for (const HelpSection& section : help_sections())
    text += fmt::format("{}{}\n{}", text.empty() ? "" : "\n", section.title, section.text);
  return text;
}

// CLI11 writes into the members, which must stay where they are.
struct Parser {
  Options options;
  std::string latency;
  std::string token_ttl;
  std::string clock_offset;
  std::string reconnect;
  std::string language = "en";
  std::string open_end = "empty";
  std::string client_secret_file;
  std::string token_file;
  std::string consumer_secret_file;
  std::string oauth_token_secret_file;
  CLI::App app{"A PAM Core emulator on loopback, for rehearsals, demos and tests.", "bulkdrop-sandbox"};

  Parser();
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;
  ~Parser() = default;

  // Of what was parsed.
  Options result();
};

Parser::Parser() {
  Credentials& credentials = options.credentials;
  app.set_version_flag("--version", fmt::format("bulkdrop-sandbox {}", version()));
  app.add_option("--port", options.port, "port to listen on; 0 picks a free one (8080)")->type_name("N");
  app.add_option("--address", options.address, "loopback address to listen on (127.0.0.1)")->type_name("S");
  app.add_option("--sessions", options.sessions, "how many sessions exist, all of them alive (1000)")
      ->check(in_range(std::size_t{0}, SessionTable::kMost))
      ->type_name("N");
  app.add_option("--seed", options.seed, "what sessions and faults are made from (1)")->type_name("N");
  app.add_option(
         "--export", options.export_file,
         "write the sessions to FILE, as CSV, or as JSON lines if it ends in .jsonl, .ndjson or .json")
      ->type_name("FILE");
  app.add_option("--latency", latency, "how long a worker takes for one drop (0)")->type_name("D");
  app.add_option("--workers", options.workers,
                 "how many drops are worked on at once; the others wait (no limit)")
      ->check(in_range(1U, 1'000'000U))
      ->type_name("N");
  app.add_option("--rate-limit", options.rate_limit,
                 "requests a second, of all kinds, before the answer is 429 (no limit)")
      ->check(in_range(1U, 1'000'000'000U))
      ->type_name("N");
  app.add_option("--token-ttl", token_ttl, "life of an OAuth 2.0 token (1h)")->type_name("D");
  app.add_option("--clock-offset", clock_offset,
                 "how far its clock is ahead, or with a minus sign behind: 1h, -90s (0)")
      ->type_name("D");
  app.add_option(
         "--reconnect", reconnect,
         "the users of this share of the sessions that are dropped open another one DELAY (1s) later: "
         "20% or 100%:5s (0)")
      ->type_name("SHARE[:DELAY]");
  app.add_option("--faults", options.faults, "which answers go wrong, and when; see below")
      ->type_name("SPEC");
  app.add_option(
         "--ledger", options.ledger_file,
         "append what really happened to FILE, as JSON lines: every drop request, every session ended")
      ->type_name("FILE");
  app.add_option("--language", language, "of the messages (en)")
      ->check(CLI::IsMember({"en", "pt"}).description(""))
      ->type_name("en|pt");
  app.add_flag("--old-names", options.record_style.old_names,
               "the list says credencial and dispositivo, as older servers do");
  app.add_option("--open-end", open_end, "what the list has as the end of a live session (empty)")
      ->check(CLI::IsMember({"empty", "null", "absent", "zeros"}).description(""))
      ->type_name("empty|null|absent|zeros");
  app.add_option("--tenant", credentials.tenant,
                 "a token request must name this tenant; answers name it, too")
      ->type_name("S");
  app.add_option("--client-id", credentials.client_id, "OAuth 2.0 client ID")->type_name("S");
  app.add_option("--client-secret-file", client_secret_file, "its secret")->type_name("FILE");
  app.add_option("--token-file", token_file, "a bearer token that is always good")->type_name("FILE");
  app.add_option("--consumer-key", credentials.consumer_key, "OAuth 1.0a consumer key")->type_name("S");
  app.add_option("--consumer-secret-file", consumer_secret_file, "its secret")->type_name("FILE");
  app.add_option("--oauth-token", credentials.oauth_token, "OAuth 1.0a token")->type_name("S");
  app.add_option("--oauth-token-secret-file", oauth_token_secret_file, "its secret")->type_name("FILE");
  app.footer(footer());
}

Options Parser::result() {
  Credentials& credentials = options.credentials;
  if (!latency.empty()) options.latency = duration_of("--latency", latency);
  if (!token_ttl.empty()) options.token_ttl = duration_of("--token-ttl", token_ttl);
  if (!reconnect.empty()) options.reconnect = reconnect_of(reconnect);
  if (clock_offset.starts_with('-'))
    options.clock_offset = -duration_of("--clock-offset", clock_offset.substr(1));
  else if (!clock_offset.empty())
    options.clock_offset = duration_of("--clock-offset", clock_offset);
  options.record_style.open_end = open_end == "null"     ? OpenEnd::null
                                  : open_end == "absent" ? OpenEnd::absent
                                  : open_end == "zeros"  ? OpenEnd::zeros
                                                         : OpenEnd::empty;
  options.language = language == "pt" ? Language::pt : Language::en;
  const auto read_into = [](std::string& secret, const std::string& path) {
    if (!path.empty()) secret = read_secret(path);
  };
  read_into(credentials.client_secret, client_secret_file);
  read_into(credentials.bearer_token, token_file);
  read_into(credentials.consumer_secret, consumer_secret_file);
  read_into(credentials.oauth_token_secret, oauth_token_secret_file);
  return std::move(options);
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv) {
  Parser parser;
  try {
    parser.app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return {std::nullopt, parser.app.help()};
  } catch (const CLI::CallForVersion& asked) {
    return {std::nullopt, std::string(asked.what()) + "\n"};
  } catch (const CLI::ParseError& error) {
    throw Error(ExitCode::usage, fmt::format("{}; see bulkdrop-sandbox --help", printable(error.what())));
  }
  return {parser.result(), {}};
}

std::vector<OptionText> option_texts() {
  const Parser parser;
  std::vector<OptionText> texts;
  for (const CLI::Option* option : parser.app.get_options())
    texts.push_back({option->get_lnames().front(),
                     option->get_items_expected_max() == 0 ? "" : option->get_type_name(),
                     option->get_description()});
  return texts;
}

std::vector<HelpSection> help_sections() {
  return {
      {"FAULTS", faults_help()},
      {"CREDENTIALS", credentials_help()},
      {"EXIT CODES",
       "  0 stopped by SIGINT or SIGTERM, 2 wrong usage or the port is in use, 7 a file can't be written\n"}};
}

}  // namespace bulkdrop::sandbox
