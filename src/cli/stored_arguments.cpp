#include "bulkdrop/cli/stored_arguments.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "bulkdrop/cli/redaction.hpp"
#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/input/reader.hpp"
#include "bulkdrop/pam/api.hpp"

namespace bulkdrop::cli {
namespace {

[[noreturn]] void usage(const std::string& message) {
  throw Error(ExitCode::usage, message);
}

bool same_server(const std::string& a, const std::string& b) {
  return pam::join_url(a, "x") == pam::join_url(b, "x");
}

}  // namespace

void resolve_files(std::string_view name, std::vector<std::string>& values, const std::string& directory) {
  constexpr std::array<std::string_view, 5> kFiles = {"cacert", "cert", "key", "pinned-pubkey", "protect"};
  if (std::find(kFiles.begin(), kFiles.end(), name) == kFiles.end()) return;
  for (std::string& value : values)
    if (!value.starts_with("sha256//")) value = input::resolved(value, directory);
}

std::string run_directory_of(const Arguments& arguments, std::string_view command) {
  if (arguments.files().empty())
    usage(fmt::format("{0} needs the directory of a run: bulkdrop {0} RUN_DIR", command));
  if (arguments.files().size() > 1)
    usage(fmt::format("{} takes one run directory: what is '{}'?", command, printable(arguments.files()[1])));
  return arguments.files().front();
}

Arguments with_options_of(const run::StoredRun& run, Arguments arguments,
                          std::span<const std::string_view> names) {
  const std::string& url = run.record().url;
  const std::string origin = run.directory().file("run.json");
  if (url != run.journal().url())
    throw Error(
        ExitCode::run_directory,
        fmt::format("{}: names the server {}, and the journal {}: it was changed, and the sessions are "
                    "on no other server",
                    origin, printable(url), printable(run.journal().url())));
  if (arguments.has("url") && !same_server(arguments.text("url"), url))
    usage(fmt::format("{}: the run's sessions are on {}, and on no other server; leave the option out",
                      arguments.origin("url"), printable(without_user_info(url))));
  arguments.add_default("url", {url}, origin);
  for (const std::string_view name : names)
    if (auto values = run.option(name); !values.empty()) {
      resolve_files(name, values, run.record().directory);
      arguments.add_default(name, std::move(values), origin);
    }
  return arguments;
}

}  // namespace bulkdrop::cli
