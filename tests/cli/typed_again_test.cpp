// What the commands in a report say of what is not there any more, or was never recorded.
#include "cli/stopped_run.hpp"
#include <sys/stat.h>

namespace bulkdrop::test {
namespace {

// As a shell does it with `<(…)`, and as bash does it without /dev/fd.
Finished drop_by_shell(const TempDir& here, const Sandbox& sandbox, const std::string& login,
                       const std::string& before = "") {
  Command shell;
  shell.program = "/bin/bash";
  shell.arguments = {"-c", before + BULKDROP_BINARY + " drop --yes --attempts 1 --out run --url " +
                               sandbox.url() + " " + login + " " + sandbox.export_file()};
  shell.directory = here.path();
  return run(shell);
}

void check_asks_for(const TempDir& here, const std::string& words, const std::string& gone) {
  const std::string page = slurp(here.path("run/report.html"));
  const std::string told = report(here).out;
  BOOST_TEST(has(told, "bulkdrop verify run " + words + "\n"), told);
  BOOST_TEST(!has(told, gone), told);
  BOOST_TEST((slurp(here.path("run/report.html")) == page));
}

constexpr const char* kThroughProxy = "http://someone:s3cr%40t@127.0.0.1:1";

// A run whose proxy wants a login, and is not there.
struct BehindProxy {
  BehindProxy() {
    const Finished stopped =
        run(drop(here, at(sandbox) + Words{"--yes", "--out", "run", "--outage", "1s", "--proxy",
                                           kThroughProxy, sandbox.export_file()}));
    BOOST_TEST_REQUIRE(stopped.exit_code == 5, stopped.err);
    told = stopped.out;
  }
  Sandbox sandbox{3};
  TempDir here;
  std::string told;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(typed_again)

BOOST_AUTO_TEST_CASE(a_secret_out_of_a_descriptor_is_asked_for) {
  const Sandbox sandbox(3, {"--faults", "drop_error=100%"});
  {
    const TempDir here;
    BOOST_TEST(drop_by_shell(here, sandbox, "--token-file <(cat " + sandbox.token_file() + ")").exit_code ==
               1);
    check_asks_for(here, "--token-file TOKEN_FILE", "/dev/fd");
  }
  {
    const TempDir here;
    BOOST_TEST(drop_by_shell(here, sandbox, "--token-file - < " + sandbox.token_file()).exit_code == 1);
    check_asks_for(here, "--token-file TOKEN_FILE", "--token-file -");
  }
  const TempDir here;
  BOOST_TEST(drop_by_shell(here, sandbox,
                           "--client-id sandbox --client-secret-file /proc/self/fd/3 3< " +
                               sandbox.client_secret_file())
                 .exit_code == 1);
  check_asks_for(here, "--client-id sandbox --client-secret-file CLIENT_SECRET_FILE", "/proc/");
}

BOOST_AUTO_TEST_CASE(a_secret_out_of_a_fifo_is_asked_for) {
  const Sandbox sandbox(3, {"--faults", "drop_error=100%"});
  const TempDir here;
  BOOST_TEST_REQUIRE(::mkfifo(here.path("pipe").c_str(), 0600) == 0);
  const Finished finished =
      drop_by_shell(here, sandbox, "--token-file pipe", "cat " + sandbox.token_file() + " > pipe & ");
  BOOST_TEST(finished.exit_code == 1, finished.err);
  check_asks_for(here, "--token-file TOKEN_FILE", "pipe");
}

BOOST_AUTO_TEST_CASE(a_proxys_login_is_asked_for) {
  const BehindProxy job;
  BOOST_TEST(!has(job.told, "***"), job.told);
  BOOST_TEST(!has(job.told, "s3cr"), job.told);
  BOOST_TEST(has(job.told, "bulkdrop resume run --token-file " + job.sandbox.token_file() +
                               " --proxy http://USER:PASSWORD@127.0.0.1:1\n"),
             job.told);
}

BOOST_AUTO_TEST_CASE(a_run_behind_a_proxy_with_a_login_goes_on_only_with_that_login) {
  const BehindProxy job;
  const Finished refused = run(resume(job.here, job.sandbox));
  BOOST_TEST(refused.exit_code == 2, refused.err);
  BOOST_TEST(has(refused.err, "--proxy 'http://USER:PASSWORD@127.0.0.1:1'"), refused.err);
  BOOST_TEST(run(resume(job.here, job.sandbox, {"--dry-run"})).exit_code == 0);
  const Finished went_on = run(resume(job.here, job.sandbox, {"--proxy", kThroughProxy}));
  BOOST_TEST(went_on.exit_code == 5, went_on.err);
}

BOOST_AUTO_TEST_CASE(a_plan_behind_a_proxy_with_a_login_is_done_only_with_that_login) {
  const Sandbox sandbox(3);
  const TempDir here;
  const Finished planned =
      run(drop(here, {"--dry-run", "--save-plan", "plan", "--url", sandbox.url(), "--outage", "1s", "--proxy",
                      kThroughProxy, sandbox.export_file()}));
  BOOST_TEST_REQUIRE(planned.exit_code == 0, planned.err);
  const Words go = {"--plan", "plan", "--yes", "--token-file", sandbox.token_file()};
  const Finished refused = run(drop(here, go));
  BOOST_TEST(refused.exit_code == 2, refused.err);
  BOOST_TEST(has(refused.err, "--proxy 'http://USER:PASSWORD@127.0.0.1:1'"), refused.err);
  const Finished went = run(drop(here, go + Words{"--proxy", kThroughProxy}));
  BOOST_TEST(went.exit_code == 5, went.err);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
