#include "bulkdrop/run/check.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "bulkdrop/core/duration.hpp"
#include "bulkdrop/core/secret.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/net/probe.hpp"
#include "bulkdrop/net/url.hpp"
#include "bulkdrop/pam/judge.hpp"
#include "bulkdrop/pam/pause.hpp"
#include "bulkdrop/run/check_probe.hpp"
#include "bulkdrop/run/sentences.hpp"

namespace bulkdrop::run {
namespace {

constexpr std::chrono::seconds kSkewToTell{30};
constexpr int kTokenRequests = 3;  // the second one may say who we are in another way
constexpr int kListRequests = 4;   // a refused token is renewed, a clock is followed
constexpr std::size_t kLongestText = 300;
constexpr std::string_view kOrElsewhere =
    "If the login is good, the gateway has the API elsewhere: check --url and --list-path.";
constexpr const char* kNoSuchList = "Check --url, --api (v4 or v3) and --list-path.";

bool good(CheckLine& line, std::string found) {
  line = {line.name, CheckState::ok, std::move(found), {}};
  return true;
}

bool doubtful(CheckLine& line, std::string found, std::string action) {
  line = {line.name, CheckState::warning, std::move(found), std::move(action)};
  return true;
}

// It stands behind a full stop.
std::string as_sentence(std::string words) {
  if (!words.empty() && words.front() >= 'a' && words.front() <= 'z')
    words.front() = static_cast<char>(words.front() - 'a' + 'A');
  return words;
}

class Check {
 public:
  Check(const CheckSettings& settings, CheckParts parts)
      : settings_(settings),
        parts_(std::move(parts)),
        url_(net::parse_base_url(settings.url)),
        lines_{{{.name = "dns"},
                {.name = "tcp"},
                {.name = "tls"},
                {.name = "token"},
                {.name = "permission"},
                {.name = "clock"}}} {}

  CheckReport go() {
    static_cast<void>(reach() && log_in() && may_list());
    compare_clocks();
    CheckReport report;
    report.exit_code = exit_code_;
    for (CheckLine& line : lines_) {
      line.found = shortened(printable(line.found), kLongestText);
      line.action = shortened(printable(line.action), kLongestText);
      report.lines.push_back(std::move(line));
    }
    return report;
  }

 private:
  CheckLine& token() { return lines_[3]; }
  CheckLine& permission() { return lines_[4]; }
  CheckLine& clock() { return lines_[5]; }

  bool bad(CheckLine& line, ExitCode code, std::string found, std::string action) {
    line = {line.name, CheckState::failed, std::move(found), std::move(action)};
    if (exit_code_ == ExitCode::all_gone) exit_code_ = code;
    return false;
  }

  // ---- Name, connection, TLS.
  bool reach() {
    const auto end =
        tell_probe(net::probe(settings_.transport, settings_.url),
                   {url_.scheme == "https", url_.loopback, !settings_.transport.proxy.empty(), unix_now()},
                   lines_[0], lines_[1], lines_[2]);
    if (end) exit_code_ = *end;
    return !end;
  }

  // ---- Token.
  bool log_in() {
    auto& credentials = parts_.credentials;
    if (credentials.per_request()) return good(token(), "none needed: each request is signed (OAuth 1.0a)");
    if (credentials.usable()) return good(token(), "ready; whether it is accepted, the permission tells");
    return fetch_token();
  }

  bool fetch_token() {
    auto& credentials = parts_.credentials;
    std::string broke;
    for (int i = 0; i < kTokenRequests && !credentials.usable(); ++i) {
      auto form = credentials.form();
      std::vector<std::string> headers;
      if (!form.basic_header.empty()) headers.push_back(form.basic_header);
      credentials.sent();
      const Answer& answer = ask(net::Method::post, settings_.endpoints.token, std::move(headers), form.body);
      wipe(form.body);
      wipe(form.basic_header);
      if (const auto stop = credentials.answered(answer, parts_.clock.moment()))
        return bad(token(), stop->exit_code, stop->message, "");
      broke = answer.error == TransportError::connection_lost ? answer.error_text : "";
    }
    if (!credentials.usable() && !broke.empty())
      return bad(token(), ExitCode::safety_limit, broke, std::string(info(Reason::connection_lost).action));
    if (!credentials.usable()) return bad(token(), ExitCode::safety_limit, credentials.waiting_for(), "");
    const auto lifetime = credentials.lifetime();
    return good(token(), lifetime ? fmt::format("got one, good for {}", format_duration(*lifetime))
                                  : "got one; how long it is good, the server does not say");
  }

  // ---- Permission: asking for the session list changes nothing.
  bool may_list() {
    const std::string& url = settings_.endpoints.list;
    for (int i = 0; i < kListRequests; ++i) {
      const Answer& answer = ask(net::Method::get, url, {}, {});
      const Judgement judgement = judged(answer);
      if (!blames_login(judgement)) return weigh(answer, judgement, "GET");
      if (!try_other_login(judgement)) return false;
    }
    return bad(permission(), ExitCode::not_allowed, "the server refuses one login after the other", "");
  }

  Judgement judged(const Answer& answer) {
    Judgement judgement = judge_.judge(answer, parts_.clock.wall());
    parts_.credentials.hide_secrets(judgement.message);
    return judgement;
  }

  [[nodiscard]] bool blames_login(const Judgement& judgement) const {
    return judgement.verdict == Verdict::auth ||
           (parts_.credentials.per_request() && judgement.reason == Reason::invalid_signature);
  }

  bool try_other_login(const Judgement& judgement) {
    auto& credentials = parts_.credentials;
    std::optional<std::chrono::seconds> ahead;
    if (judgement.server_time) ahead = std::chrono::seconds(*judgement.server_time - unix_now());
    // The server's words stand in what was found: they need not stand in what to do as well.
    if (const auto stop = credentials.refused(credentials.generation(), parts_.clock.now(), "", ahead))
      return bad(permission(), stop->exit_code, tried("GET", judgement),
                 judgement.reason == Reason::no_route ? as_sentence(sentences(stop->message, kOrElsewhere))
                                                      : as_sentence(stop->message));
    return credentials.usable() || fetch_token();
  }

  bool weigh(const Answer& answer, const Judgement& judgement, std::string_view method) {
    // A list can be very long: only its beginning is read. One that comes whole is a success, as far as its
    // envelope goes.
    const bool json = trimmed(answer.body).starts_with('{');
    const bool list = answer.error == TransportError::too_large || judgement.verdict == Verdict::dropped ||
                      answer.body.find("\"remote_sessions\"") != std::string_view::npos;
    if (answer.http_status == 200 && json && list)
      return good(permission(), fmt::format("{} {}: HTTP 200; that it may drop as well, only a drop can tell",
                                            method, list_path()));
    if (judgement.verdict == Verdict::run_wide)
      return bad(
          permission(), judgement.stop == StopKind::auth ? ExitCode::not_allowed : ExitCode::usage,
          tried(method, judgement),
          judgement.reason == Reason::resource_not_found ? std::string(kNoSuchList) : judgement.advice);
    if (answer.error == TransportError::timed_out && method == "GET") return ask_for_the_head();
    if (judgement.verdict == Verdict::refused)
      return bad(permission(), ExitCode::usage, tried(method, judgement),
                 "Check --url and --list-path, and whether the server wants a client certificate (--cert).");
    if (answer.http_status == 200)
      return bad(permission(), ExitCode::usage, tried(method, judgement),
                 "Something else than PAM Core answers there: check --url and --list-path.");
    return bad(permission(), ExitCode::safety_limit, tried(method, judgement),
               std::string(info(judgement.reason).action));
  }

  // "The list can be very long and take a few minutes": its head may come sooner.
  bool ask_for_the_head() {
    const Answer& answer = ask(net::Method::head, settings_.endpoints.list, {}, {});
    const Judgement judgement = judged(answer);
    if (answer.http_status == 200)
      return good(permission(), fmt::format("GET {0} is not answered in time; HEAD: HTTP 200", list_path()));
    if (answer.http_status == 0)
      return bad(permission(), ExitCode::safety_limit, tried("GET and HEAD", judgement),
                 "The server does not answer in time: see --timeout, and how it is doing.");
    return doubtful(
        permission(),
        fmt::format("GET {} is not answered in time; HEAD: HTTP {}", list_path(), answer.http_status),
        "Neither proves a permission. Drop one session to find out.");
  }

  [[nodiscard]] std::string tried(std::string_view method, const Judgement& judgement) const {
    return fmt::format("{} {}: {}", method, list_path(), labelled(name(judgement.reason), judgement.message));
  }
  [[nodiscard]] std::string list_path() const {
    const std::string& url = settings_.endpoints.list;
    return url.substr(std::min(url.find('/', url.find("://") + 3), url.size()));
  }

  // ---- Clock.
  void compare_clocks() {
    if (!server_ahead_) {
      if (permission().state != CheckState::not_tried || token().state != CheckState::not_tried)
        doubtful(clock(), "the server does not tell its time",
                 "OAuth 1.0a needs this machine's clock to be right.");
      return;
    }
    const auto apart = std::chrono::abs(*server_ahead_);
    const std::string found = fmt::format("the server's is {} {} ours", format_duration(apart),
                                          server_ahead_->count() < 0 ? "behind" : "ahead of");
    if (apart > kSkewToTell) {
      doubtful(clock(), found, "Set the clock that is wrong: tokens, signatures and records depend on it.");
    } else {
      good(clock(), apart.count() <= 1 ? "the server's agrees with ours" : found);
    }
  }

  // ---- One request. The answer lives until the next one.
  const Answer& ask(net::Method method, const std::string& url, std::vector<std::string> headers,
                    std::string_view body) {
    const std::string_view verb = method == net::Method::post  ? "POST"
                                  : method == net::Method::get ? "GET"
                                                               : "HEAD";
    headers.emplace_back("Accept: application/json");
    if (method != net::Method::post)
      headers.push_back(parts_.credentials.authorization(verb, url, parts_.clock.wall()));
    net::Request request;
    request.method = method;
    request.url = url.c_str();
    request.headers = std::make_shared<const net::HeaderLines>(headers);
    request.body = body;
    for (std::string& line : headers) wipe(line);
    parts_.pool->start(request);
    std::span<const Answer> answers;
    while (answers.empty()) answers = parts_.pool->wait(TimePoint::max());
    const Answer& answer = answers.front();
    parts_.told(fmt::format("{} {}: {} after {}", verb, url,
                            answer.error == TransportError::none || answer.http_status != 0
                                ? fmt::format("HTTP {}", answer.http_status)
                                : std::string(answer.error_text),
                            humane_duration(answer.finished - answer.started)));
    if (answer.headers != nullptr)
      if (const auto date = pam::parse_http_date(answer.headers->value("Date")))
        server_ahead_ = std::chrono::seconds(*date - unix_now());
    return answer;
  }

  [[nodiscard]] std::int64_t unix_now() const {
    return std::chrono::floor<std::chrono::seconds>(parts_.clock.wall()).time_since_epoch().count();
  }

  const CheckSettings& settings_;
  CheckParts parts_;
  net::BaseUrl url_;
  std::array<CheckLine, 6> lines_;
  pam::Judge judge_;
  std::optional<std::chrono::seconds> server_ahead_;
  ExitCode exit_code_ = ExitCode::all_gone;
};

}  // namespace

std::string_view name(CheckState state) {
  switch (state) {
    case CheckState::ok:
      return "ok";
    case CheckState::warning:
      return "warning";
    case CheckState::failed:
      return "failed";
    case CheckState::not_tried:
      break;
  }
  return "not_tried";
}

CheckReport check(const CheckSettings& settings, CheckParts parts) {
  return Check(settings, std::move(parts)).go();
}

}  // namespace bulkdrop::run
