#include "bulkdrop/run/watch.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/policy/dispatcher.hpp"
#include "bulkdrop/run/pace_events.hpp"
#include "bulkdrop/run/sentences.hpp"

namespace bulkdrop::run {
namespace {

constexpr Duration kBetweenWaitsShown = std::chrono::seconds(30);
// The window moves by one all the time: what the journal has of it is the change that mattered.
// Most of its changes come in the first second, and a short run has no other: the first ones are all noted.
constexpr Duration kBetweenWindowNotes = std::chrono::seconds(1);
constexpr int kWindowNotesAtOnce = 64;
constexpr std::size_t kNotedChange = 4;  // one part in so many
constexpr Duration kBetweenRateNotes = std::chrono::seconds(1);
constexpr std::string_view kListening = "listening for answers that nobody asked for";

}  // namespace

Watch::Watch(Signals& signals, Console& console, Recorder& recorder, net::Pool& pool,
             std::optional<std::uint64_t> rows, std::function<TimePoint(Moment)> each_turn, BadRows* bad_rows)
    : signals_(signals),
      console_(console),
      recorder_(recorder),
      pool_(pool),
      rows_(rows),
      each_turn_(std::move(each_turn)),
      bad_rows_(bad_rows),
      window_notes_left_(kWindowNotesAtOnce) {}

void Watch::show_progress(policy::Dispatcher& dispatcher, Moment now) {
  const bool asked = signals_.take_progress_request();
  if (asked || console_.next_progress() <= now.mono) {
    report::Snapshot snapshot;
    snapshot.settled = counts_;
    snapshot.rows = rows_;
    snapshot.in_flight = dispatcher.in_flight();
    snapshot.window = dispatcher.window(now.mono);
    snapshot.waiting = dispatcher.waiting();
    snapshot.waiting_for = dispatcher.waiting_for(now.mono);
    if (snapshot.waiting_for.empty()) snapshot.waiting_for = dispatcher.probing(now.mono);
    if (snapshot.waiting_for.empty() && dispatcher.finished()) snapshot.waiting_for = kListening;
    snapshot.away = dispatcher.unavailable() && !snapshot.waiting_for.empty();
    snapshot.shed_above = dispatcher.shed_above();
    console_.progress(snapshot, now.mono, asked);
  }
}

TimePoint Watch::listening(policy::Dispatcher& dispatcher, Moment now) {
  show_progress(dispatcher, now);
  return console_.next_progress();
}

TimePoint Watch::look(policy::Dispatcher& dispatcher, Moment now) {
  obey_signals(dispatcher);
  look_at_the_disk(dispatcher);
  announce(dispatcher, now);
  note_window(dispatcher, now);
  note_shed_rate(dispatcher, now);
  show_progress(dispatcher, now);
  TimePoint at = console_.next_progress();
  if (bad_rows_ != nullptr) at = std::min(at, bad_rows_->look(now.mono));
  return each_turn_ ? std::min(at, each_turn_(now)) : at;
}

void Watch::obey_signals(policy::Dispatcher& dispatcher) {
  const int number = signals_.stop_signal();
  if (number == 0) return;
  if (!dispatcher.stopped())
    dispatcher.stop(
        {StopKind::signal, exit_code_of_signal(number), fmt::format("stopped by {}", signal_name(number))});
  if (signals_.stops() > 1 && !cut_) {
    cut_ = true;
    if (const std::size_t in_flight = dispatcher.in_flight(); in_flight > 0)
      console_.log(Level::warning,
                   fmt::format("cutting {} request{} in flight: whether a session was dropped that was asked "
                               "for is unknown",
                               in_flight, in_flight == 1 ? "" : "s"));
    pool_.cancel();
  }
}

void Watch::look_at_the_disk(policy::Dispatcher& dispatcher) {
  if (dispatcher.stopped()) return;
  if (const auto failure = recorder_.failed())
    dispatcher.stop(
        {StopKind::io, ExitCode::run_directory,
         fmt::format("the run directory can't be written: {}. When that is mended, `bulkdrop resume` "
                     "goes on with it",
                     *failure)});
  else if (const auto full = recorder_.full())
    dispatcher.stop({StopKind::io, ExitCode::run_directory,
                     fmt::format("no room is left for the record of further sessions: {}. Make room, then "
                                 "`bulkdrop resume` goes on",
                                 *full)});
}

// Each change of mind once, in the log and in the journal.
void Watch::announce(policy::Dispatcher& dispatcher, Moment now) {
  if (const auto& stop = dispatcher.stopped(); stop && !stop_announced_) {
    stop_announced_ = true;
    recorder_.event(kStopEvent, stop->message, now.wall);
    const std::size_t in_flight = dispatcher.in_flight();
    const std::string rest =
        in_flight == 0 ? ""
                       : fmt::format("Waiting for {} request{} in flight ({} cuts).", in_flight,
                                     in_flight == 1 ? "" : "s",
                                     stop->kind == StopKind::signal ? "a second Ctrl-C" : "Ctrl-C, twice,");
    console_.log(stop->kind == StopKind::signal ? Level::warning : Level::error,
                 sentences(stop->message, rest));
    return;
  }
  const std::string waiting_for = dispatcher.stopped() ? "" : dispatcher.waiting_for(now.mono);
  if (!waiting_for.empty() && !was_waiting_) {
    // A server that throttles does so again and again: the journal has every pause, the person now and then
    // one.
    wait_was_shown_ = now.mono >= next_wait_shown_;
    if (wait_was_shown_) next_wait_shown_ = now.mono + kBetweenWaitsShown;
    recorder_.event(kPauseEvent, waiting_for, now.wall);
    console_.log(wait_was_shown_ ? Level::warning : Level::debug, waiting_for);
    if (wait_was_shown_) end_is_owed_ = true;
    was_unavailable_ = was_unavailable_ || dispatcher.unavailable();
  } else if (waiting_for.empty() && was_waiting_ && !dispatcher.stopped()) {
    recorder_.event(kPauseEvent, kPauseOver, now.wall);
  }
  was_waiting_ = !waiting_for.empty();
  // That it is asked again does not mean that it answers.
  if (was_waiting_ || dispatcher.unavailable() || dispatcher.stopped()) return;
  if (end_is_owed_)
    console_.log(Level::info, !was_unavailable_ ? "going on"
                              : dispatcher.proves_nothing()
                                  ? "the server's answers prove something again, going on"
                                  : "the server answers again, going on");
  end_is_owed_ = was_unavailable_ = false;
}

void Watch::note_window(const policy::Dispatcher& dispatcher, Moment now) {
  const std::size_t window = dispatcher.window(now.mono);
  const std::size_t change = window > noted_window_ ? window - noted_window_ : noted_window_ - window;
  const bool matters = kNotedChange * change >= noted_window_ || window == dispatcher.concurrency();
  if (change == 0 || !matters) return;
  if (window_notes_left_ == 0 && now.mono < next_window_note_) return;
  if (window_notes_left_ > 0) --window_notes_left_;
  noted_window_ = window;
  next_window_note_ = now.mono + kBetweenWindowNotes;
  recorder_.event(kWindowEvent, window_words(window), now.wall);
}

// The rate that a server takes is felt for all the time: what the journal has of it is each change that
// mattered, the person hears of it once.
void Watch::note_shed_rate(const policy::Dispatcher& dispatcher, Moment now) {
  const double rate = dispatcher.shed_above();
  const double change = rate > noted_shed_rate_ ? rate - noted_shed_rate_ : noted_shed_rate_ - rate;
  if (change * kNotedChange <= noted_shed_rate_ || now.mono < next_shed_rate_note_) return;
  const std::string text = rate > 0 ? report::shed_text(rate) : "server no longer turns away for the rate";
  noted_shed_rate_ = rate;
  next_shed_rate_note_ = now.mono + kBetweenRateNotes;
  recorder_.event("rate", text, now.wall);
  console_.log(rate > 0 && !shed_rate_was_shown_ ? Level::info : Level::debug, text);
  shed_rate_was_shown_ = true;
}

void Watch::took(const Row& row) {
  if (bad_rows_ != nullptr) bad_rows_->took(row);
}

void Watch::attempted(const Attempt& attempt) {
  if (attempt.judgement.verdict == Verdict::dropped || !console_.logs(Level::debug)) return;
  const Judgement& judgement = attempt.judgement;
  console_.log(Level::debug, fmt::format("row {}, {}: {}", attempt.row + 1, attempt.session_id,
                                         labelled(name(judgement.reason), judgement.message)));
}

void Watch::waiting(std::string_view what) {
  if (!what.empty()) console_.log(Level::warning, what);
}

void Watch::distrusted(std::size_t answers, Moment now) {
  const std::string text = fmt::format(
      "an answer that nobody had asked for came over a connection, so it is not known whose the {} before it "
      "{}. "
      "A gateway or proxy on the way mixes up answers. Such sessions end as unknown",
      answers == 1 ? "one" : grouped(answers), answers == 1 ? "was" : "were");
  recorder_.event("stray", text, now.wall);
  console_.log(Level::error, text);
}

void Watch::settled(const Result& result) {
  counts_.add(result.status);
  if (bad_rows_ != nullptr) bad_rows_->settled(result);
}

}  // namespace bulkdrop::run
