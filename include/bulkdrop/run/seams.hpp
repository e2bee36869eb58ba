// What the loop needs of its neighbours, and no more: rows to take, results to give, somebody to report to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/judgement.hpp"
#include "bulkdrop/core/result.hpp"
#include "bulkdrop/core/row.hpp"

namespace bulkdrop::policy {
class Dispatcher;
struct Past;
}  // namespace bulkdrop::policy

namespace bulkdrop::run {

// Where rows come from. Never blocks.
class Feed {
 public:
  enum class Fed : std::uint8_t { row, nothing_yet, ended };
  virtual ~Feed() = default;
  // On `row`, the views in it live until the next call.
  virtual Fed next(Row& row) = 0;
  // What earlier parts of the run left behind of the row that was handed out last; null if nothing. Lives
  // until the next call of next().
  [[nodiscard]] virtual const policy::Past* past() const { return nullptr; }
};

// Where results go.
class Recorder {
 public:
  virtual ~Recorder() = default;
  // True once the row may be sent: its lease is on disk. False = ask again after the pool was notified.
  virtual bool may_send(std::uint64_t row) = 0;
  // Requests for rows below `end` may reach the network from now on. Throws Error if nothing may be sent.
  virtual void begin(std::uint64_t end) { static_cast<void>(end); }
  virtual void accept(const Result& result, Moment now) = 0;
  // Results that were accepted and that a kill of this process would lose.
  [[nodiscard]] virtual std::uint64_t unwritten() const { return 0; }
  // Writes them now, or else soon: the pool is notified when that is done.
  virtual void hurry() {}
  // Something worth knowing later beside the rows: see record::Journal::event().
  virtual void event(std::string_view kind, std::string_view text, WallTime now) {
    static_cast<void>(kind);
    static_cast<void>(text);
    static_cast<void>(now);
  }
  // What keeps anything more from being recorded; what keeps further rows from being begun.
  [[nodiscard]] virtual std::optional<std::string> failed() const { return std::nullopt; }
  [[nodiscard]] virtual std::optional<std::string> full() const { return std::nullopt; }
  // The record of rows below this number is closed: no doubt can reach it any more.
  [[nodiscard]] virtual std::uint64_t closed() const { return 0; }
  // An answer to this row, which has its result, turned out to be worth nothing. `settled`: the result rests
  // on it alone.
  virtual void doubt(std::uint64_t row, bool settled) {
    static_cast<void>(row);
    static_cast<void>(settled);
  }
};

// One request and what came of it.
struct Attempt {
  std::uint64_t row;
  std::string_view session_id;
  const Judgement& judgement;
};

// Somebody who looks up once a turn: signals, the clock on the wall, the progress line.
class Supervisor {
 public:
  virtual ~Supervisor() = default;
  // May stop the dispatcher. Returns when it wants to look again at the latest.
  virtual TimePoint look(policy::Dispatcher& dispatcher, Moment now) = 0;
  // The same once the last answer is there, while the connections are listened to: nothing is stopped any
  // more.
  virtual TimePoint listening(policy::Dispatcher& dispatcher, Moment now) {
    static_cast<void>(dispatcher);
    static_cast<void>(now);
    return TimePoint::max();
  }
  // After each row that the feed handed out.
  virtual void took(const Row& row) { static_cast<void>(row); }
  // After each drop request that ended.
  virtual void attempted(const Attempt& attempt) = 0;
  // Nothing can be sent for a reason that the dispatcher does not know: there is no token.
  virtual void waiting(std::string_view what) { static_cast<void>(what); }
  // So many answers that came over one connection belong to nobody knows whom: their results don't stand.
  virtual void distrusted(std::size_t answers, Moment now) {
    static_cast<void>(answers);
    static_cast<void>(now);
  }
  // After each row that has its result.
  virtual void settled(const Result& result) = 0;
};

}  // namespace bulkdrop::run
