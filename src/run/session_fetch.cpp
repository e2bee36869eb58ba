#include "bulkdrop/run/session_fetch.hpp"

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "bulkdrop/core/answer.hpp"
#include "bulkdrop/core/duration.hpp"
#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/random.hpp"
#include "bulkdrop/core/secret.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/pam/judge.hpp"
#include "bulkdrop/pam/session_list.hpp"
#include "bulkdrop/policy/backoff.hpp"
#include "bulkdrop/run/sentences.hpp"
#include "bulkdrop/run/token_request.hpp"

namespace bulkdrop::run {
namespace {

constexpr std::uint64_t kTokenTicket = 1;
constexpr std::uint64_t kListTicket = 2;
constexpr double kPauseJitter = 0.1;
constexpr Duration kLookAgain = std::chrono::hours(1);

constexpr std::string_view kCheckPaths = "Check --url, --api (v4 or v3) and --list-path";

// What to do about an answer that is true for every request.
std::string advice(const Judgement& judgement) {
  switch (judgement.reason) {
    case Reason::resource_not_found:
      return std::string(kCheckPaths);
    case Reason::http_error:
      return sentences(judgement.advice, kCheckPaths);
    case Reason::not_authorized:
      return "Have the administrator grant the client access to PAM Core in A2A, and check whether access "
             "depends on the caller's address";
    default:
      return judgement.advice;
  }
}

// What to do when no attempt brought a list. The table of reasons speaks of drops.
std::string_view later_advice(Reason reason) {
  switch (reason) {
    case Reason::timeout:
      return "Check the connection and the server's load, or raise --timeout";
    case Reason::connection_lost:
      return "Check the network and what stands between";
    case Reason::throttled:
      return "Run again later, or ask for a higher quota";
    case Reason::bad_response:
    case Reason::http_error:
      return "Check that --url leads to the PAM server, and what stands between";
    default:
      return info(reason).action;
  }
}

// Reads one answer. What the reader or the taker throws must not pass through libcurl: it waits here.
class ListSink final : public net::BodySink {
 public:
  explicit ListSink(SessionTaker& taker)
      : reader_([&taker](const pam::ListedSession& session) { taker.take(session); }) {}

  bool take(std::string_view chunk) override {
    try {
      return reader_.feed(chunk);
    } catch (...) {
      thrown_ = std::current_exception();
      return false;
    }
  }
  void rethrow() const {
    if (thrown_) std::rethrow_exception(thrown_);
  }
  pam::SessionListReader& reader() { return reader_; }

 private:
  pam::SessionListReader reader_;
  std::exception_ptr thrown_;
};

class Fetch {
 public:
  Fetch(const FetchSettings& settings, const FetchParts& parts, SessionTaker& taker)
      : settings_(settings),
        parts_(parts),
        taker_(taker),
        credentials_(parts.credentials),
        pool_(parts.pool(settings.transport)),
        random_(fresh_seed()),
        next_try_(settings.not_before) {
    credentials_.forget_sent();  // whoever used them before is done
    credentials_.gives_up_after(settings.attempts);
  }
  Fetch(const Fetch&) = delete;
  Fetch& operator=(const Fetch&) = delete;
  ~Fetch() { credentials_.gives_up_after(0); }

  FetchTally run() {
    const WakeWhileHere waking(parts_.signals, [this] { pool_->notify(); });
    while (!done_) {
      obey_signals();
      if (parts_.clock.now() >= settings_.give_up_at) give_up();
      if (parts_.signals.take_progress_request()) tell_progress();
      if (pool_->in_flight() == 0) start();
      for (const Answer& answer : pool_->wait(wakes_at()))
        answer.ticket == kTokenTicket ? settle_token(answer) : settle_list(answer);
    }
    return tally_;
  }

 private:
  void obey_signals() const {
    if (parts_.signals.stops() == 0) return;
    const int number = parts_.signals.stop_signal();
    throw Error(exit_code_of_signal(number),
                fmt::format("stopped by {}: nothing was listed", signal_name(number)));
  }

  [[noreturn]] void give_up() const {
    throw Error(ExitCode::safety_limit,
                trouble_.empty() ? "no whole list came in time"
                                 : fmt::format("no list came in time; the last time {}", trouble_));
  }

  void tell_progress() {
    parts_.console.log(Level::info, fmt::format("sessions read so far: {}",
                                                grouped(sink_ ? sink_->reader().sessions() : 0)));
  }

  void start() {
    const TimePoint now = parts_.clock.now();
    if (credentials_.due(now))
      return send_token_request(*pool_, credentials_, settings_.token_url, kTokenTicket);
    if (credentials_.usable() && now >= next_try_) ask_for_list();
  }

  [[nodiscard]] TimePoint wakes_at() const {
    TimePoint at = std::min(parts_.clock.now() + kLookAgain, settings_.give_up_at);
    if (pool_->in_flight() > 0) return at;
    at = std::min(at, credentials_.wakes_at());
    if (credentials_.usable()) at = std::min(at, next_try_);
    return at;
  }

  // The one place where a request for the list is signed.
  std::shared_ptr<const net::HeaderLines> list_headers() {
    std::vector<std::string> lines = {"Accept: application/json",
                                      credentials_.authorization("GET", url(), parts_.clock.wall())};
    auto headers = std::make_shared<const net::HeaderLines>(lines);
    wipe(lines.back());
    generation_ = credentials_.generation();
    return headers;
  }

  void ask_for_list() {
    taker_.restart();
    sink_.emplace(taker_);
    net::Request request;
    request.ticket = kListTicket;
    request.method = net::Method::get;
    request.url = settings_.list_urls[url_].c_str();
    request.headers = list_headers();
    request.sink = &*sink_;
    request.idle_timeout = settings_.idle_timeout;
    pool_->start(request);
  }

  void settle_token(const Answer& answer) {
    if (const auto stop = credentials_.answered(answer, parts_.clock.moment()))
      throw Error(stop->exit_code, stop->message);
    if (credentials_.usable()) {
      token_failures_ = 0;
      return;
    }
    // A refusal is answered by asking in another way, which is not the server's failure.
    const bool refusal = answer.http_status == 400 || answer.http_status == 401;
    if (!refusal && ++token_failures_ >= settings_.attempts)
      throw Error(ExitCode::safety_limit, sentences(fmt::format("no token could be had in {}: {}",
                                                                times(token_failures_), said_by(answer)),
                                                    "Check --url, --token-path and the network"));
    parts_.console.log(Level::info, credentials_.waiting_for());
  }

  void settle_list(const Answer& answer) {
    sink_->rethrow();
    if (answer.http_status == 200 &&
        (answer.error == TransportError::none || answer.error == TransportError::cancelled))
      return settle_body(answer);
    Answer known = answer;
    // A long page is no envelope, but its status says enough.
    if (answer.error == TransportError::too_large) known.error = TransportError::none;
    act_on(judge_.judge(known, parts_.clock.wall()));
  }

  void settle_body(const Answer& answer) {
    pam::SessionListReader& reader = sink_->reader();
    if (reader.finish()) {
      credentials_.accepted(generation_);
      tally_ = {reader.sessions(), reader.unreadable()};
      done_ = true;
      return;
    }
    if (!reader.refusal().empty()) {
      Answer refusal = answer;
      refusal.body = reader.refusal();
      const Judgement& judgement = judge_.judge(refusal, parts_.clock.wall());
      if (judgement.verdict == Verdict::auth || judgement.verdict == Verdict::run_wide ||
          judgement.verdict == Verdict::throttled)
        return act_on(judgement);
    }
    const std::string what = fmt::format("{} did not answer with a whole list: {}", url(), reader.problem());
    if (reader.is_foreign())
      try_again(ExitCode::usage, what, "Check that --url leads to the PAM server, and what stands between",
                std::nullopt, false);
    else
      try_again(ExitCode::safety_limit, what, "Run again when the server is well", std::nullopt, false);
  }

  void act_on(const Judgement& judgement) {
    // What would be about a single session is about the server here.
    const Reason reason =
        judgement.verdict == Verdict::drop_error ? Reason::unexpected_error : judgement.reason;
    const std::string what = fmt::format("{}: {}", url(), labelled(name(reason), judgement.message));
    const bool no_such_path = reason == Reason::resource_not_found || reason == Reason::no_route;
    if (no_such_path && url_ + 1 < settings_.list_urls.size()) {
      ++url_;
      parts_.console.log(Level::debug, fmt::format("{}; trying {}", what, url()));
      return;
    }
    if (judgement.verdict == Verdict::auth ||
        (credentials_.per_request() && judgement.reason == Reason::invalid_signature))
      return renew_login(judgement, what, no_such_path);
    switch (judgement.verdict) {
      case Verdict::run_wide:
        throw Error(judgement.stop == StopKind::auth ? ExitCode::not_allowed : ExitCode::usage,
                    sentences(no_such_path ? what + tried_before() : what, advice(judgement)));
      case Verdict::refused:
        throw Error(ExitCode::usage, sentences(what, kCheckPaths));
      default:
        return try_again(ExitCode::safety_limit, what, later_advice(reason), judgement.pause,
                         judgement.verdict == Verdict::throttled);
    }
  }

  void renew_login(const Judgement& judgement, const std::string& what, bool no_such_path) {
    const Moment now = parts_.clock.moment();
    if (const auto stop = credentials_.refused(generation_, now.mono, judgement.message,
                                               pam::server_ahead(judgement, now.wall)))
      throw Error(stop->exit_code, no_such_path ? sentences(stop->message, kCheckPaths) : stop->message);
    parts_.console.log(Level::debug, fmt::format("{}; {}", what, credentials_.waiting_for()));
    url_ = 0;
  }

  [[nodiscard]] std::string tried_before() const {
    return url_ == 0 ? "" : fmt::format(" (and no list at {} either)", settings_.list_urls.front());
  }

  void try_again(ExitCode code, const std::string& what, std::string_view advice,
                 std::optional<Duration> pause, bool throttled) {
    if (++failures_ >= settings_.attempts)
      throw Error(
          code,
          fmt::format("no list in {}{}; the last time {}", times(failures_),
                      settings_.attempts_note.empty() ? "" : fmt::format(" ({})", settings_.attempts_note),
                      sentences(what, advice)));
    const policy::Backoff backoff;
    Duration wait = backoff.wait(throttled ? backoff.throttled_base : backoff.base, failures_ - 1, random_);
    if (pause) {
      const auto spread = static_cast<double>(pause->count()) * kPauseJitter * random_.uniform();
      wait = std::max(wait, *pause + Duration(static_cast<std::int64_t>(spread)));
    }
    next_try_ = parts_.clock.now() + wait;
    trouble_ = sentences(what, advice);
    if (next_try_ >= settings_.give_up_at) give_up();
    parts_.console.log(Level::info, fmt::format("{}; next try in {}", what, humane_duration(wait)));
  }

  [[nodiscard]] const std::string& url() const { return settings_.list_urls[url_]; }

  static std::string times(int count) { return count == 1 ? "1 attempt" : fmt::format("{} attempts", count); }

  static std::string said_by(const Answer& answer) {
    return answer.error != TransportError::none ? shortened(printable(answer.error_text), 200)
                                                : fmt::format("HTTP {}", answer.http_status);
  }

  const FetchSettings& settings_;
  const FetchParts& parts_;
  SessionTaker& taker_;
  std::optional<ListSink> sink_;  // outlives the pool's use of it
  pam::Credentials& credentials_;
  std::unique_ptr<net::Pool> pool_;
  pam::Judge judge_;
  Random random_;
  std::size_t url_ = 0;
  std::uint64_t generation_ = 0;
  int failures_ = 0;
  int token_failures_ = 0;
  TimePoint next_try_;
  std::string trouble_;  // the last one
  FetchTally tally_;
  bool done_ = false;
};

}  // namespace

FetchTally fetch_sessions(const FetchSettings& settings, const FetchParts& parts, SessionTaker& taker) {
  return Fetch(settings, parts, taker).run();
}

}  // namespace bulkdrop::run
