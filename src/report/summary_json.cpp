#include <algorithm>
#include <chrono>
#include <utility>

#include "bulkdrop/report/advice.hpp"
#include "bulkdrop/report/json_writer.hpp"
#include "bulkdrop/report/stream.hpp"
#include "bulkdrop/report/summary.hpp"

namespace bulkdrop::report {
namespace {

// A clock that was set back must not make a time negative.
std::uint64_t elapsed_ms(const Summary& summary) {
  const auto elapsed = (summary.finished_at - summary.started_at).count();
  return elapsed > 0 ? static_cast<std::uint64_t>(elapsed) : 0;
}

void text_or_null(JsonWriter& json, std::string_view text, bool is_there) {
  if (is_there) {
    json.text(text);
  } else {
    json.null();
  }
}

void write_origin(JsonWriter& json, const Origin& origin) {
  const std::string place = origin.place();
  for (const auto& [name, text] : {std::pair<std::string_view, const std::string&>{"run_directory", place},
                                   {"user", origin.user},
                                   {"host", origin.host},
                                   {"account", origin.account}}) {
    json.key(name);
    text_or_null(json, text, !text.empty());
  }
}

void write_counts(JsonWriter& json, const Counts& counts) {
  json.key("counts");
  json.begin_object();
  for (const Status status : kAllStatuses) {
    json.key(name(status));
    json.integer(counts.of(status));
  }
  json.end_object();
}

void write_requests(JsonWriter& json, const Summary& summary) {
  json.key("requests");
  json.begin_object();
  json.key("sent");
  json.integer(summary.requests_sent);
  json.key("retries");
  json.integer(summary.requests_retries);
  json.key("throttled");
  json.integer(summary.requests_throttled);
  json.end_object();
}

void write_latency(JsonWriter& json, const Spread& latency_us) {
  const auto member = [&](std::string_view name, std::uint64_t microseconds) {
    json.key(name);
    if (latency_us.measured) {
      json.integer((microseconds + 500) / 1000);
    } else {
      json.null();
    }
  };
  json.key("latency_ms");
  json.begin_object();
  member("p50", latency_us.p50);
  member("p90", latency_us.p90);
  member("p99", latency_us.p99);
  member("max", latency_us.most);
  json.end_object();
}

void write_contained(JsonWriter& json, const Spread& contained_ms) {
  const auto member = [&](std::string_view name, std::uint64_t milliseconds) {
    json.key(name);
    if (contained_ms.measured) {
      json.decimal(milliseconds);
    } else {
      json.null();
    }
  };
  json.key("contained_s");
  json.begin_object();
  member("first", contained_ms.least);
  member("p50", contained_ms.p50);
  member("p90", contained_ms.p90);
  member("last", contained_ms.most);
  json.end_object();
}

// Into an object that the caller closes.
void begin_verified(JsonWriter& json, const Verified& verified) {
  json.begin_object();
  json.key("at");
  json.text(rfc3339(verified.at));
  for (const auto& [name, value] : {std::pair<std::string_view, std::uint64_t>{"listed", verified.listed},
                                    {"ended", verified.ended},
                                    {"still_alive", verified.still_alive},
                                    {"not_listed", verified.not_listed}}) {
    json.key(name);
    json.integer(value);
  }
}

void write_verified(JsonWriter& json, const std::optional<Verified>& verified) {
  json.key("verified");
  if (!verified) return json.null();
  begin_verified(json, *verified);
  if (verified->results_since > 0) {
    json.key("results_since");
    json.integer(verified->results_since);
  }
  json.end_object();
}

void write_reconnection(JsonWriter& json, const Reconnection& session) {
  json.begin_object();
  for (const auto& [name, value] :
       {std::pair<std::string_view, const std::string&>{"session_id", session.session_id},
        {"user", session.user},
        {"credential", session.credential},
        {"device", session.device},
        {"origin_ip", session.origin_ip},
        {"protocol", session.protocol},
        {"start", session.start}}) {
    json.key(name);
    json.text(value);
  }
  json.key("seen_at");
  json.text(rfc3339(session.seen_at));
  json.key("ended");
  json.boolean(session.ended);
  json.end_object();
}

void write_watched(JsonWriter& json, const Watched& watched) {
  json.begin_object();
  json.key("from");
  json.text(rfc3339(watched.from));
  json.key("until");
  if (watched.until) {
    json.text(rfc3339(*watched.until));
  } else {
    json.null();
  }
  json.key("complete");
  json.boolean(watched.complete);
  for (const auto& [name, value] : {std::pair<std::string_view, std::uint64_t>{"lists", watched.lists},
                                    {"sessions_lost", watched.sessions_lost},
                                    {"users_lost", watched.users_lost},
                                    {"user_unknown", watched.user_unknown},
                                    {"users_reconnected", watched.users},
                                    {"reconnected", watched.sessions},
                                    {"alive", watched.alive}}) {
    json.key(name);
    json.integer(value);
  }
  json.key("first");
  json.begin_array();
  for (const Reconnection& session : watched.shown) write_reconnection(json, session);
  json.end_array();
  json.end_object();
}

void write_errors(JsonWriter& json, const std::vector<ErrorLine>& errors) {
  json.key("errors");
  json.begin_array();
  for (const ErrorLine& error : errors) {
    const Advice advice = advice_for(error);
    json.begin_object();
    json.key("reason");
    json.text(name(error.reason));
    json.key("message");
    json.text(error.message);
    json.key("count");
    json.integer(error.count);
    json.key("cause");
    json.text(advice.cause);
    json.key("action");
    json.text(advice.action);
    json.end_object();
  }
  json.end_array();
}

// Only where there is something to tell.
void write_any(JsonWriter& json, std::string_view name, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  json.key(name);
  json.begin_array();
  for (const std::string& text : texts) json.text(text);
  json.end_array();
}

void write_protection(JsonWriter& json, const std::vector<Protection>& lists) {
  if (lists.empty()) return;
  json.key("protect_lists");
  json.begin_array();
  for (const Protection& list : lists) {
    json.begin_object();
    json.key("name");
    json.text(list.list);
    json.key("met");
    json.integer(list.met);
    json.key("unmet");
    json.integer(list.unmet);
    json.end_object();
  }
  json.end_array();
}

void write_stream(JsonWriter& json, const Stream& stream) {
  json.key("stream");
  json.begin_object();
  json.key("runs");
  json.integer(stream.runs);
  json.key("exit_code");
  json.integer(std::int64_t{stream.exit_code});
  json.key("rows");
  json.integer(stream.counts.total());
  write_counts(json, stream.counts);
  json.key("runs_not_well");
  json.integer(stream.runs_not_well);
  json.key("not_well");
  json.begin_array();
  for (const StreamRun& run : stream.not_well) {
    json.begin_object();
    json.key("run_directory");
    json.text(run.directory);
    json.key("exit_code");
    json.integer(std::int64_t{run.exit_code});
    write_counts(json, run.counts);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

}  // namespace

Spread::Spread(const Histogram& histogram) : measured(histogram.count() > 0) {
  const auto at = [&](double share) { return std::min(histogram.quantile(share), histogram.max()); };
  if (!measured) return;
  least = histogram.min();
  p50 = at(0.5);
  p90 = at(0.9);
  p99 = at(0.99);
  most = histogram.max();
}

std::string to_json(const Summary& summary, bool pretty, const Stream* stream) {
  std::string out;
  JsonWriter json(out, pretty);
  json.begin_object();
  json.key("schema");
  json.integer(std::uint64_t{1});
  json.key("run_id");
  json.text(summary.run_id);
  json.key("version");
  json.text(summary.version);
  json.key("url");
  json.text(summary.url);
  json.key("reason");
  text_or_null(json, summary.reason.value_or(""), summary.reason.has_value());
  write_origin(json, summary.origin);
  json.key("started_at");
  json.text(rfc3339(summary.started_at));
  json.key("finished_at");
  json.text(rfc3339(summary.finished_at));
  json.key("duration_s");
  json.decimal(elapsed_ms(summary));
  json.key("exit_code");
  json.integer(std::int64_t{stream == nullptr ? summary.exit_code : stream->exit_code});
  json.key("stopped_by");
  if (summary.stopped_by) {
    json.text(name(summary.stopped_by->kind));
  } else {
    json.null();
  }
  json.key("stopped_why");
  text_or_null(json, summary.stopped_by ? summary.stopped_by->message : "", summary.stopped_by.has_value());
  json.key("rows");
  json.integer(summary.counts.total());
  write_counts(json, summary.counts);
  write_requests(json, summary);
  write_latency(json, summary.latency_us);
  write_contained(json, summary.contained_ms);
  write_errors(json, summary.errors);
  write_verified(json, summary.verified);
  if (summary.unproven) {
    json.key("unverified");
    json.text(*summary.unproven);
  }
  if (summary.watched) {  // only where somebody asked for it
    json.key("watched");
    write_watched(json, *summary.watched);
  }
  write_protection(json, summary.protect_lists);
  write_any(json, "cut_inputs", summary.cut_inputs);
  write_any(json, "quoted_rows", summary.quoted_rows);
  write_any(json, "changed_inputs", summary.changed_inputs);
  write_any(json, "earlier_accounts", summary.origin.earlier_accounts);
  if (stream != nullptr) write_stream(json, *stream);
  json.end_object();
  out += '\n';
  return out;
}

std::string to_json(const Verified& verified) {
  std::string out;
  JsonWriter json(out, false);
  begin_verified(json, verified);
  json.key("alive");
  json.begin_array();
  for (const StillAlive& session : verified.alive) {
    json.begin_object();
    json.key("session_id");
    json.text(session.session_id);
    json.key("who");
    json.text(session.who);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return out;
}

std::string to_json(const Watched& watched) {
  std::string out;
  JsonWriter json(out, false);
  write_watched(json, watched);
  return out;
}

}  // namespace bulkdrop::report
