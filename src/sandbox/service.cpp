#include "bulkdrop/sandbox/service.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <utility>

#include "bulkdrop/sandbox/session_text.hpp"

namespace bulkdrop::sandbox {
namespace {

using boost::beast::http::verb;

constexpr std::size_t kMostUnknownIds = 1'000'000;
constexpr std::size_t kLongestId = 4096;  // of what goes into the ledger
constexpr std::size_t kListChunk = 64 * 1024;
constexpr int kSlowFactor = 10;
constexpr Duration kSlowWithoutLatency = std::chrono::seconds(1);

std::int64_t unix_seconds(const Clock& clock) {
  return std::chrono::floor<std::chrono::seconds>(clock.wall()).time_since_epoch().count();
}

bool consume(std::string_view& path, std::string_view prefix) {
  if (!path.starts_with(prefix)) return false;
  path.remove_prefix(prefix.size());
  return true;
}

}  // namespace

Service::Service(const Options& options, const Clock& clock)
    : options_(options),
      clock_(clock),
      sessions_(options.sessions, options.seed, unix_seconds(clock),
                options.reconnect.share > 0 ? options.sessions : 0),
      faults_(options.faults, options.seed),
      ledger_(options.ledger_file),
      envelopes_(options.language, options.credentials.tenant),
      authenticator_(options.credentials, options.token_ttl, clock),
      rate_limit_(options.rate_limit),
      chance_(options.seed) {}

std::int64_t Service::unix_now() const {
  return unix_seconds(clock_);
}

Service::Matched Service::match(std::string_view path) {
  for (const auto& [prefix, v4] :
       {std::pair{std::string_view("/api/pam/session/drop/"), true}, {"/iso/session/drop/", false}}) {
    std::string_view rest = path;
    if (consume(rest, prefix) && !rest.empty() && rest.find('/') == std::string_view::npos)
      return {Route::drop, rest, v4};
  }
  if (path == "/api/oauth2/token" || path == "/iso/oauth2/token") return {Route::token, {}, true};
  for (const std::string_view prefix : {"/api/pam/session/remotesessions", "/api/session/remotesessions"}) {
    std::string_view rest = path;
    if (!consume(rest, prefix)) continue;
    if (rest.empty()) return {Route::list, {}, true};
    if (consume(rest, "/") && !rest.empty() && rest.find('/') == std::string_view::npos)
      return {Route::record, rest, true};
  }
  return {Route::unknown, {}, true};
}

void Service::reconnect_users() {
  const TimePoint now = clock_.now();
  for (; !returns_.empty() && returns_.front().at <= now; returns_.pop_front()) {
    const Return& due = returns_.front();
    const std::uint32_t fresh = sessions_.open_again(due.index, unix_now());
    if (fresh != SessionTable::kNone)
      ledger_.add_opened(clock_.wall(), due.seq, sessions_.at(fresh).id(), sessions_.at(due.index).id());
  }
}

Then Service::begin(const Request& request, Exchange& exchange, std::string& out) {
  reconnect_users();
  exchange.request_id = ++requests_;
  exchange.close = !request.keep_alive;
  exchange.http_1_0 = request.http_1_0;
  exchange.head_only = request.method == verb::head;
  exchange.rate_headers.clear();
  exchange.fault.reset();

  const Matched matched = match(request.path());
  const bool is_drop = matched.route == Route::drop && request.method == verb::delete_;
  if (is_drop) arrive(matched.argument, matched.v4, exchange);
  const auto turn_away = [&](int status, std::string_view body, std::string_view ledger_answer) {
    if (is_drop) enter(exchange, ledger_answer, false);
    return answer(status, body, exchange, out);
  };

  if (matched.route != Route::token && !request.has_authorization)
    return turn_away(404, gateway_body(kNoRoute), "no_route");
  if (options_.rate_limit != 0) {
    const TimePoint now = clock_.now();
    const bool allowed = rate_limit_.take(now);
    rate_limit_.append_headers(exchange.rate_headers, now, clock_.wall(), !allowed);
    if (!allowed) return turn_away(429, gateway_body(kRateLimited), "rate_limited");
  }
  if (matched.route != Route::token) {
    switch (authenticator_.check(request)) {
      case AuthVerdict::ok:
        break;
      case AuthVerdict::access_denied:
        return turn_away(401, access_denied_body(), "access_denied");
      case AuthVerdict::client_auth_failed:
        return turn_away(401, envelopes_.error(401, Message::client_auth_failed), "client_auth_failed");
      case AuthVerdict::invalid_signature:
        return turn_away(401, envelopes_.error(401, Message::invalid_signature), "invalid_signature");
    }
  }
  return route(request, matched, exchange, out);
}

Then Service::route(const Request& request, const Matched& matched, Exchange& exchange, std::string& out) {
  const auto wrong_method = [&](std::string_view allowed) {
    exchange.rate_headers += "Allow: ";
    exchange.rate_headers += allowed;
    exchange.rate_headers += "\r\n";
    return answer(405, envelopes_.error(405, Message::method_not_allowed), exchange, out);
  };
  switch (matched.route) {
    case Route::token:
      return request.method == verb::post ? token(request, exchange, out) : wrong_method("POST");
    case Route::list:
      return request.method == verb::get ? begin_list(exchange, out) : wrong_method("GET");
    case Route::record:
      return request.method == verb::get ? record(matched.argument, exchange, out) : wrong_method("GET");
    case Route::drop:
      if (request.method != verb::delete_) return wrong_method("DELETE");
      exchange.fault = faults_.for_drop(exchange.session_id, exchange.nth_of_id, exchange.seq);
      return work_time(exchange) > Duration::zero() ? Then::work : finish(exchange, out);
    case Route::unknown:
      break;
  }
  return answer(404, envelopes_.error(404, Message::resource_not_found), exchange, out);
}

void Service::arrive(std::string_view raw_id, bool v4, Exchange& exchange) {
  if (raw_id.find('%') == std::string_view::npos)
    exchange.session_id.assign(raw_id.substr(0, kLongestId));
  else
    exchange.session_id = percent_decode(raw_id.substr(0, kLongestId), false).value_or(std::string(raw_id));
  exchange.v4 = v4;
  exchange.seq = ++drops_;
  exchange.at_once = ++undecided_drops_;
  exchange.received = clock_.wall();
  exchange.index = sessions_.find(exchange.session_id);
  if (exchange.index != SessionTable::kNone) {
    exchange.nth_of_id = sessions_.count_request(exchange.index);
    return;
  }
  const auto known = unknown_ids_.find(exchange.session_id);
  if (known != unknown_ids_.end())
    exchange.nth_of_id = ++known->second;
  else if (unknown_ids_.size() < kMostUnknownIds)
    exchange.nth_of_id = unknown_ids_.emplace(exchange.session_id, 1U).first->second;
  else
    exchange.nth_of_id = 0;
}

Duration Service::work_time(const Exchange& exchange) const {
  if (!exchange.fault || exchange.fault->kind != FaultKind::slow) return options_.latency;
  return options_.latency > Duration::zero() ? options_.latency * kSlowFactor : kSlowWithoutLatency;
}

Then Service::finish(Exchange& exchange, std::string& out) {
  const bool alive = exchange.index != SessionTable::kNone && sessions_.at(exchange.index).ended_at == 0;
  const bool executes = !exchange.fault || exchange.fault->executes;
  const bool ended = alive && executes && sessions_.end(exchange.index, unix_now());
  if (ended && options_.reconnect.share > 0 && chance_.uniform() < options_.reconnect.share)
    returns_.push_back({clock_.now() + options_.reconnect.delay, exchange.index, exchange.seq});
  const TrueAnswer truth =
      alive ? TrueAnswer{200, envelopes_.success(exchange.v4)} : TrueAnswer{500, envelopes_.drop_error()};
  if (exchange.fault) {
    enter(exchange, name(exchange.fault->kind), ended);
    return answer_faulty(exchange.fault->kind, truth, exchange, out);
  }
  enter(exchange, ended ? "success" : "drop_error", ended);
  return answer(truth.status, truth.body, exchange, out);
}

void Service::abandon(const Exchange& exchange) {
  enter(exchange, "unanswered", false);
}

void Service::enter(const Exchange& exchange, std::string_view answer, bool ended) {
  --undecided_drops_;
  ledger_.add({.received = exchange.received,
               .now = ended ? clock_.wall() : exchange.received,
               .seq = exchange.seq,
               .session_id = exchange.session_id,
               .nth_of_id = exchange.nth_of_id,
               .at_once = exchange.at_once,
               .answer = answer,
               .ended = ended});
}

Then Service::token(const Request& request, Exchange& exchange, std::string& out) {
  const auto fault = faults_.for_other(Endpoint::token, ++tokens_);
  const TokenAnswer token = authenticator_.issue_token(request);
  exchange.rate_headers += "Cache-Control: no-store\r\n";
  if (fault) return answer_faulty(*fault, {token.status, token.body}, exchange, out);
  if (token.ask_for_basic) exchange.rate_headers += "WWW-Authenticate: Basic realm=\"OAuth\"\r\n";
  return answer(token.status, token.body, exchange, out);
}

Then Service::begin_list(Exchange& exchange, std::string& out) {
  const auto fault = faults_.for_other(Endpoint::list, ++lists_);
  const bool cut_off = fault == FaultKind::truncate;
  const bool cut_short = fault == FaultKind::truncate_close;
  if (fault && !cut_off && !cut_short) {
    const std::string none = envelopes_.list_head() + std::string(Envelopes::list_tail());
    return answer_faulty(*fault, {200, none}, exchange, out);
  }
  // HTTP/1.0 knows no chunks: there, the end of the connection ends the list (RFC 9112 §6.3).
  exchange.list_is_chunked = !cut_short && !exchange.http_1_0;
  if (!exchange.list_is_chunked) exchange.close = true;
  exchange.list_is_cut = fault.has_value();
  exchange.next_record = 0;
  exchange.last_record = static_cast<std::uint32_t>(fault ? sessions_.size() / 2 : sessions_.size());
  if (exchange.list_is_chunked) exchange.rate_headers += "Transfer-Encoding: chunked\r\n";
  append_head(out, 200, std::nullopt, context(exchange));
  if (exchange.list_is_chunked)
    append_chunk(out, envelopes_.list_head());
  else
    out += envelopes_.list_head();
  return more_of_list(exchange, out);
}

Then Service::more_of_list(Exchange& exchange, std::string& out) {
  const std::int64_t now = unix_now();
  std::string piece;
  for (; exchange.next_record < exchange.last_record && piece.size() < kListChunk; ++exchange.next_record) {
    if (exchange.next_record != 0) piece += ',';
    append_record(piece, sessions_, exchange.next_record, now, options_.record_style);
  }
  const bool complete = exchange.next_record == exchange.last_record;
  if (complete && !exchange.list_is_cut) piece += Envelopes::list_tail();
  if (!exchange.list_is_chunked) {
    out += piece;
  } else {
    if (!piece.empty()) append_chunk(out, piece);
    if (complete && !exchange.list_is_cut) append_chunk(out, {});
  }
  if (!complete) return Then::more;
  return exchange.close || exchange.list_is_cut ? Then::close : Then::go_on;
}

Then Service::record(std::string_view numeric_id, Exchange& exchange, std::string& out) {
  std::uint64_t id = 0;
  const char* const end = numeric_id.data() + numeric_id.size();
  const auto [parsed, error] = std::from_chars(numeric_id.data(), end, id);
  if (parsed != end || error == std::errc::invalid_argument)
    return answer(400, envelopes_.exception(1003, Message::unexpected_identifier), exchange, out);
  if (error != std::errc() || id == 0 || id > sessions_.size())
    return answer(400, envelopes_.exception(1002, Message::session_not_found), exchange, out);
  std::string json;
  append_record(json, sessions_, static_cast<std::uint32_t>(id - 1), unix_now(), options_.record_style);
  return answer(200, envelopes_.record(json), exchange, out);
}

Then Service::refuse(int status, std::string& out) {
  Exchange exchange;
  exchange.request_id = ++requests_;
  exchange.close = true;
  return answer(status, gateway_body(reason_phrase(status)), exchange, out);
}

ReplyContext Service::context(const Exchange& exchange) {
  return {.date = date_.at(clock_.wall()),
          .extra = exchange.rate_headers,
          .request_id = exchange.request_id,
          .close = exchange.close,
          .keep_alive_line = exchange.http_1_0,
          .head_only = exchange.head_only};
}

Then Service::answer(int status, std::string_view body, const Exchange& exchange, std::string& out) {
  append_reply(out, status, body, context(exchange));
  return exchange.close ? Then::close : Then::go_on;
}

Then Service::answer_faulty(FaultKind kind, const TrueAnswer& truth, const Exchange& exchange,
                            std::string& out) {
  return append_faulty(out, kind, truth, envelopes_, context(exchange),
                       mixed(options_.seed, exchange.session_id, exchange.request_id));
}

}  // namespace bulkdrop::sandbox
