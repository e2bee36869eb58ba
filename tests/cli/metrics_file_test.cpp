// --metrics replaces metrics and nothing else.
#include <filesystem>

#include "cli/dropping.hpp"
#include <sys/stat.h>

namespace bulkdrop::test {

BOOST_AUTO_TEST_SUITE(metrics_file)

BOOST_AUTO_TEST_CASE(never_takes_the_place_of_something_else) {
  const Sandbox sandbox(5);
  const TempDir here;
  BOOST_TEST_REQUIRE(::mkfifo(here.path("pipe").c_str(), 0600) == 0);
  std::filesystem::copy(sandbox.export_file(), here.path("export.csv"));
  put(here, "short", "x");
  std::filesystem::create_symlink("export.csv", here.path("link"));
  const std::string before = slurp(here.path("export.csv"));
  for (const char* const file : {"pipe", "export.csv", "short", "link"}) {
    for (const Words& words : {at(sandbox) + Words{"--yes", "--out", "run", "export.csv"}, Words{"--bogus"},
                               at(sandbox) + Words{"no-such-file"}}) {
      const Finished refused = run(drop(here, Words{"--metrics", file} + words));
      BOOST_TEST(refused.exit_code == 2, refused.err);
      if (words.size() > 1) BOOST_TEST(has(refused.err, "--metrics: "), refused.err);
    }
  }
  BOOST_TEST(slurp(here.path("export.csv")) == before);
  BOOST_TEST(slurp(here.path("short")) == "x");
  BOOST_TEST(std::filesystem::is_fifo(here.path("pipe")));
  BOOST_TEST(std::filesystem::is_symlink(here.path("link")));
  BOOST_TEST(!std::filesystem::exists(here.path("run")));
  BOOST_TEST(sandbox.ledger().empty());
}

BOOST_AUTO_TEST_CASE(takes_the_place_of_metrics_and_of_an_empty_file) {
  const Sandbox sandbox(1);
  const TempDir here;
  put(here, "m.prom", "");
  for (int i = 0; i < 2; ++i) {
    const Finished refused = run(drop(here, {"--metrics", "m.prom", "--bogus"}));
    BOOST_TEST(refused.exit_code == 2, refused.err);
    BOOST_TEST(has(slurp(here.path("m.prom")), "bulkdrop_run_exit_code 2"));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
