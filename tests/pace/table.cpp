// Prints how well a run finds the pace of servers that it does not know, as a table in Markdown.
// --control: beside a naive client. --seed N: with other luck. --only NAME: against one server, and how the
// window goes there.
#include <cstdint>
#include <cstdio>
#include <string>

#include "scenarios.hpp"
#include <fmt/chrono.h>
#include <fmt/format.h>

using namespace bulkdrop;
using namespace bulkdrop::run;

namespace {

std::string seconds(Duration time) {
  return fmt::format("{:.0f} s", std::chrono::duration<double>(time).count());
}

// Who left many sessions alive was not quick.
std::string share_of_ideal(const Scenario& scenario, const PaceResult& result) {
  if (100 * result.dropped < 99 * scenario.sessions) return "gave up";
  return fmt::format("{:.0f} %", 100 * result.of_ideal);
}

void print(const Scenario& scenario, const char* who, const PaceResult& result) {
  fmt::print("| {} | {} | {} | {} | {}{} | {:.1f} % | {:.2f} | {} | {} |\n", scenario.name, who,
             seconds(result.took), share_of_ideal(scenario, result), result.peak,
             scenario.knee > 0 ? fmt::format(" of {}", scenario.knee) : "", 100 * result.wasted,
             result.requests_per_session,
             !scenario.recovers_at    ? ""
             : result.recovered_after ? seconds(*result.recovered_after)
                                      : "never",
             scenario.sessions - result.dropped);
}

}  // namespace

int main(int argc, char** argv) {
  fmt::print(
      "| server | client | time | of the ideal | in flight at most | shed or failed | requests per session | "
      "full speed again after | not dropped |\n|---|---|---|---|---|---|---|---|---|\n");
  bool naive = false;
  std::uint64_t seed = 1;
  std::string only;
  for (int i = 1; i < argc; ++i) {
    if (std::string(argv[i]) == "--control") naive = true;
    if (std::string(argv[i]) == "--only" && i + 1 < argc)
      only = argv[++i];
    else if (std::string(argv[i]) == "--seed" && i + 1 < argc)
      seed = std::stoull(argv[++i]);
  }
  for (const Scenario& scenario : scenarios()) {
    if (!only.empty() && scenario.name != only) continue;
    std::string last;
    const OnTurn traced = [&last](Duration at, const PaceNow& pace) { print_change(at, pace, last); };
    print(scenario, "bulkdrop", paced_run(scenario, seed, only.empty() ? nullptr : traced));
    if (naive) print(scenario, "naive", naive_run(scenario, seed));
    std::fflush(stdout);
  }
  return 0;
}
