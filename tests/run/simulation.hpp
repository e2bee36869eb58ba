// A whole run through the loop, with a simulated server and virtual time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/manual_clock.hpp"
#include "support/printing.hpp"
#include "support/simulated_id.hpp"
#include "support/simulated_pool.hpp"
#include "support/simulated_server.hpp"
#include "surroundings.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/core/status.hpp"
#include "bulkdrop/core/stop.hpp"
#include "bulkdrop/pam/credentials.hpp"
#include "bulkdrop/policy/dispatcher.hpp"
#include "bulkdrop/run/loop.hpp"
#include "bulkdrop/run/seams.hpp"

namespace bulkdrop::run {

// Rows 0, 1, … with IDs of their own; what `admission` says of them, all to be dropped if it is not set.
class NumberedFeed : public Feed {
 public:
  explicit NumberedFeed(std::uint64_t rows) : rows_(rows) {}
  std::function<Admission(std::uint64_t row)> admission;
  std::uint64_t available = ~std::uint64_t{0};  // rows beyond this are not there yet
  Fed next(Row& row) override {
    if (next_ == rows_) return Fed::ended;
    if (next_ >= available) return Fed::nothing_yet;
    id_ = test::simulated_id(next_);
    row = Row{};
    row.number = next_;
    row.session_id = id_;
    if (admission) row.admission = admission(next_);
    if (row.admission == Admission::invalid) row.reason = Reason::bad_id;
    if (row.admission == Admission::duplicate) row.reason = Reason::duplicate;
    if (row.admission == Admission::protected_) row.reason = Reason::protected_;
    ++next_;
    return Fed::row;
  }

 private:
  std::uint64_t rows_;
  std::uint64_t next_ = 0;
  std::string id_;
};

// Keeps what the loop says of each row.
class KeepingRecorder : public Recorder {
 public:
  struct Kept {
    int results = 0;
    Status status = Status::unsent;
    Reason reason = Reason::not_started;
    int attempts = 0;
    std::optional<std::int64_t> duration_ms;
  };
  explicit KeepingRecorder(std::uint64_t count) : rows(count) {}
  bool may_send(std::uint64_t row) override {
    if (row >= leased) return false;
    granted = std::max(granted, row + 1);
    return true;
  }
  void begin(std::uint64_t end) override {
    if (end < begun) throw std::logic_error("what was begun is not any more");
    begun = end;
  }
  void accept(const Result& result, Moment) override {
    Kept& kept = rows.at(result.row);
    ++kept.results;
    kept.status = result.status;
    kept.reason = result.reason;
    kept.attempts = result.attempts;
    kept.duration_ms = result.duration_ms;
    if (result.session_id != test::simulated_id(result.row))
      throw std::logic_error("a result with another row's ID");
    counts.add(result.status);
  }

  std::vector<Kept> rows;
  std::uint64_t leased = ~std::uint64_t{0};
  std::uint64_t granted = 0;
  std::uint64_t begun = 0;
  Counts counts;
};

// That fresh rows are asked for in their order, and that the record says of none that it was asked for before
// it is, nor after its request can have gone out.
class BegunInOrder {
 public:
  explicit BegunInOrder(const KeepingRecorder& recorder) : recorder_(recorder) {}
  void started(std::uint64_t row) {
    if (!started_.insert(row).second) return;
    if (row + 1 < started_below_) throw std::logic_error("a fresh row behind a later one");
    started_below_ = row + 1;
  }
  void before_wait() const {
    if (recorder_.begun != started_below_) throw std::logic_error("what was begun is not on record");
  }

 private:
  const KeepingRecorder& recorder_;
  std::set<std::uint64_t> started_;
  std::uint64_t started_below_ = 0;
};

// Looks up when it is told to.
class QuietSupervisor : public Supervisor {
 public:
  std::function<TimePoint(policy::Dispatcher&, Moment)> on_look;
  TimePoint look(policy::Dispatcher& dispatcher, Moment now) override {
    ++looks;
    return on_look ? on_look(dispatcher, now) : TimePoint::max();
  }
  void attempted(const Attempt&) override { ++attempts; }
  void settled(const Result&) override { ++results; }
  std::uint64_t looks = 0;
  std::uint64_t attempts = 0;
  std::uint64_t results = 0;
};

struct Simulation {
  explicit Simulation(std::uint64_t rows) : server(rows), feed(rows), recorder(rows) {}

  test::SimulatedServer server;
  policy::Limits limits;
  std::uint64_t seed = 1;
  NumberedFeed feed;
  KeepingRecorder recorder;
  QuietSupervisor supervisor;
  // Called once everything stands, before the run.
  std::function<void(test::SimulatedPool&)> prepare;
  test::ManualClock clock;

  // What came of it.
  std::optional<Stop> stop;
  policy::Dispatcher::Totals totals;
  std::uint64_t taken = 0;
  std::uint64_t waits = 0;

  void run() {
    policy::Dispatcher dispatcher(limits, seed);
    test::SimulatedPool pool(clock, server, limits.concurrency + 1, seed + 1);
    if (prepare) prepare(pool);
    BegunInOrder order(recorder);
    pool.on_wait = [&order] { order.before_wait(); };
    pool.on_start = [this, &order, wanted = pool.on_start](std::uint64_t row) {
      order.started(row);
      if (row >= recorder.granted) throw std::logic_error("a request for a row that is not leased");
      if (wanted) wanted(row);
    };
    pam::Credentials credentials = some_client(limits.outage, seed + 2);
    Loop loop({clock, dispatcher, pool, credentials, feed, recorder, supervisor},
              pam::endpoints("https://pam.example", pam::default_paths(pam::Generation::v4)));
    loop.run();
    stop = dispatcher.stopped();
    totals = dispatcher.totals();
    taken = loop.taken();
    waits = pool.waits();
  }

  // What must hold of every run, however it went. Empty, or the first thing that does not.
  [[nodiscard]] std::string broken_promise() const {
    std::uint64_t wire = 0;
    for (std::uint64_t i = 0; i < recorder.rows.size(); ++i) {
      const auto& row = recorder.rows[i];
      const auto& session = server.ledger[i];
      const auto broken = [&](const char* what) {
        return fmt::format("row {} ({}, {}, {} attempts, {} requests): {}", i, name(row.status),
                           name(row.reason), row.attempts, session.requests, what);
      };
      wire += session.requests;
      if (row.results > 1) return broken("more than one result");
      if (row.results == 0) {
        if (!stop || i < taken) return broken("no result");
        if (session.requests > 0) return broken("sent although it was never taken");
        continue;
      }
      if (row.attempts != static_cast<int>(session.requests)) return broken("attempts are not what arrived");
      if (row.attempts > limits.attempts) return broken("more attempts than allowed");
      switch (row.status) {
        case Status::dropped:
          if (!session.ended_by_us) return broken("not ended by us");
          break;
        case Status::failed:
        case Status::unsent:
          if (session.ended_by_us) return broken("ended by us all the same");
          if (session.doubt) return broken("an attempt had no trustworthy answer");
          break;
        case Status::unknown:
          if (!session.doubt) return broken("no attempt was in doubt");
          break;
        default:
          if (session.requests > 0) return broken("sent although it was not to be");
      }
    }
    if (totals.sent != wire) return fmt::format("{} sent, {} arrived", totals.sent, wire);
    if (server.most_in_flight > limits.concurrency + 1) return "too many in flight";
    if (supervisor.results != recorder.counts.total()) return "the supervisor was not told of every result";
    return "";
  }
};

inline void keeps_its_promises(const Simulation& run) {
  BOOST_TEST(run.broken_promise() == "");
}

inline void stopped_as(const Simulation& run, StopKind kind, ExitCode code) {
  BOOST_REQUIRE(run.stop.has_value());
  BOOST_TEST(run.stop->kind == kind);
  BOOST_TEST(run.stop->exit_code == code);
  BOOST_TEST(!run.stop->message.empty());
}

}  // namespace bulkdrop::run
