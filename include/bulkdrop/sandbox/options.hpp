// What bulkdrop-sandbox was asked to do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bulkdrop/core/clock.hpp"

namespace bulkdrop::sandbox {

enum class Language : std::uint8_t { en, pt };

// What `end` of a session that is alive is: no documentation says, so clients must bear them all.
enum class OpenEnd : std::uint8_t { empty, null, absent, zeros };

// How the session list writes a record.
struct RecordStyle {
  bool old_names = false;  // `credencial` and `dispositivo`, as v3.32
  OpenEnd open_end = OpenEnd::empty;
};

// Users whose session was ended and who open another one.
struct Reconnect {
  double share = 0;  // of the sessions that are ended, by chance from the seed
  Duration delay = std::chrono::seconds(1);
};

// Who may come in. The defaults are public on purpose: what they guard is made up.
struct Credentials {
  std::string client_id = "sandbox";
  std::string client_secret = "sandbox-secret";
  std::string bearer_token;  // accepted as it stands, never expires; empty: none
  std::string consumer_key = "sandbox-consumer";
  std::string consumer_secret = "sandbox-consumer-secret";
  std::string oauth_token = "sandbox-token";
  std::string oauth_token_secret = "sandbox-token-secret";
  std::string tenant;  // if set, a token request must name it
};

struct Options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;
  std::size_t sessions = 1000;
  std::uint64_t seed = 1;
  std::string export_file;
  Duration latency{0};
  unsigned workers = 0;     // 0: as many as there are requests
  unsigned rate_limit = 0;  // requests a second; 0: none
  Duration token_ttl = std::chrono::hours(1);
  Duration clock_offset{0};  // how far its wall clock is ahead
  std::string faults;
  std::string ledger_file;
  Language language = Language::en;
  RecordStyle record_style;
  Reconnect reconnect;
  Credentials credentials;
};

struct CommandLine {
  std::optional<Options> options;  // empty: print `text` and leave with 0
  std::string text;                // of --help or --version
};

// Reads the command line and the secret files that it names. Throws Error(usage) for what is wrong with it.
CommandLine parse_command_line(int argc, const char* const* argv);

// An option as --help has it, for the manual and the completions.
struct OptionText {
  std::string name;     // long name without dashes
  std::string operand;  // empty: none
  std::string help;
};

// What --help says below its options.
struct HelpSection {
  std::string title;
  std::string text;  // laid out for people
};

std::vector<OptionText> option_texts();
std::vector<HelpSection> help_sections();

}  // namespace bulkdrop::sandbox
