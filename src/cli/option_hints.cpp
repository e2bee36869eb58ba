#include "bulkdrop/cli/option_hints.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "bulkdrop/core/spelling.hpp"

namespace bulkdrop::cli {
namespace {

// A word of other tools, and the option that does the same here.
struct Word {
  std::string_view word;
  char letter;              // by which they shorten it, or 0
  std::string_view option;  // a command that does not have it knows the word as little as any other
  std::string_view text;    // instead of `did you mean --option?`; `{}` is what stands before an option
};

constexpr std::string_view kOperands = "input files are named without an option: bulkdrop drop FILE";
constexpr std::string_view kCertificates =
    "certificates are always checked; {}cacert F names the authority to trust";
constexpr std::string_view kLimit =
    "did you mean {}max-sessions, the most sessions that may be dropped, or {}rate, the most requests a "
    "second?";

constexpr std::array kWords = {
    Word{"output", 'o', "out", ""},
    Word{"output-dir", 0, "out", ""},
    Word{"limit", 0, "max-sessions", kLimit},
    Word{"max", 0, "max-sessions", kLimit},
    Word{"parallel", 0, "concurrency", ""},
    Word{"jobs", 'j', "concurrency", ""},
    Word{"workers", 0, "concurrency", ""},
    Word{"threads", 0, "concurrency", ""},
    Word{"insecure", 'k', "cacert", kCertificates},
    Word{"no-verify", 0, "cacert", kCertificates},
    Word{"no-check-certificate", 0, "cacert", kCertificates},
    Word{"force", 0, "yes", ""},
    Word{"assume-yes", 'y', "yes", ""},
    Word{"retries", 0, "attempts", ""},
    Word{"max-retries", 0, "attempts", ""},
    Word{"dryrun", 'n', "dry-run", ""},
    Word{"simulate", 0, "dry-run", ""},
    Word{"input", 0, "id-pattern", kOperands},
    Word{"file", 0, "id-pattern", kOperands},
    Word{"host", 0, "url", ""},
    Word{"server", 0, "url", ""},
};

// What a word begins with that stands for a secret, and the option that names its file.
struct SecretWord {
  std::string_view beginning;
  std::string_view option;
};

// The first one counts.
constexpr std::array kSecretWords = {
    SecretWord{"client-secret", "client-secret-file"},
    SecretWord{"consumer-secret", "consumer-secret-file"},
    SecretWord{"oauth-token-secret", "oauth-token-secret-file"},
    SecretWord{"token", "token-file"},
    SecretWord{"bearer", "token-file"},
    SecretWord{"access-token", "token-file"},
    SecretWord{"api-key", "token-file"},
    SecretWord{"secret", "client-secret-file"},
    SecretWord{"password", "client-secret-file"},
    SecretWord{"passwd", "client-secret-file"},
};

bool contains(std::string_view word, std::string_view part) {
  return word.find(part) != std::string_view::npos;
}

bool has_option(const CommandSpec& command, std::string_view name) {
  return std::any_of(command.options.begin(), command.options.end(),
                     [name](const OptionSpec& option) { return option.name == name; });
}

std::string filled(std::string_view text, std::string_view prefix) {
  std::string all(text);
  for (std::size_t at = all.find("{}"); at != std::string::npos; at = all.find("{}", at))
    all.replace(at, 2, prefix);
  return all;
}

std::string hint(const Word& word, std::string_view prefix) {
  return word.text.empty() ? fmt::format("; did you mean {}{}?", prefix, word.option)
                           : "; " + filled(word.text, prefix);
}

std::optional<std::string> secret_hint(std::string_view word, const CommandSpec& command,
                                       std::string_view prefix) {
  if (contains(word, "path") || contains(word, "file")) return std::nullopt;  // that is no secret itself
  for (const SecretWord& secret : kSecretWords)
    if (word.starts_with(secret.beginning) && has_option(command, secret.option))
      return fmt::format("; secrets are read from files: {}{} FILE", prefix, secret.option);
  return std::nullopt;
}

std::vector<std::string> option_names(std::string_view word, const CommandSpec& command,
                                      std::string_view prefix) {
  std::vector<std::string> names;
  if (!prefix.empty()) names = {"help", "version"};  // no keys of a file
  for (const OptionSpec& option : command.options) {
    // Half a word that ends up as a path of the URL is worse than none: what was meant may be a secret.
    if (option.name.ends_with("-path") && !contains(word, "path") && !contains(word, "-p")) continue;
    names.emplace_back(option.name);
  }
  return names;
}

}  // namespace

std::string hint_for(std::string_view word, const CommandSpec& command, std::string_view prefix) {
  if (const auto hint = secret_hint(word, command, prefix)) return *hint;
  for (const Word& known : kWords)
    if (known.word == word && has_option(command, known.option)) return hint(known, prefix);
  if (const auto near = nearest(word, option_names(word, command, prefix)))
    return fmt::format("; did you mean {}{}?", prefix, *near);
  return fmt::format("; see bulkdrop {} --help", command.name);
}

std::string hint_for_letter(char letter, const CommandSpec& command) {
  for (const Word& known : kWords)
    if (known.letter == letter && has_option(command, known.option)) return hint(known, "--");
  return fmt::format("; see bulkdrop {} --help", command.name);
}

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& names) {
  std::optional<std::string> best;
  std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& name : names) {
    const std::size_t d = name.starts_with(word) && word.size() >= 2 ? 1 : edit_distance(word, name);
    if (d < least) {
      least = d;
      best = name;
    }
  }
  return best;
}

}  // namespace bulkdrop::cli
