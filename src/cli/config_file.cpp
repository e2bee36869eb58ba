#include "bulkdrop/cli/config_file.hpp"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/text.hpp"

namespace bulkdrop::cli {
namespace {

constexpr std::size_t kMaxConfigBytes = 1024 * 1024;

std::string place_of(const std::string& path, const toml::source_region& source) {
  return fmt::format("{}:{}", path, source.begin.line);
}

[[noreturn]] void refuse(const std::string& place, const std::string& what) {
  throw Error(ExitCode::usage, labelled(place, what));
}

std::string text_of(const toml::node& node, const std::string& place, std::string_view key) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return fmt::format("{}", number->get());
  if (const auto* number = node.as_floating_point()) return fmt::format("{}", number->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  refuse(place, fmt::format("'{}' must be a string, a number, true or false", printable(key)));
}

void read_entries(std::vector<ConfigEntry>& entries, const toml::table& table, const std::string& path,
                  const std::string& section) {
  for (const auto& [name, node] : table) {
    const std::string key(name.str());
    const std::string place = place_of(path, node.source());
    if (const auto* inner = node.as_table()) {
      if (!section.empty())
        refuse(place, fmt::format("unknown section [{}.{}]", printable(section), printable(key)));
      read_entries(entries, *inner, path, key);
      continue;
    }
    ConfigEntry entry{section, key, {}, false, place};
    if (const auto* array = node.as_array()) {
      entry.is_array = true;
      for (const toml::node& element : *array)
        entry.values.push_back(text_of(element, place_of(path, element.source()), key));
    } else {
      entry.values.push_back(text_of(node, place, key));
    }
    entries.push_back(std::move(entry));
  }
}

}  // namespace

std::vector<ConfigEntry> read_config_file(const std::string& path) {
  std::vector<ConfigEntry> entries;
  try {
    read_entries(entries, toml::parse(read_file(path, kMaxConfigBytes, ExitCode::usage)), path, "");
  } catch (const toml::parse_error& error) {
    refuse(place_of(path, error.source()), printable(error.description()));
  }
  return entries;
}

}  // namespace bulkdrop::cli
