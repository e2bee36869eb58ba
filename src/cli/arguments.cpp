#include "bulkdrop/cli/arguments.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <set>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "bulkdrop/cli/config_file.hpp"
#include "bulkdrop/cli/option_hints.hpp"
#include "bulkdrop/core/duration.hpp"
#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/text.hpp"

namespace bulkdrop::cli {
namespace {

[[noreturn]] void usage(const std::string& message) {
  throw Error(ExitCode::usage, message);
}

const OptionSpec* find_option(const CommandSpec& command, std::string_view name) {
  for (const OptionSpec& option : command.options)
    if (option.name == name) return &option;
  return nullptr;
}

bool is_option_of_any(std::string_view name) {
  const auto all = commands();
  return std::any_of(all.begin(), all.end(),
                     [name](const CommandSpec& command) { return find_option(command, name) != nullptr; });
}

// The long name in `--name=value`; empty for anything else.
std::string_view long_name(std::string_view word) {
  return word.starts_with("--") ? word.substr(2, word.find('=') - 2) : std::string_view();
}

[[noreturn]] void needs_value(const std::string& origin, const OptionSpec& option) {
  usage(fmt::format("{} needs a value: {}", origin, option.operand));
}

// Refuses unknown options before any word is taken for the value of another one, and options without a value:
// `--out --yes` is a slip, and `--max-sessions "$LIMIT"` with nothing in the variable is one, too.
void check_words(const CommandSpec& command, const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    const std::string_view name = long_name(words[i]);
    if (name.empty() || name == "help" || name == "version") continue;
    const OptionSpec* option = find_option(command, name);
    if (option == nullptr)
      usage(fmt::format("unknown option --{}{}", printable(name), hint_for(name, command, "--")));
    if (option->kind == Kind::flag) continue;
    const bool joined = words[i].find('=') != std::string::npos;
    if (joined ? words[i].ends_with("=") && words[i].size() == name.size() + 3
               : i + 1 == words.size() || words[i + 1].starts_with("--"))
      needs_value(fmt::format("--{}", name), *option);
    if (!joined) ++i;  // the value
  }
}

void check_values(const OptionSpec& option, const Given& given) {
  if (option.kind == Kind::flag) return;
  for (const std::string& value : given.values)
    if (value.empty()) needs_value(given.origin, option);
}

// A finite number with just `unit` behind it.
std::optional<double> number_before(std::string_view text, std::string_view unit) {
  double number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc() || std::string_view(end, text.data() + text.size()) != unit ||
      !std::isfinite(number))
    return std::nullopt;
  return number;
}

}  // namespace

std::vector<std::string> unknown_variables(const std::vector<std::string>& variables) {
  // Without the prefix, or everything would be near to everything.
  const auto bare = [](std::string_view name) { return std::string(name.substr(kVariablePrefix.size())); };
  std::set<std::string> known;
  for (const CommandSpec& command : commands())
    for (const OptionSpec& option : command.options) known.insert(bare(environment_name(option)));
  std::vector<std::string> unknown;
  for (const std::string& variable : variables) {
    if (!variable.starts_with(kVariablePrefix) || known.contains(bare(variable))) continue;
    if (const auto near = nearest(bare(variable), {known.begin(), known.end()}))
      usage(fmt::format("{} in the environment is not an option; did you mean {}{}?", printable(variable),
                        kVariablePrefix, *near));
    unknown.push_back(variable);
  }
  return unknown;
}

Arguments::Arguments(const CommandSpec& command, std::vector<std::string> words,
                     const Environment& environment) {
  read_words(command, std::move(words));
  if (help_ || version_) return;
  read_environment(command, environment);
  if (has("config")) read_config(command, text("config"));
}

void Arguments::read_words(const CommandSpec& command, std::vector<std::string> words) {
  check_words(command, words);
  CLI::App app;
  app.set_help_flag();
  app.add_flag("-h,--help", help_);
  app.add_flag("--version", version_);
  app.add_option("FILE", files_);
  std::map<std::string, std::vector<std::string>, std::less<>> values;
  std::map<std::string, std::size_t, std::less<>> flags;
  for (const OptionSpec& option : command.options) {
    const std::string names = option.letter == 0 ? fmt::format("--{}", option.name)
                                                 : fmt::format("-{},--{}", option.letter, option.name);
    if (option.kind == Kind::flag) {
      app.add_flag(names);
    } else {
      app.add_option(names)->expected(1)->multi_option_policy(
          option.kind == Kind::list ? CLI::MultiOptionPolicy::TakeAll : CLI::MultiOptionPolicy::TakeLast);
    }
  }
  std::reverse(words.begin(), words.end());  // CLI11 takes them from the back
  try {
    app.parse(words);
  } catch (const CLI::ExtrasError&) {
    const std::vector<std::string> rest = app.remaining();
    const std::string word = rest.empty() ? "" : rest.front();
    usage(fmt::format("unknown option {}{}", printable(word),
                      hint_for_letter(word.size() > 1 ? word[1] : '\0', command)));
  } catch (const CLI::ParseError& error) {
    usage(fmt::format("{}; see bulkdrop {} --help", printable(error.what()), command.name));
  }
  for (const OptionSpec& option : command.options) {
    const CLI::Option* parsed = app.get_option(fmt::format("--{}", option.name));
    if (parsed->count() == 0) continue;
    const std::vector<std::string>& all = parsed->results();
    const std::string origin = fmt::format("--{}", option.name);
    if (option.kind == Kind::value && all.size() > 1)
      usage(fmt::format("{} is given {} times", origin, all.size()));
    check_values(option, given_[std::string(option.name)] = {all, origin});
  }
}

void Arguments::read_environment(const CommandSpec& command, const Environment& environment) {
  for (const OptionSpec& option : command.options) {
    const std::string name = environment_name(option);
    const auto value = environment(name);
    if (!value) continue;
    // A template whose value was never filled in: no limit would be what nobody meant.
    if (value->empty())
      usage(fmt::format("{} in the environment is empty: give it a value or unset it", name));
    if (!has(option.name)) given_[std::string(option.name)] = {{*value}, name};
  }
}

void Arguments::read_config(const CommandSpec& command, const std::string& path) {
  std::vector<ConfigEntry> entries = blaming(origin("config"), [&] { return read_config_file(path); });
  // What stands in the command's own section beats what stands at the top.
  std::stable_partition(entries.begin(), entries.end(),
                        [](const ConfigEntry& entry) { return !entry.section.empty(); });
  for (const ConfigEntry& entry : entries) {
    // Sections of other commands are theirs, and so are options at the top that only they have.
    if (!entry.section.empty() && find_command(entry.section) == nullptr)
      usage(fmt::format("{}: unknown section [{}]; sections are named after commands", entry.place,
                        printable(entry.section)));
    if (!entry.section.empty() && entry.section != command.name) continue;
    const OptionSpec* option = find_option(command, entry.key);
    if (option == nullptr && entry.section.empty() && is_option_of_any(entry.key)) continue;
    if (option == nullptr || option->name == "config")
      usage(fmt::format("{}: unknown key '{}'{}", entry.place, printable(entry.key),
                        hint_for(entry.key, command, "")));
    if (option->kind != Kind::list && entry.is_array)
      usage(fmt::format("{}: '{}' takes one value, not a list", entry.place, entry.key));
    const Given given{entry.values, fmt::format("{}: {}", entry.place, entry.key)};
    check_values(*option, given);
    if (!has(entry.key)) given_[entry.key] = given;
  }
}

void Arguments::add_default(std::string_view name, std::vector<std::string> values,
                            const std::string& origin) {
  if (!has(name)) given_[std::string(name)] = {std::move(values), fmt::format("{}: {}", origin, name)};
}

std::string Arguments::origin(std::string_view name) const {
  const auto found = given_.find(name);
  return found == given_.end() ? fmt::format("--{}", name) : found->second.origin;
}

bool Arguments::flag(std::string_view name) const {
  const auto found = given_.find(name);
  if (found == given_.end()) return false;
  const std::string value = found->second.values.empty() ? "true" : lower_ascii(found->second.values.front());
  if (value == "true" || value == "1" || value == "yes" || value == "on") return true;
  if (value == "false" || value == "0" || value == "no" || value == "off") return false;
  usage(fmt::format("{}: '{}' is neither true nor false", found->second.origin, printable(value)));
}

std::string Arguments::text(std::string_view name) const {
  const auto found = given_.find(name);
  return found == given_.end() || found->second.values.empty() ? "" : found->second.values.front();
}

std::vector<std::string> Arguments::list(std::string_view name) const {
  const auto found = given_.find(name);
  return found == given_.end() ? std::vector<std::string>() : found->second.values;
}

std::optional<std::uint64_t> Arguments::count(std::string_view name, std::uint64_t least,
                                              std::uint64_t most) const {
  if (!has(name)) return std::nullopt;
  const std::string value = text(name);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  const bool whole = end == value.data() + value.size() && !value.empty();
  const bool no_limit = most == std::numeric_limits<std::uint64_t>::max();
  if (whole && error == std::errc::result_out_of_range && no_limit)
    usage(fmt::format("{}: '{}' is too large a number", origin(name), printable(value)));
  if (error != std::errc() || !whole || number < least || number > most)
    usage(fmt::format("{}: '{}' is not a whole number from {} {}", origin(name), printable(value), least,
                      no_limit ? "up" : fmt::format("to {}", most)));
  return number;
}

std::optional<double> Arguments::positive(std::string_view name) const {
  if (!has(name)) return std::nullopt;
  const auto number = number_before(text(name), "");
  if (!number || *number < 1e-6 || *number > 1e6)
    usage(fmt::format("{}: '{}' is not a number above 0, such as 50 or 0.5", origin(name),
                      printable(text(name))));
  return number;
}

double Arguments::percentage(std::string_view name) const {
  const auto number = number_before(text(name), "%");
  if (!number || *number <= 0 || *number > 100)
    usage(fmt::format("{}: '{}' is not a percentage above 0 and up to 100, such as 5% or 0.5%", origin(name),
                      printable(text(name))));
  return *number;
}

std::optional<Duration> Arguments::duration(std::string_view name) const {
  if (!has(name)) return std::nullopt;
  const auto parsed = parse_duration(text(name));
  if (is_too_long_a_duration(text(name)))
    usage(fmt::format("{}: '{}' is too long: ten years (3650d) are the most", origin(name),
                      printable(text(name))));
  if (!parsed || *parsed <= Duration::zero())
    usage(fmt::format("{}: '{}' is not a duration above 0; write 250ms, 30s, 10m, 2h, 7d or 1h30m",
                      origin(name), printable(text(name))));
  return parsed;
}

}  // namespace bulkdrop::cli
