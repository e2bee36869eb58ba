// A config file: TOML 1.0, with the long names of options as keys.
#pragma once

#include <string>
#include <vector>

namespace bulkdrop::cli {

struct ConfigEntry {
  std::string section;  // the command it is for; empty = at the top, for all of them
  std::string key;
  std::vector<std::string> values;  // one, unless it is an array
  bool is_array = false;
  std::string place;  // `bulkdrop.toml:12`
};

// In the order of the file. Throws Error(usage), naming file and line, for what is not TOML, for values that
// no option has (dates, tables in tables), and if the file can't be read.
std::vector<ConfigEntry> read_config_file(const std::string& path);

}  // namespace bulkdrop::cli
