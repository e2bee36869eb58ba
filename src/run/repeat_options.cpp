#include "bulkdrop/run/repeat_options.hpp"

#include <string_view>

#include "bulkdrop/core/text.hpp"

namespace bulkdrop::run {
namespace {

bool is_on(std::string_view value) {
  const std::string word = lower_ascii(value);
  return word == "true" || word == "1" || word == "yes" || word == "on";
}

}  // namespace

std::vector<std::string> repeat_options(const RecordedOptions& recorded) {
  std::vector<std::string> words;
  for (const std::string_view name : {"api",
                                      "drop-path",
                                      "list-path",
                                      "token-path",
                                      "client-id",
                                      "client-secret-file",
                                      "token-file",
                                      "consumer-key",
                                      "consumer-secret-file",
                                      "oauth-token",
                                      "oauth-token-secret-file",
                                      "tenant",
                                      "cacert",
                                      "cert",
                                      "key",
                                      "pinned-pubkey",
                                      "proxy",
                                      "id-pattern",
                                      "field",
                                      "config",
                                      "allow-http",
                                      "resolve",
                                      "protect"}) {
    for (const auto& [given, value] : recorded) {
      if (given != name) continue;
      if (name == "allow-http") {
        if (is_on(value)) words.emplace_back("--allow-http");
        continue;
      }
      words.push_back("--" + given);
      words.push_back(value);
    }
  }
  return words;
}

}  // namespace bulkdrop::run
