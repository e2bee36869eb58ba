#include "bulkdrop/cli/early_refusal.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "bulkdrop/cli/config_file.hpp"
#include "bulkdrop/core/error.hpp"

namespace bulkdrop::cli {
namespace {

constexpr std::string_view kMetrics = "metrics";

// Given twice, the last one counts. Something is given, if badly, where the value is missing.
std::optional<std::string> value_in(const std::vector<std::string>& words, std::string_view name) {
  const std::string option = fmt::format("--{}", name);
  std::optional<std::string> value;
  for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    if (words[i].starts_with(option + "=")) {
      value = words[i].substr(option.size() + 1);
    } else if (words[i] == option) {
      const bool follows = i + 1 < words.size() && !words[i + 1].starts_with("--");
      value = follows ? words[++i] : "";
    }
  }
  return value;
}

std::string value_of(const std::vector<std::string>& words, const Arguments::Environment& environment,
                     std::string_view name) {
  if (const auto value = value_in(words, name)) return *value;
  OptionSpec option;
  option.name = name;
  return environment(environment_name(option)).value_or("");
}

std::string in_config(const std::string& path, std::string_view command) {
  std::string metrics;
  try {
    for (const ConfigEntry& entry : read_config_file(path)) {
      if (entry.key != kMetrics || entry.values.size() != 1) continue;
      if (entry.section == command) return entry.values.front();
      if (entry.section.empty()) metrics = entry.values.front();
    }
  } catch (const Error&) {
    // It may well be what the command was refused for.
  }
  return metrics;
}

}  // namespace

std::string metrics_in(const CommandSpec* command, const std::vector<std::string>& words,
                       const Arguments::Environment& environment) {
  const auto is_metrics = [](const OptionSpec& option) { return option.name == kMetrics; };
  if (command != nullptr && std::none_of(command->options.begin(), command->options.end(), is_metrics))
    return {};
  if (std::find(words.begin(), words.end(), "--dry-run") != words.end()) return {};
  if (std::string metrics = value_of(words, environment, kMetrics); !metrics.empty()) return metrics;
  const std::string config = value_of(words, environment, "config");
  return config.empty() || command == nullptr ? std::string() : in_config(config, command->name);
}

}  // namespace bulkdrop::cli
