#include "bulkdrop/run/stored_summary.hpp"

#include <cmath>
#include <cstddef>
#include <string_view>

#include <simdjson.h>

#include "bulkdrop/core/file.hpp"
#include "bulkdrop/record/journal_format.hpp"

namespace bulkdrop::run {
namespace {

using simdjson::dom::element;

constexpr std::size_t kMostBytes = std::size_t{16} << 20;

std::string text(element json, std::string_view pointer) {
  return std::string(json.at_pointer(pointer).get_string().value());
}

std::uint64_t number(element json, std::string_view pointer) {
  return json.at_pointer(pointer).get_uint64().value();
}

WallTime time(element json, std::string_view pointer) {
  const auto read = record::parse_rfc3339(text(json, pointer));
  if (!read) throw simdjson::simdjson_error(simdjson::INCORRECT_TYPE);
  return *read;
}

bool is_null(element json, std::string_view pointer) {
  return json.at_pointer(pointer).value().is_null();
}

std::uint64_t thousandths(element json, std::string_view pointer) {
  return static_cast<std::uint64_t>(std::llround(json.at_pointer(pointer).get_double().value() * 1000));
}

report::Watched watched_of(element json) {
  report::Watched watched;
  watched.from = time(json, "/from");
  if (!is_null(json, "/until")) watched.until = time(json, "/until");
  watched.complete = json.at_pointer("/complete").get_bool().value();
  watched.lists = number(json, "/lists");
  watched.sessions_lost = number(json, "/sessions_lost");
  watched.users_lost = number(json, "/users_lost");
  watched.user_unknown = number(json, "/user_unknown");
  watched.users = number(json, "/users_reconnected");
  watched.sessions = number(json, "/reconnected");
  watched.alive = number(json, "/alive");
  const simdjson::dom::array first = json.at_pointer("/first").get_array().value();
  for (const element session : first) {
    report::Reconnection& shown = watched.shown.emplace_back();
    shown.session_id = text(session, "/session_id");
    shown.user = text(session, "/user");
    shown.credential = text(session, "/credential");
    shown.device = text(session, "/device");
    shown.origin_ip = text(session, "/origin_ip");
    shown.protocol = text(session, "/protocol");
    shown.start = text(session, "/start");
    shown.seen_at = time(session, "/seen_at");
    shown.ended = session.at_pointer("/ended").get_bool().value();
  }
  return watched;
}

report::Summary summary_of(element json) {
  if (number(json, "/schema") != 1) throw simdjson::simdjson_error(simdjson::INCORRECT_TYPE);
  report::Summary summary;
  summary.run_id = text(json, "/run_id");
  summary.version = text(json, "/version");
  summary.url = text(json, "/url");
  if (!is_null(json, "/reason")) summary.reason = text(json, "/reason");
  summary.started_at = time(json, "/started_at");
  summary.finished_at = time(json, "/finished_at");
  summary.exit_code = static_cast<int>(json.at_pointer("/exit_code").get_int64().value());
  if (!is_null(json, "/stopped_by")) {
    const auto kind = stop_kind_from_name(text(json, "/stopped_by"));
    if (!kind) throw simdjson::simdjson_error(simdjson::INCORRECT_TYPE);
    summary.stopped_by = Stop{*kind, static_cast<ExitCode>(summary.exit_code), ""};
  }
  for (const Status status : kAllStatuses)
    summary.counts.add(status, number(json, "/counts/" + std::string(name(status))));
  summary.requests_sent = number(json, "/requests/sent");
  summary.requests_retries = number(json, "/requests/retries");
  summary.requests_throttled = number(json, "/requests/throttled");
  if (!is_null(json, "/latency_ms/max")) {
    report::Spread& latency = summary.latency_us;
    latency.measured = true;
    latency.p50 = thousandths(json, "/latency_ms/p50");
    latency.p90 = thousandths(json, "/latency_ms/p90");
    latency.p99 = thousandths(json, "/latency_ms/p99");
    latency.most = thousandths(json, "/latency_ms/max");
  }
  if (!is_null(json, "/contained_s/last")) {
    report::Spread& contained = summary.contained_ms;
    contained.measured = true;
    contained.least = thousandths(json, "/contained_s/first");
    contained.p50 = thousandths(json, "/contained_s/p50");
    contained.p90 = thousandths(json, "/contained_s/p90");
    contained.most = thousandths(json, "/contained_s/last");
  }
  if (!is_null(json, "/verified")) {
    report::Verified& verified = summary.verified.emplace();
    verified.at = time(json, "/verified/at");
    verified.listed = number(json, "/verified/listed");
    verified.ended = number(json, "/verified/ended");
    verified.still_alive = number(json, "/verified/still_alive");
    verified.not_listed = number(json, "/verified/not_listed");
  }
  if (element watched; json.at_pointer("/watched").get(watched) == simdjson::SUCCESS)
    summary.watched = watched_of(watched);
  return summary;
}

}  // namespace

report::Summary read_summary(const std::string& path) {
  simdjson::dom::parser parser;
  const std::string bytes = read_file(path, kMostBytes, ExitCode::run_directory);
  try {
    return summary_of(parser.parse(bytes).value());
  } catch (const simdjson::simdjson_error&) {
    throw Error(ExitCode::run_directory, path + ": is no summary that this version can read");
  }
}

}  // namespace bulkdrop::run
