// The rows that are under way, and in which order they are asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/judgement.hpp"

namespace bulkdrop::policy {

// Names an entry from its add() to its release().
using Ticket = std::uint32_t;

// What an earlier part of the run left behind of a row that is taken up again.
struct Past {
  bool recorded = false;  // it has a result, which stands if the row is not sent again after all
  int attempts = 0;       // on the wire
  int throttled = 0;
  std::optional<WallTime> first_sent_at;
  bool doubt = false;  // as in Entry
  Reason doubt_reason = Reason::connection_lost;
  std::string doubt_message;
};

// One row from its arrival to its result.
struct Entry {
  std::uint64_t row = 0;
  std::string session_id;
  Past past;         // before this part of the run
  int attempts = 0;  // on the wire
  int throttled = 0;
  int failures = 0;  // attempts that brought nothing, for the backoff
  int drop_errors = 0;
  int accusations = 0;  // answers to it that said that something is wrong for every session
  bool doubt = false;   // a request may have been executed although no trustworthy answer said so
  Reason doubt_reason = Reason::bad_response;
  std::string doubt_message;
  Reason reason = Reason::not_started;    // of the last answer
  std::optional<std::int64_t> answer_us;  // how long it took
  int http_status = 0;
  std::optional<std::int64_t> error_code;
  std::string message;
  std::string request_id;
  std::optional<Moment> first_sent;
  // Of the request that is in flight:
  TimePoint sent{};
  std::size_t at_once = 0;  // in flight when it was sent, itself included
  std::uint64_t order = 0;  // its number among all requests
  bool in_flight = false;
  bool in_use = false;
};

// Fresh rows go in the order in which they came. A row that failed once is asked again as soon as its wait is
// over; one that keeps failing goes to the back of the line, behind every fresh row.
class RowQueue {
 public:
  Ticket add(std::uint64_t row, std::string_view session_id, const Past* past = nullptr);
  [[nodiscard]] Entry& operator[](Ticket ticket) { return entries_[ticket]; }
  [[nodiscard]] const Entry& operator[](Ticket ticket) const { return entries_[ticket]; }
  // The entry of a row that is held; null if it is not.
  [[nodiscard]] Entry* find(std::uint64_t row);
  // Waits until `due`; in which line, its failures say.
  void park(Ticket ticket, TimePoint due);
  void release(Ticket ticket);

  struct Preference {
    bool fresh_may_go = true;
    bool fresh_first = false;  // before the rows that failed once, too
  };
  // Takes the next one out of its line, if one may go now.
  std::optional<Ticket> pick(TimePoint now, Preference preference);
  // When the first of the waiting rows is due; TimePoint::max() if none waits.
  [[nodiscard]] TimePoint due_at() const;

  [[nodiscard]] std::size_t fresh() const { return fresh_.size(); }
  [[nodiscard]] std::size_t waiting() const { return failed_once_.size() + back_of_line_.size(); }
  // In a line or in flight.
  [[nodiscard]] std::size_t held() const { return entries_.size() - free_.size(); }
  // All entries that ever were held at once: tickets below this can be looked at.
  [[nodiscard]] Ticket tickets() const { return static_cast<Ticket>(entries_.size()); }

 private:
  struct Parked {
    TimePoint due;
    std::uint64_t order;  // first parked, first out, among equals
    Ticket ticket;
    bool operator>(const Parked& other) const {
      return due != other.due ? due > other.due : order > other.order;
    }
  };
  using Line = std::priority_queue<Parked, std::vector<Parked>, std::greater<>>;
  static std::optional<Ticket> first_of(Line& line, TimePoint now);

  std::deque<Entry> entries_;  // a deque: orders point into it
  std::vector<Ticket> free_;
  std::deque<Ticket> fresh_;
  Line failed_once_;
  Line back_of_line_;
  std::uint64_t parked_so_far_ = 0;
};

}  // namespace bulkdrop::policy
