// What the user typed, before what it means: texts by option name, each with the place where it came from.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bulkdrop/cli/option_table.hpp"
#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/error.hpp"

namespace bulkdrop::cli {

struct Given {
  std::vector<std::string> values;
  std::string origin;  // `--timeout`, `BULKDROP_TIMEOUT`, `bulkdrop.toml:3: timeout`; for messages
};

class Arguments {
 public:
  using Environment = std::function<std::optional<std::string>(const std::string& name)>;

  // Command line, then environment, then the config file that one of them names: the first that gives an
  // option wins. Throws Error(usage): unknown option (naming the nearest one), missing or empty operand,
  // empty variable, unknown key in the file.
  Arguments(const CommandSpec& command, std::vector<std::string> words, const Environment& environment);

  // What counts where nobody gave the option. `origin`: as in Given.
  void add_default(std::string_view name, std::vector<std::string> values, const std::string& origin);

  // Instead of what was typed.
  void set_files(std::vector<std::string> files) { files_ = std::move(files); }

  [[nodiscard]] bool help() const { return help_; }
  [[nodiscard]] bool version() const { return version_; }
  [[nodiscard]] const std::vector<std::string>& files() const { return files_; }
  [[nodiscard]] bool has(std::string_view name) const { return given_.find(name) != given_.end(); }
  [[nodiscard]] const std::map<std::string, Given, std::less<>>& given() const { return given_; }

  // All of these throw Error(usage) naming the origin and what is allowed.
  [[nodiscard]] bool flag(std::string_view name) const;
  [[nodiscard]] std::string text(std::string_view name) const;  // empty if not given
  [[nodiscard]] std::vector<std::string> list(std::string_view name) const;
  [[nodiscard]] std::optional<std::uint64_t> count(std::string_view name, std::uint64_t least,
                                                   std::uint64_t most) const;
  [[nodiscard]] std::optional<double> positive(std::string_view name) const;
  // Of an option that was given: above 0, up to 100.
  [[nodiscard]] double percentage(std::string_view name) const;
  [[nodiscard]] std::optional<Duration> duration(std::string_view name) const;
  [[nodiscard]] std::string origin(std::string_view name) const;

 private:
  void read_words(const CommandSpec& command, std::vector<std::string> words);
  void read_environment(const CommandSpec& command, const Environment& environment);
  void read_config(const CommandSpec& command, const std::string& path);

  std::map<std::string, Given, std::less<>> given_;
  std::vector<std::string> files_;
  bool help_ = false;
  bool version_ = false;
};

// What `act` returns. Its Error gets `origin` in front: which option named the file that it is about; empty =
// as it is.
template <typename Act>
auto blaming(const std::string& origin, const Act& act) {
  try {
    return act();
  } catch (const Error& error) {
    if (origin.empty()) throw;
    throw Error(error.code(), origin + ": " + error.what());
  }
}

// `variables`: the names that the environment holds. Those that begin as ours and are the option of no
// command: Throws Error(usage) for one that was meant to be an option, by its spelling (a mistyped limit is
// no limit); returns the others, which mean nothing to this version.
std::vector<std::string> unknown_variables(const std::vector<std::string>& variables);

}  // namespace bulkdrop::cli
