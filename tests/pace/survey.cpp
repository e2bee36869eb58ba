// Runs against servers that nobody picked: of each kind as many as asked for, with numbers drawn by chance.
// Prints of each kind how many were found well, and those that were not.
//
//   pace_survey [--servers N] [--seed N] [--kind TEXT] [--trace I]     (default: 20 of each kind, seed 1)
//
// --trace shows how the pace goes against one of them.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "random_servers.hpp"
#include <fmt/format.h>

using namespace bulkdrop;
using namespace bulkdrop::run;

int main(int argc, char** argv) {
  std::uint64_t servers = 20;
  std::uint64_t seed = 1;
  std::string wanted;
  std::optional<std::uint64_t> traced;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string option = argv[i];
    if (option == "--servers") servers = std::stoull(argv[i + 1]);
    if (option == "--seed") seed = std::stoull(argv[i + 1]);
    if (option == "--kind") wanted = argv[i + 1];
    if (option == "--trace") traced = std::stoull(argv[i + 1]);
  }
  for (const auto& [name, draw] : random_kinds()) {
    if (!wanted.empty() && wanted != name) continue;
    std::vector<double> of_ideal;
    std::vector<double> wasted;
    std::size_t well = 0;
    for (std::uint64_t i = traced.value_or(0); i < (traced ? *traced + 1 : servers); ++i) {
      const Scenario scenario = draw(seed * 1000 + i);
      std::string last;
      const OnTurn on_turn = [&last](Duration at, const PaceNow& pace) { print_change(at, pace, last); };
      const PaceResult result = paced_run(scenario, seed + i, traced ? on_turn : nullptr);
      const std::string wrong = shortcomings(scenario, result);
      of_ideal.push_back(result.of_ideal);
      wasted.push_back(result.wasted);
      if (wrong.empty())
        ++well;
      else
        fmt::print("  {} {}: {}:{}\n", name, i, scenario.name, wrong);
    }
    std::sort(of_ideal.begin(), of_ideal.end());
    std::sort(wasted.begin(), wasted.end());
    fmt::print("{}: {} of {} well; of the ideal {:.0f} / {:.0f} / {:.0f} %, wasted at most {:.1f} %\n", name,
               well, of_ideal.size(), 100 * of_ideal.front(), 100 * of_ideal[of_ideal.size() / 2],
               100 * of_ideal.back(), 100 * wasted.back());
    std::fflush(stdout);
  }
  return 0;
}
