// A PAM server and the network before it, in virtual time: whole runs replay from a seed in moments.
//
// The server keeps its own ledger of what really happened to each session, so that a test can hold what the
// run says against it.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <queue>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "bulkdrop/core/answer.hpp"
#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/random.hpp"
#include "bulkdrop/net/pool.hpp"

namespace bulkdrop::test {

class ManualClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return now_; }
  [[nodiscard]] WallTime wall() const override {
    return kWallStart + std::chrono::duration_cast<std::chrono::milliseconds>(now_ - kStart);
  }
  void turn_to(TimePoint time) { now_ = std::max(now_, time); }
  [[nodiscard]] Duration passed() const { return now_ - kStart; }

  static constexpr TimePoint kStart{std::chrono::hours(1)};
  static constexpr WallTime kWallStart{std::chrono::milliseconds{1'795'230'245'678}};

 private:
  TimePoint now_ = kStart;
};

// The ID of a row: the row can be read from it.
inline std::string simulated_id(std::uint64_t row) {
  return fmt::format("{:016x}{:024x}", row, row * 2654435761U);
}
inline std::uint64_t row_of(std::string_view id) {
  return std::strtoull(std::string(id.substr(0, 16)).c_str(), nullptr, 16);
}

// What the server does with a request.
enum class Deed : std::uint8_t {
  drop,             // ends the session and says so; "drop error" if it had ended before
  drop_error,       // does nothing and says "drop error"
  executed_lost,    // ends the session; the answer never arrives
  lost,             // does nothing; the connection breaks
  executed_silent,  // ends the session; nothing comes until the client's time is over
  silent,           // does nothing, and nothing comes
  throttled,        // 429, Retry-After
  unavailable,      // 503, not executed
  executed_503,     // 504: the gateway gave up, the server did not
  unexpected,       // 500 "Unexpected error"
  garbage,          // HTML with status 200, not executed
  executed_cut,     // ends the session; the success answer is cut
  refused,          // the connection is refused: never sent
  no_resource,      // 404 of a wrong URL
  no_permission,    // 500 "You are not authorized…"
  bad_token,        // 401 whatever the token
};
inline constexpr std::size_t kDeeds = 16;

struct SimulatedServer {
  // Weights of the deeds; all else is `drop`. Sum at most 1.
  std::map<Deed, double> faults;
  // What everything meets in these times, instead.
  struct Period {
    Duration from;
    Duration to;
    Deed deed;
  };
  std::vector<Period> periods;
  Duration latency_least = std::chrono::milliseconds(10);
  Duration latency_most = std::chrono::milliseconds(30);
  std::size_t workers = 0;  // how many requests at once; more wait in line. 0 = as many as come
  Duration timeout = std::chrono::seconds(30);
  Duration retry_after = std::chrono::seconds(1);
  Duration token_lifetime = std::chrono::hours(1);  // as the token answer says
  Duration token_really = Duration::max();          // after which the server refuses it
  Deed token_deed =
      Deed::drop;  // refused, unavailable, bad_token: how token requests fail; drop = they don't

  struct Session {
    bool alive = true;
    bool ended_by_us = false;
    std::uint32_t requests = 0;  // on the wire
    bool doubt = false;          // a request went out and no trustworthy answer came
  };
  std::vector<Session> ledger;      // by row
  std::uint64_t drop_requests = 0;  // on the wire
  std::uint64_t token_requests = 0;
  std::uint64_t most_in_flight = 0;
};

class SimulatedPool : public net::Pool {
 public:
  SimulatedPool(ManualClock& clock, SimulatedServer& server, std::size_t capacity, std::uint64_t seed)
      : clock_(clock), server_(server), capacity_(capacity), random_(seed), free_workers_(server.workers) {}

  // Called before each drop request that goes out.
  std::function<void(std::uint64_t row)> on_start;
  // Something that happens at a time of its own; the next wait() returns then.
  void at(Duration since_start, std::function<void()> what) {
    events_.push({ManualClock::kStart + since_start, order_++, 0, TransportError::none, 0, Deed::drop,
                  std::move(what)});
  }

  void start(const net::Request& request) override {
    if (in_flight_ >= capacity_) throw std::logic_error("more requests than the pool can take");
    ++in_flight_;
    server_.most_in_flight = std::max<std::uint64_t>(server_.most_in_flight, in_flight_);
    request.method == net::Method::post ? start_token(request) : start_drop(request);
  }

  std::span<const Answer> wait(TimePoint until) override {
    answers_.clear();
    bodies_.clear();
    ++waits_;
    const TimePoint before = clock_.now();
    if (cancelling_) cut();
    deliver();
    if (answers_.empty() && !take_notice()) {
      const TimePoint next = events_.empty() ? TimePoint::max() : events_.top().at;
      if (next == TimePoint::max() && until == TimePoint::max()) {
        await_notice();
      } else {
        clock_.turn_to(std::min(next, until));
        deliver();
      }
    }
    // Time stands still and nothing comes: a loop that does that burns a processor.
    idle_turns_ = answers_.empty() && clock_.now() == before ? idle_turns_ + 1 : 0;
    if (idle_turns_ > kMostIdleTurns)
      throw std::logic_error("the loop spins: it waits for a time that has passed");
    return answers_;
  }

  void notify() override {
    {
      const std::lock_guard lock(mutex_);
      notified_ = true;
    }
    notice_.notify_all();
  }
  void cancel() override { cancelling_ = true; }
  [[nodiscard]] std::size_t in_flight() const override { return in_flight_; }
  [[nodiscard]] std::size_t capacity() const override { return capacity_; }
  [[nodiscard]] std::uint64_t waits() const { return waits_; }

 private:
  static constexpr int kMostIdleTurns = 200;
  static constexpr std::uint64_t kTokenRow = ~std::uint64_t{0};

  struct Event {
    TimePoint at;
    std::uint64_t order;
    std::uint64_t ticket;
    TransportError error;
    std::uint64_t row;
    Deed deed;
    std::function<void()> what;  // set = not an answer
    std::uint64_t token = 0;
    TimePoint started{};
    bool operator<(const Event& other) const { return at != other.at ? at > other.at : order > other.order; }
  };

  class Fields final : public HeaderFields {
   public:
    explicit Fields(std::string retry_after) : retry_after_(std::move(retry_after)) {}
    [[nodiscard]] bool disagrees(const char*) const override { return false; }
    [[nodiscard]] std::string value(const char* name) const override {
      return std::string_view(name) == "Retry-After" ? retry_after_ : "";
    }

   private:
    std::string retry_after_;
  };

  Duration latency() {
    const auto range = static_cast<double>((server_.latency_most - server_.latency_least).count());
    return server_.latency_least + Duration(static_cast<std::int64_t>(range * random_.uniform()));
  }

  // With few workers a request waits for one of them.
  TimePoint served_at() {
    if (free_workers_.empty()) return clock_.now() + latency();
    auto& worker = *std::min_element(free_workers_.begin(), free_workers_.end());
    worker = std::max(worker, clock_.now()) + latency();
    return worker;
  }

  Deed deed_now() {
    for (const auto& period : server_.periods)
      if (clock_.passed() >= period.from && clock_.passed() < period.to) return period.deed;
    double draw = random_.uniform();
    for (const auto& [deed, weight] : server_.faults)
      if ((draw -= weight) < 0) return deed;
    return Deed::drop;
  }

  void start_token(const net::Request& request) {
    Deed deed = server_.token_deed;
    for (const auto& period : server_.periods)
      if (period.deed == Deed::refused && clock_.passed() >= period.from && clock_.passed() < period.to)
        deed = Deed::refused;
    if (deed != Deed::refused) ++server_.token_requests;
    events_.push({clock_.now() + latency(),
                  order_++,
                  request.ticket,
                  TransportError::none,
                  kTokenRow,
                  deed,
                  {},
                  0,
                  clock_.now()});
  }

  // The number of the token in the request's header lines; they are shared by many requests.
  std::uint64_t token_of(const net::Request& request) {
    if (request.headers != last_headers_) {
      last_headers_ = request.headers;
      last_token_ = 0;
      for (const std::string& line : request.headers->lines())
        if (line.starts_with("Authorization: Bearer token-")) last_token_ = std::stoull(line.substr(28));
    }
    return last_token_;
  }

  void start_drop(const net::Request& request) {
    const std::string_view url(request.url);
    const std::string_view id = url.substr(url.rfind('/') + 1);
    const std::uint64_t row = row_of(id);
    if (request.method != net::Method::del || row >= server_.ledger.size() || id != simulated_id(row))
      throw std::logic_error("a request that nobody asked for: " + std::string(url));
    if (on_start) on_start(row);
    const Deed deed = deed_now();
    if (deed != Deed::refused) {
      ++server_.drop_requests;
      ++server_.ledger[row].requests;
    }
    TimePoint at = deed == Deed::refused ? clock_.now() + std::chrono::milliseconds(1) : served_at();
    const TimePoint gives_up = clock_.now() + server_.timeout;
    Deed really = deed;
    if (deed == Deed::silent || deed == Deed::executed_silent) at = gives_up;
    if (at > gives_up) {  // waited in line for too long: the server does it all the same
      at = gives_up;
      really = Deed::executed_silent;
    }
    events_.push({at,
                  order_++,
                  request.ticket,
                  TransportError::none,
                  row,
                  really,
                  {},
                  token_of(request),
                  clock_.now()});
  }

  void deliver() {
    while (!events_.empty() && events_.top().at <= clock_.now()) {
      const Event event = events_.top();
      events_.pop();
      if (event.what) {
        event.what();
        notify();
      } else {
        --in_flight_;
        event.row == kTokenRow ? answer_token(event) : answer_drop(event);
      }
    }
  }

  void cut() {
    cancelling_ = false;
    std::vector<Event> kept;
    while (!events_.empty()) {
      Event event = events_.top();
      events_.pop();
      if (event.what) {
        kept.push_back(std::move(event));
        continue;
      }
      --in_flight_;
      const bool on_wire = event.deed != Deed::refused;
      if (event.row != kTokenRow && on_wire) {
        auto& session = server_.ledger[event.row];
        session.doubt = true;
        if (random_.uniform() < 0.5) execute(session);
      }
      add(event, TransportError::cancelled, on_wire ? 1 : 0, 0, "");
    }
    for (Event& event : kept) events_.push(std::move(event));
  }

  static bool execute(SimulatedServer::Session& session) {
    if (!session.alive) return false;
    session.alive = false;
    session.ended_by_us = true;
    return true;
  }

  void add(const Event& event, TransportError error, int sends, int status, std::string_view body,
           const HeaderFields* headers = nullptr) {
    Answer answer;
    answer.ticket = event.ticket;
    answer.error = error;
    answer.error_text = error == TransportError::none ? "" : "simulated";
    answer.wire_sends = sends;
    answer.http_status = status;
    std::string& padded = bodies_.emplace_back(body);
    padded.resize(body.size() + kBodyPadding);
    answer.body = std::string_view(padded).substr(0, body.size());
    answer.headers = headers;
    answer.started = event.started;
    answer.finished = clock_.now();
    answers_.push_back(answer);
  }

  void reply(const Event& event, int status, std::string_view body) {
    static const Fields none("");
    add(event, TransportError::none, 1, status, body, &none);
  }

  static std::string error_envelope(std::string_view message) {
    return fmt::format(
        R"({{"response":{{"status":500,"message":"{0}","error":true,"error_code":1,"detail":"","mensagem":"{0}","erro":true,"cod_erro":1}}}})",
        message);
  }

  void answer_token(const Event& event) {
    switch (event.deed) {
      case Deed::refused:
        return add(event, TransportError::connect_failed, 0, 0, "");
      case Deed::unavailable:
        return reply(event, 503, R"({"message":"name resolution failed"})");
      case Deed::bad_token:
        return reply(
            event, 401,
            R"({"error":"invalid_client","error_description":"x","message":"Client authentication failed"})");
      default:
        break;
    }
    token_issued_.push_back(clock_.now());
    reply(event, 200,
          fmt::format(R"({{"token_type":"Bearer","expires_in":{},"access_token":"token-{}"}})",
                      std::chrono::duration_cast<std::chrono::seconds>(server_.token_lifetime).count(),
                      token_issued_.size()));
  }

  void answer_drop(const Event& event) {
    static constexpr std::string_view kSuccess =
        R"({"code":200,"response":{"status":200,"message":"ok","error":false,"error_code":0,"detail":"","mensagem":"ok","erro":false,"cod_erro":0}})";
    static const std::string drop_error = error_envelope("An error occurred while droping session");
    auto& session = server_.ledger[event.row];
    Deed deed = event.deed;
    const bool known = event.token > 0 && event.token <= token_issued_.size();
    if (deed == Deed::drop &&
        (!known || clock_.now() - token_issued_[event.token - 1] >= server_.token_really))
      deed = Deed::bad_token;
    switch (deed) {
      case Deed::drop:
        return execute(session) ? reply(event, 200, kSuccess) : reply(event, 500, drop_error);
      case Deed::drop_error:
        return reply(event, 500, drop_error);
      case Deed::executed_lost:
        execute(session);
        [[fallthrough]];
      case Deed::lost:
        session.doubt = true;
        return add(event, TransportError::connection_lost, 1, 0, "");
      case Deed::executed_silent:
        execute(session);
        [[fallthrough]];
      case Deed::silent:
        session.doubt = true;
        return add(event, TransportError::timed_out, 1, 0, "");
      case Deed::throttled: {
        const Fields& fields = fields_.emplace_back(
            std::to_string(std::chrono::duration_cast<std::chrono::seconds>(server_.retry_after).count()));
        return add(event, TransportError::none, 1, 429, R"({"message":"API rate limit exceeded"})", &fields);
      }
      case Deed::executed_503:
        execute(session);
        session.doubt = true;
        return reply(event, 504, R"({"message":"The upstream server is timing out"})");
      case Deed::unavailable:
        session.doubt = true;
        return reply(event, 503, R"({"message":"failure to get a peer from the ring-balancer"})");
      case Deed::unexpected:
        session.doubt = true;
        return reply(event, 500, error_envelope("Unexpected error."));
      case Deed::garbage:
        session.doubt = true;
        return reply(event, 200, "<html><body>Welcome</body></html>");
      case Deed::executed_cut:
        execute(session);
        session.doubt = true;
        return reply(event, 200, kSuccess.substr(0, kSuccess.size() - 1));
      case Deed::refused:
        return add(event, TransportError::connect_failed, 0, 0, "");
      case Deed::no_resource:
        return reply(event, 404, error_envelope("Resource sub not found"));
      case Deed::no_permission:
        return reply(event, 500, error_envelope("You are not authorized to access this resource."));
      case Deed::bad_token:
        return reply(event, 401, R"({"message":"Unauthorized"})");
    }
  }

  bool take_notice() {
    const std::lock_guard lock(mutex_);
    return std::exchange(notified_, false);
  }

  // Nothing will ever come of the simulation itself: somebody of the real world must call.
  void await_notice() {
    std::unique_lock lock(mutex_);
    if (!notice_.wait_for(lock, std::chrono::seconds(20), [this] { return notified_; }))
      throw std::logic_error("the loop waits for ever");
    notified_ = false;
  }

  ManualClock& clock_;
  SimulatedServer& server_;
  std::size_t capacity_;
  Random random_;
  std::vector<TimePoint> free_workers_;
  std::priority_queue<Event> events_;
  std::uint64_t order_ = 0;
  std::size_t in_flight_ = 0;
  std::uint64_t waits_ = 0;
  int idle_turns_ = 0;
  bool cancelling_ = false;
  std::vector<TimePoint> token_issued_;
  std::shared_ptr<const net::HeaderLines> last_headers_;
  std::uint64_t last_token_ = 0;
  std::vector<Answer> answers_;
  std::deque<std::string> bodies_;
  std::deque<Fields> fields_;
  std::mutex mutex_;
  std::condition_variable notice_;
  bool notified_ = false;
};

}  // namespace bulkdrop::test
