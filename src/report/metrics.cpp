#include "bulkdrop/report/metrics.hpp"

#include <chrono>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include "bulkdrop/core/version.hpp"

namespace bulkdrop::report {
namespace {

constexpr double kMillisecond = 1e-3;
constexpr double kMicrosecond = 1e-6;

constexpr StopKind kStops[] = {StopKind::signal,       StopKind::auth,         StopKind::canary,
                               StopKind::max_sessions, StopKind::max_failures, StopKind::outage,
                               StopKind::deadline,     StopKind::config,       StopKind::io};

double unix_seconds(WallTime time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

class Page {
 public:
  void family(std::string_view name, std::string_view help, std::string_view type = "gauge") {
    name_ = name;
    text_ += fmt::format("# HELP bulkdrop_{0} {1}\n# TYPE bulkdrop_{0} {2}\n", name, help, type);
  }
  void value(double number) { text_ += fmt::format("bulkdrop_{} {}\n", name_, number); }
  void value(std::uint64_t number) { text_ += fmt::format("bulkdrop_{} {}\n", name_, number); }
  void labelled(std::string_view label, std::string_view of, std::uint64_t number) {
    text_ += fmt::format("bulkdrop_{}{{{}=\"{}\"}} {}\n", name_, label, of, number);
  }
  // `unit` in seconds. The order of a summary: quantiles, then how many there were.
  void spread(const Spread& spread, double unit) {
    const auto quantile = [&](std::string_view share, std::uint64_t number) {
      text_ += fmt::format("bulkdrop_{}{{quantile=\"{}\"}} {:.6g}\n", name_, share,
                           static_cast<double>(number) * unit);
    };
    quantile("0", spread.least);
    quantile("0.5", spread.p50);
    quantile("0.9", spread.p90);
    quantile("0.99", spread.p99);
    quantile("1", spread.most);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string_view name_;
  std::string text_;
};

// What every state of the file has.
Page begin(bool running, WallTime started_at) {
  Page page;
  page.family("build_info", "Which bulkdrop wrote this.");
  page.labelled("version", version(), 1);
  page.family("run_active", "Whether the run is going on (1) or is over (0).");
  page.value(std::uint64_t{running ? 1U : 0U});
  page.family("run_start_time_seconds", "When the run began, in Unix time.");
  page.value(unix_seconds(started_at));
  return page;
}

void add_sessions(Page& page, const Counts& sessions) {
  page.family("run_sessions", "Rows of the input by what became of their session.");
  for (const Status status : kAllStatuses) page.labelled("status", name(status), sessions.of(status));
}

void add_end(Page& page, WallTime ended_at, int exit_code, const std::optional<Stop>& stop) {
  page.family("run_end_time_seconds", "When the run ended, in Unix time.");
  page.value(unix_seconds(ended_at));
  page.family("run_exit_code", "Exit code of the run; 0 = every session asked for is gone.");
  page.value(static_cast<std::uint64_t>(exit_code));
  page.family("run_stopped", "Whether that stopped the run before its end.");
  for (const StopKind kind : kStops) page.labelled("by", name(kind), stop && stop->kind == kind ? 1 : 0);
}

void add_errors(Page& page, const std::vector<ErrorLine>& errors) {
  std::map<std::string_view, std::uint64_t> by_reason;
  for (const ErrorLine& error : errors) by_reason[name(error.reason)] += error.count;
  page.family("run_errors", "Sessions that may still be alive, by reason.");
  for (const auto& [reason, count] : by_reason) page.labelled("reason", reason, count);
}

void add_verified(Page& page, const Verified& verified) {
  page.family("run_verified_sessions", "Sessions by what the server's session list says of them.");
  page.labelled("result", "ended", verified.ended);
  page.labelled("result", "still_alive", verified.still_alive);
  page.labelled("result", "not_listed", verified.not_listed);
}

}  // namespace

std::string metrics_of_running(const Snapshot& snapshot, WallTime started_at) {
  Page page = begin(true, started_at);
  add_sessions(page, snapshot.settled);
  page.family("run_requests_in_flight", "Requests in flight.");
  page.value(snapshot.in_flight);
  page.family("run_window", "Most requests that may be in flight now.");
  page.value(snapshot.window);
  page.family("run_waiting_sessions", "Sessions between two attempts.");
  page.value(snapshot.waiting);
  return page.take();
}

std::string metrics_of(const Summary& summary) {
  Page page = begin(false, summary.started_at);
  add_sessions(page, summary.counts);
  add_end(page, summary.finished_at, summary.exit_code, summary.stopped_by);
  page.family("run_requests",
              "Requests: sent in all, those beyond the first of a session, those turned away.");
  page.labelled("kind", "sent", summary.requests_sent);
  page.labelled("kind", "retry", summary.requests_retries);
  page.labelled("kind", "throttled", summary.requests_throttled);
  if (summary.latency_us.measured) {
    page.family("run_request_duration_seconds", "Time to the answer of a request.", "summary");
    page.spread(summary.latency_us, kMicrosecond);
  }
  if (summary.contained_ms.measured) {
    page.family("run_containment_seconds", "Time from the start of the run to the end of a session.",
                "summary");
    page.spread(summary.contained_ms, kMillisecond);
  }
  add_errors(page, summary.errors);
  if (summary.verified) add_verified(page, *summary.verified);
  if (summary.watched) {
    page.family("run_reconnected_sessions", "New sessions of users who had lost one (--watch).");
    page.value(summary.watched->sessions);
  }
  return page.take();
}

std::string metrics_of_end(int exit_code, WallTime started_at, WallTime ended_at) {
  Page page = begin(false, started_at);
  add_end(page, ended_at, exit_code, std::nullopt);
  return page.take();
}

}  // namespace bulkdrop::report
