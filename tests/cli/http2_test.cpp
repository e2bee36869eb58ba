// --http: the protocol over TLS.
#include "cli/dropping.hpp"
#include "support/nginx.hpp"

namespace bulkdrop::test {

BOOST_AUTO_TEST_SUITE(http_versions)

BOOST_AUTO_TEST_CASE(http_2_drops_every_session_through_a_gateway_that_speaks_nothing_else) {
  const Sandbox sandbox(300);
  const TempDir here;
  const Certificate certificate = self_signed(here, "IP:127.0.0.1");
  const Nginx gateway(
      "location / { if ($server_protocol != HTTP/2.0) { return 426; } proxy_pass " + sandbox.url() + "; }",
      &certificate, "http2");
  const std::string url = "https://127.0.0.1:" + std::to_string(gateway.port());
  const Words words = {"--url", url,     "--cacert",     certificate.certificate, "--out",
                       "run",   "--yes", "--token-file", sandbox.token_file(),    sandbox.export_file()};
  const Finished finished = run(drop(here, words + Words{"--http", "2"}));
  BOOST_TEST(finished.exit_code == 0, finished.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  check_against_ledger(run, sandbox);
  BOOST_TEST(run.count("dropped") == 300U);
}

BOOST_AUTO_TEST_CASE(http_2_without_tls_and_other_versions_are_refused) {
  const Sandbox sandbox(1);
  const TempDir here;
  const Words words = at(sandbox) + Words{"--yes", sandbox.export_file()};
  const Finished plain = run(drop(here, words + Words{"--http", "2"}));
  BOOST_TEST(plain.exit_code == 2);
  BOOST_TEST(has(plain.err, "HTTP/2 is spoken over TLS"), plain.err);
  const Finished other = run(drop(here, words + Words{"--http", "3"}));
  BOOST_TEST(other.exit_code == 2);
  BOOST_TEST(has(other.err, "'3' is neither 1.1 nor 2"), other.err);
  BOOST_TEST(sandbox.requests() == 0U);
  BOOST_TEST(run(drop(here, words + Words{"--http", "1.1"})).exit_code == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
