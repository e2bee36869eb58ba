#include "cli/rotating.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <utility>

#include "support/json.hpp"
#include <boost/test/unit_test.hpp>
#include <unistd.h>

namespace bulkdrop::test {

Command rotating(const TempDir& here, const Words& server, const std::string& after, const Words& words) {
  Command command =
      drop(here, server + Words{"--stream", "--yes", "--rotate", after, "--out", "runs"} + words);
  command.keep_input_open = true;
  return command;
}

namespace {

// When the run in `directory` began.
std::string began(const std::string& directory) {
  return Json(slurp(directory + "/run.json")).text("/started_at");
}

}  // namespace

std::vector<std::string> runs_in(const std::string& directory) {
  std::vector<std::pair<std::string, std::string>> found;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    if (std::filesystem::exists(entry.path() / "run.json"))
      found.emplace_back(began(entry.path().string()), entry.path().string());
  std::sort(found.begin(), found.end());
  std::vector<std::string> paths;
  for (auto& [time, path] : found) paths.push_back(std::move(path));
  return paths;
}

bool has_runs(const std::string& directory, std::size_t count, const char* with) {
  const auto deadline = std::chrono::steady_clock::now() + Milliseconds(20'000);
  for (;;) {
    std::size_t found = 0;
    if (std::filesystem::exists(directory))
      for (const auto& entry : std::filesystem::directory_iterator(directory))
        found += std::filesystem::exists(entry.path() / with) ? 1U : 0U;
    if (found >= count) return true;
    if (std::chrono::steady_clock::now() > deadline) return false;
    ::usleep(2'000);
  }
}

std::map<std::string, std::string> reports_in(const std::string& directory) {
  std::map<std::string, std::string> all;
  for (const char* name :
       {"sessions.csv", "sessions.jsonl", "failed.csv", "failed.jsonl", "report.html", "summary.json"})
    if (std::filesystem::exists(directory + "/" + name)) all[name] = slurp(directory + "/" + name);
  return all;
}

std::vector<SessionRow> rows_of_all(const TempDir& here, const std::string& directory) {
  std::vector<SessionRow> all;
  for (const std::string& path : runs_in(directory)) {
    BOOST_TEST_CONTEXT(path) {
      const RunDirectory before(path);
      BOOST_TEST(before.number("/rows") == before.rows().size());
      const auto reports = reports_in(path);
      const Finished finished = run(bulkdrop(here, {"report", path}));
      BOOST_TEST(static_cast<std::uint64_t>(finished.exit_code) == before.number("/exit_code"), finished.err);
      BOOST_TEST((reports_in(path) == reports));
      all.insert(all.end(), before.rows().begin(), before.rows().end());
    }
  }
  return all;
}

}  // namespace bulkdrop::test
