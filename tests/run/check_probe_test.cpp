// What a probe's findings mean, in cases that no test server can be brought into.
#include "bulkdrop/run/check_probe.hpp"

#include <boost/test/unit_test.hpp>

namespace bulkdrop::run {
namespace {

using Step = net::ProbeResult::Step;

constexpr std::int64_t kNow = 1'795'230'245;
constexpr std::int64_t kDay = 86400;

net::ProbeResult good() {
  net::ProbeResult probed;
  probed.looked_up = "pam.example";
  probed.addresses = {"192.0.2.1", "2001:db8::1"};
  probed.peer = "192.0.2.1 port 443";
  probed.connected_after = std::chrono::milliseconds(12);
  probed.protocol = "TLSv1.3";
  probed.certificate = {"CN=pam.example", "CN=Example CA", kNow + 87 * kDay};
  return probed;
}

struct Told {
  explicit Told(const net::ProbeResult& probed, ProbedTarget target = {}) {
    target.now = kNow;
    exit_code = tell_probe(probed, target, dns, tcp, tls);
  }
  CheckLine dns{.name = "dns"};
  CheckLine tcp{.name = "tcp"};
  CheckLine tls{.name = "tls"};
  std::optional<ExitCode> exit_code;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(check_probe)

BOOST_AUTO_TEST_CASE(a_probe_that_comes_through_is_told_in_three_lines) {
  const Told told(good());
  BOOST_TEST(!told.exit_code.has_value());
  BOOST_TEST(told.dns.found == "pam.example is 192.0.2.1, 2001:db8::1");
  BOOST_TEST(told.tcp.found == "192.0.2.1 port 443 answers after 12 ms");
  BOOST_TEST(told.tls.found ==
             "TLSv1.3, trusted certificate of CN=pam.example, issued by CN=Example CA, expires in 87 days");
  for (const CheckLine* line : {&told.dns, &told.tcp, &told.tls}) {
    BOOST_TEST((line->state == CheckState::ok));
    BOOST_TEST(line->action == "");
  }
}

BOOST_AUTO_TEST_CASE(thirty_days_before_it_expires_a_certificate_is_a_warning) {
  for (const auto& [left, text, state] : {std::tuple{30 * kDay, "in 30 days", CheckState::ok},
                                          {30 * kDay - 1, "in 29 days", CheckState::warning},
                                          {kDay, "in 1 day", CheckState::warning},
                                          {kDay - 1, "expires today", CheckState::warning}}) {
    net::ProbeResult probed = good();
    probed.certificate->expires = kNow + left;
    const Told told(probed);
    BOOST_TEST((told.tls.state == state), text);
    BOOST_TEST(told.tls.found.find(text) != std::string::npos, told.tls.found);
    BOOST_TEST(told.tls.action.empty() == (state == CheckState::ok));
  }
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_certificate_decides_the_advice) {
  net::ProbeResult probed = good();
  probed.reached = Step::tls;
  probed.untrusted = true;
  probed.error = "certificate has expired";
  probed.certificate->expires = kNow - 3 * kDay;
  const Told expired(probed);
  BOOST_TEST((expired.exit_code == ExitCode::usage));
  BOOST_TEST(expired.tls.found.find("expired 3 days ago") != std::string::npos, expired.tls.found);
  BOOST_TEST(expired.tls.action.find("renewed") != std::string::npos);
  probed.certificate.reset();
  probed.error = "unable to get local issuer certificate";
  BOOST_TEST(Told(probed).tls.action.find("--cacert") != std::string::npos);
  probed.pinned = true;
  BOOST_TEST(Told(probed).tls.action.find("--pinned-pubkey") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(plain_http_beyond_this_machine_is_a_warning) {
  net::ProbeResult probed = good();
  probed.certificate.reset();
  BOOST_TEST((Told(probed, {.https = false}).tls.state == CheckState::warning));
  BOOST_TEST((Told(probed, {.https = false, .loopback = true}).tls.state == CheckState::ok));
}

BOOST_AUTO_TEST_CASE(behind_a_proxy_it_is_the_proxy_that_is_looked_up) {
  const Told told(good(), {.through_proxy = true});
  BOOST_TEST(told.dns.found.starts_with("proxy pam.example is"));
  net::ProbeResult probed = good();
  probed.reached = Step::name;
  BOOST_TEST(Told(probed, {.through_proxy = true}).dns.action.find("--proxy") != std::string::npos);
  BOOST_TEST(Told(probed).dns.action.find("--url") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::run
