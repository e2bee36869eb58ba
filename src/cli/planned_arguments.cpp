#include "bulkdrop/cli/planned_arguments.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bulkdrop/cli/redaction.hpp"
#include "bulkdrop/cli/stored_arguments.hpp"
#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/text.hpp"

namespace bulkdrop::cli {
namespace {

constexpr std::array<std::string_view, 21> kSaidAnew = {"client-id",
                                                        "client-secret-file",
                                                        "token-file",
                                                        "consumer-key",
                                                        "consumer-secret-file",
                                                        "oauth-token",
                                                        "oauth-token-secret-file",
                                                        "tenant",
                                                        "config",
                                                        "dry-run",
                                                        "save-plan",
                                                        "plan",
                                                        "yes",
                                                        "confirm",
                                                        "out",
                                                        "json",
                                                        "progress",
                                                        "verbose",
                                                        "quiet",
                                                        "log-format",
                                                        "metrics"};

bool is_said_anew(std::string_view name) {
  return std::find(kSaidAnew.begin(), kSaidAnew.end(), name) != kSaidAnew.end();
}

std::string shown(const std::vector<std::string>& values) {
  std::vector<std::string> all;
  for (const std::string& value : values) all.push_back(printable(value));
  return fmt::format("{}", fmt::join(all, ", "));
}

[[noreturn]] void differs(const std::string& path, const std::string& origin, const std::string& planned) {
  throw Error(ExitCode::usage, fmt::format("{}: the plan {} {}; leave the option out, or make a new plan",
                                           origin, printable(path), planned));
}

// As recorded: a flag has the value true, and a proxy no password.
std::vector<std::string> recorded(std::string_view name, const Given& given) {
  if (given.values.empty()) return {"true"};
  std::vector<std::string> values = given.values;
  if (name == "proxy")
    for (std::string& value : values) value = without_user_info(value);
  return values;
}

void check_files(const record::PlanFile& plan, const Arguments& typed, const std::string& path) {
  if (typed.files().empty()) return;
  const auto& sources = plan.run.sources;
  const bool same = typed.files().size() == sources.size() &&
                    std::equal(sources.begin(), sources.end(), typed.files().begin(),
                               [](const record::SourceRecord& source, const std::string& file) {
                                 return source.name == file;
                               });
  if (same) return;
  std::vector<std::string> names;
  for (const record::SourceRecord& source : sources) names.push_back(source.name);
  throw Error(
      ExitCode::usage,
      fmt::format("{}: the plan {} names its input itself ({}); leave the file out, or make a new plan",
                  printable(typed.files().front()), printable(path), shown(names)));
}

}  // namespace

Arguments with_plan(const record::PlanFile& plan, Arguments typed, const std::string& path) {
  std::map<std::string, std::vector<std::string>, std::less<>> planned;
  for (const auto& [name, value] : plan.run.options)
    if (!is_said_anew(name)) planned[name].push_back(value);
  for (const auto& [name, given] : typed.given()) {
    if (is_said_anew(name)) continue;
    const auto found = planned.find(name);
    if (found == planned.end()) differs(path, given.origin, "says nothing of it");
    if (found->second != recorded(name, given))
      differs(path, given.origin, fmt::format("has {}", shown(found->second)));
  }
  check_files(plan, typed, path);
  std::error_code unknown;
  const bool here = std::filesystem::current_path(unknown).string() == plan.run.directory;
  const std::string& directory = here ? std::string() : plan.run.directory;
  std::vector<std::string> files;
  for (const record::SourceRecord& source : plan.run.sources)
    files.push_back(here ? source.name : input::resolved(source.name, directory));
  typed.set_files(std::move(files));
  for (auto& [name, values] : planned) {
    if (!here) resolve_files(name, values, directory);
    typed.add_default(name, std::move(values), path);
  }
  return typed;
}

}  // namespace bulkdrop::cli
