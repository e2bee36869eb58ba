#include "bulkdrop/run/repeat_options.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <iterator>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/input/reader.hpp"
#include "bulkdrop/run/account.hpp"
#include "bulkdrop/run/proxy_login.hpp"

namespace bulkdrop::run {
namespace {

bool is_on(std::string_view value) {
  const std::string word = lower_ascii(value);
  return word == "true" || word == "1" || word == "yes" || word == "on";
}

constexpr std::array<std::string_view, 9> kLogin = {
    "client-id",   "client-secret-file",      "token-file", "consumer-key", "consumer-secret-file",
    "oauth-token", "oauth-token-secret-file", "tenant",     "config"};
// What `verify` does not take from the run.
constexpr std::array<std::string_view, 7> kWay = {"cacert", "cert",    "key",       "pinned-pubkey",
                                                  "proxy",  "resolve", "allow-http"};
constexpr std::array<std::string_view, 14> kOthers = {
    "api",           "drop-path", "list-path",  "token-path", "cacert",     "cert",    "key",
    "pinned-pubkey", "proxy",     "id-pattern", "field",      "allow-http", "resolve", "protect"};

constexpr std::array<std::string_view, 5> kReadOnce = {
    "client-secret-file", "token-file", "consumer-secret-file", "oauth-token-secret-file", "config"};

// Whoever types the command again has no such descriptor, and standard input holds something else.
bool is_gone_afterwards(std::string_view file) {
  return file.empty() || is_standard_input(file) || file.starts_with("/dev/fd/") ||
         (file.starts_with("/proc/") && file.find("/fd/") != std::string_view::npos);
}

// TOKEN_FILE of `token-file`.
std::string placeholder(std::string_view name) {
  std::string word(name == "config" ? "config-file" : name);
  for (char& c : word) c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return word;
}

// The value as somebody else can type it: what was not recorded, or is gone, is asked for in capitals.
std::string typed_again(std::string_view name, const std::string& value) {
  if (name == "proxy") return asking_for_login(value);
  const bool read_once = std::find(kReadOnce.begin(), kReadOnce.end(), name) != kReadOnce.end();
  return read_once && is_gone_afterwards(value) ? placeholder(name) : value;
}

std::vector<std::string> words_of(std::span<const std::string_view> names, const RecordedOptions& recorded) {
  std::vector<std::string> words;
  for (const std::string_view name : names) {
    for (const auto& [given, value] : recorded) {
      if (given != name) continue;
      if (name == "allow-http") {
        if (is_on(value)) words.emplace_back("--allow-http");
        continue;
      }
      words.push_back("--" + given);
      words.push_back(typed_again(name, value));
    }
  }
  return words;
}

bool is_login(const RecordedOptions::value_type& option) {
  return std::find(kLogin.begin(), kLogin.end(), option.first) != kLogin.end();
}

// Files among these options.
constexpr std::array<std::string_view, 10> kFiles = {"client-secret-file",
                                                     "token-file",
                                                     "consumer-secret-file",
                                                     "oauth-token-secret-file",
                                                     "config",
                                                     "cacert",
                                                     "cert",
                                                     "key",
                                                     "pinned-pubkey",
                                                     "protect"};

}  // namespace

RecordedOptions with_whole_names(RecordedOptions recorded, const std::string& directory) {
  for (auto& [name, value] : recorded)
    if (std::find(kFiles.begin(), kFiles.end(), name) != kFiles.end() && !value.empty() &&
        !value.starts_with("sha256//"))
      value = input::resolved(value, directory);
  return recorded;
}

RecordedOptions as_typed(RecordedOptions recorded, const std::string& from, const std::string& in) {
  if (from == "." || from == in) return recorded;
  return with_whole_names(std::move(recorded), from);
}

std::string working_directory() {
  std::error_code gone;
  return std::filesystem::current_path(gone).string();
}

std::vector<std::string> login_options(const RecordedOptions& recorded) {
  std::vector<std::string> words = words_of(kLogin, recorded);
  // `resume` takes the proxy from the run, which does not have its login.
  for (const auto& [name, value] : recorded)
    if (name == "proxy" && lacks_login(value)) {
      words.emplace_back("--proxy");
      words.push_back(typed_again(name, value));
    }
  return words;
}

RecordedOptions login_of(const RecordedOptions& recorded) {
  RecordedOptions login;
  std::copy_if(recorded.begin(), recorded.end(), std::back_inserter(login), is_login);
  return login;
}

RecordedOptions with_login(const RecordedOptions& recorded, const RecordedOptions& login) {
  RecordedOptions options = login_of(login);
  std::remove_copy_if(recorded.begin(), recorded.end(), std::back_inserter(options), is_login);
  return options;
}

std::vector<std::string> verify_options(const RecordedOptions& recorded) {
  std::vector<std::string> words = words_of(kLogin, recorded);
  for (std::string& word : words_of(kWay, recorded)) words.push_back(std::move(word));
  return words;
}

bool ask_for_proof(const RecordedOptions& recorded) {
  return std::any_of(recorded.begin(), recorded.end(), [](const auto& option) {
    return option.first == "watch" || (option.first == "verify" && is_on(option.second));
  });
}

std::vector<std::string> repeat_options(const RecordedOptions& recorded) {
  std::vector<std::string> words = words_of(kLogin, recorded);
  for (std::string& word : words_of(kOthers, recorded)) words.push_back(std::move(word));
  return words;
}

}  // namespace bulkdrop::run
