#include "bulkdrop/run/check_probe.hpp"

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bulkdrop/core/duration.hpp"
#include "bulkdrop/pam/credentials.hpp"

namespace bulkdrop::run {
namespace {

using Step = net::ProbeResult::Step;

constexpr std::int64_t kDay = 86400;
constexpr std::int64_t kDaysToRenew = 30;

void set(CheckLine& line, CheckState state, std::string found, std::string action = {}) {
  line = {line.name, state, std::move(found), std::move(action)};
}

// "in 12 days", "3 days ago".
std::string days_from_now(std::int64_t seconds) {
  const std::int64_t days = (seconds < 0 ? -seconds : seconds) / kDay;
  if (days == 0) return "today";
  const std::string text = fmt::format("{} day{}", days, days == 1 ? "" : "s");
  return seconds < 0 ? text + " ago" : "in " + text;
}

std::string advice_on_tls(const net::ProbeResult& probed, std::optional<std::int64_t> left) {
  if (probed.pinned)
    return "The key is not the one of --pinned-pubkey: ask the administrator before you go on.";
  if (!probed.untrusted) return "Check that the port in --url speaks TLS 1.2 or later, and --cert and --key.";
  if (left && *left < 0) return "Have the certificate renewed.";
  if (probed.error.find("match") != std::string::npos)
    return "Give as --url a name that the certificate is made for.";
  return "If that is the right server, give the authority that vouches for it with --cacert.";
}

std::optional<ExitCode> tell_tls(const net::ProbeResult& probed, const ProbedTarget& target, CheckLine& tls) {
  if (!target.https) {
    if (target.loopback) {
      set(tls, CheckState::ok, "none: http on this machine");
    } else {
      set(tls, CheckState::warning, "none: http", "Anybody on the way can read the token; use https.");
    }
    return std::nullopt;
  }
  std::string certificate;
  std::optional<std::int64_t> left;
  if (probed.certificate) {
    certificate = fmt::format("certificate of {}, issued by {}", probed.certificate->subject,
                              probed.certificate->issuer);
    if (probed.certificate->expires) {
      left = *probed.certificate->expires - target.now;
      certificate += fmt::format(", {} {}", *left < 0 ? "expired" : "expires", days_from_now(*left));
    }
  }
  if (probed.reached == Step::tls) {
    set(tls, CheckState::failed,
        certificate.empty() ? probed.error : fmt::format("{}; {}", probed.error, certificate),
        advice_on_tls(probed, left));
    return ExitCode::usage;
  }
  const bool soon = left && *left < kDaysToRenew * kDay;
  set(tls, soon ? CheckState::warning : CheckState::ok,
      fmt::format("{}, trusted {}", probed.protocol, certificate),
      soon ? "Have the certificate renewed." : "");
  return std::nullopt;
}

}  // namespace

std::optional<ExitCode> tell_probe(const net::ProbeResult& probed, const ProbedTarget& target, CheckLine& dns,
                                   CheckLine& tcp, CheckLine& tls) {
  if (probed.reached == Step::name) {
    set(dns, CheckState::failed, probed.error,
        fmt::format("Check the name in {}, and this machine's DNS; --resolve gives an address by hand.",
                    target.through_proxy ? "--proxy" : "--url"));
    return ExitCode::safety_limit;
  }
  const std::string host = (target.through_proxy ? "proxy " : "") + probed.looked_up;
  set(dns, CheckState::ok,
      probed.addresses == std::vector{probed.looked_up}
          ? host + " is an address"
          : fmt::format("{} is {}", host, fmt::join(probed.addresses, ", ")));
  if (probed.reached == Step::connection) {
    set(tcp, CheckState::failed, probed.error, std::string(pam::kConnectionAdvice) + ".");
    return ExitCode::safety_limit;
  }
  set(tcp, CheckState::ok,
      fmt::format("{} answers after {}", probed.peer, humane_duration(probed.connected_after)));
  return tell_tls(probed, target, tls);
}

}  // namespace bulkdrop::run
