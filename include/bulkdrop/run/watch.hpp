// The run's supervisor: turns signals and disk trouble into a stop, keeps the tallies, feeds the progress
// line.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "bulkdrop/core/status.hpp"
#include "bulkdrop/net/pool.hpp"
#include "bulkdrop/run/bad_rows.hpp"
#include "bulkdrop/run/console.hpp"
#include "bulkdrop/run/seams.hpp"
#include "bulkdrop/run/signals.hpp"

namespace bulkdrop::run {

class Watch final : public Supervisor {
 public:
  // `rows`: that will get a result, or nothing while a stream lasts. `each_turn`, `bad_rows`: see
  // Course::Sending.
  Watch(Signals& signals, Console& console, Recorder& recorder, net::Pool& pool,
        std::optional<std::uint64_t> rows, std::function<TimePoint(Moment)> each_turn = {},
        BadRows* bad_rows = nullptr);

  TimePoint look(policy::Dispatcher& dispatcher, Moment now) override;
  void took(const Row& row) override;
  void attempted(const Attempt& attempt) override;
  TimePoint listening(policy::Dispatcher& dispatcher, Moment now) override;
  void waiting(std::string_view what) override;
  void distrusted(std::size_t answers, Moment now) override;
  void settled(const Result& result) override;

  // Of the results so far.
  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  void obey_signals(policy::Dispatcher& dispatcher);
  void look_at_the_disk(policy::Dispatcher& dispatcher);
  void announce(policy::Dispatcher& dispatcher, Moment now);
  void note_window(const policy::Dispatcher& dispatcher, Moment now);
  void note_shed_rate(const policy::Dispatcher& dispatcher, Moment now);
  void show_progress(policy::Dispatcher& dispatcher, Moment now);

  Signals& signals_;
  Console& console_;
  Recorder& recorder_;
  net::Pool& pool_;
  std::optional<std::uint64_t> rows_;
  std::function<TimePoint(Moment)> each_turn_;
  BadRows* bad_rows_;
  Counts counts_;
  std::size_t noted_window_ = 0;
  int window_notes_left_;  // without a wait between
  TimePoint next_window_note_ = TimePoint::min();
  double noted_shed_rate_ = 0;
  bool shed_rate_was_shown_ = false;
  TimePoint next_shed_rate_note_ = TimePoint::min();
  bool cut_ = false;
  bool stop_announced_ = false;
  bool was_waiting_ = false;
  bool wait_was_shown_ = false;
  bool end_is_owed_ = false;      // to the person who was told of a wait
  bool was_unavailable_ = false;  // and the server had not answered well
  TimePoint next_wait_shown_ = TimePoint::min();
};

}  // namespace bulkdrop::run
