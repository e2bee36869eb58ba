#include "bulkdrop/run/reconnection_watch.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bulkdrop/core/duration.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/run/notes.hpp"
#include "bulkdrop/run/outcome.hpp"
#include "bulkdrop/run/reconnections.hpp"
#include "bulkdrop/run/row_index.hpp"

namespace bulkdrop::run {
namespace {

constexpr std::uint64_t kMostToldOfOneList = 20;
// How long the last list may take, at least.
constexpr Duration kLastList = std::chrono::seconds(30);
constexpr int kPauseTimesList = 2;

void index_rows(const record::RowStore& store, RowIndex& index) {
  auto cursor = store.cursor();
  Row row;
  while (cursor.next(row))
    if (row.admission == Admission::to_drop) index.insert(row.session_id, row.number);
  index.compact();
}

class ReconnectionWatch {
 public:
  ReconnectionWatch(const WatchSettings& settings, const FetchParts& parts, const SettledRun& run,
                    Losses& losses)
      : settings_(settings), parts_(parts), run_(run), losses_(losses), index_(run.ids_ignore_case) {}

  WatchOutcome go() {
    settle_losses();
    report::Watched& watched = outcome_.watched;
    watched.from = parts_.clock.wall();
    watched.sessions_lost = losses_.sessions_lost();
    watched.users_lost = losses_.users_lost();
    watched.user_unknown = losses_.user_unknown();
    if (watched.users_lost > 0) {
      index_rows(run_.store, index_);
      look_until_the_end();
    } else {
      watched.complete = watched.sessions_lost == 0;
    }
    const std::string words = "watched for reconnections: " + report::watched_words(watched);
    run_.journal.event("watch", words, parts_.clock.wall());
    // A watch that saw no list knows no better than an earlier one.
    if (watched.lists > 0 || !run_.watched_before)
      run_.journal.note(kWatchedNote, report::to_json(watched), parts_.clock.wall());
    parts_.console.log(watched.complete ? Level::info : Level::warning, words);
    run_.journal.sync();
    return outcome_;
  }

 private:
  void settle_losses() {
    run_.journal.sync();
    Outcomes outcomes(run_.directory.file("journal.jsonl"), run_.taken);
    auto cursor = run_.store.cursor();
    Row row;
    while (cursor.next(row))
      if (row.admission == Admission::to_drop) losses_.settle(row.number, outcomes.of(row).status);
    losses_.conclude();
  }

  void look_until_the_end() {
    Reconnections reconnections(losses_, index_, run_.directory.path());
    const std::string path = run_.directory.file(report::kReconnectedFile);
    const TimePoint end = parts_.clock.now() + settings_.length;
    parts_.console.log(
        Level::info,
        fmt::format("watching for {}: {} users lost {} sessions; a list every {} or so. The reports are "
                    "written, Ctrl-C ends the watch",
                    humane_duration(settings_.length), grouped(losses_.users_lost()),
                    grouped(losses_.sessions_lost()), humane_duration(settings_.pause)));
    FetchSettings fetch = settings_.fetch;
    fetch.attempts = std::numeric_limits<int>::max();
    Duration took{};
    TimePoint next = parts_.clock.now() + settings_.pause;
    try {
      for (;;) {
        fetch.not_before = std::min(next, end);
        fetch.give_up_at = end + std::max(kLastList, kPauseTimesList * took);
        fetch_sessions(fetch, parts_, reconnections);
        took = parts_.clock.now() - fetch.not_before;
        take_stock(reconnections, path);
        if (parts_.clock.now() >= end) break;
        next = parts_.clock.now() + std::max(settings_.pause, kPauseTimesList * took);
      }
      outcome_.watched.complete = true;
    } catch (const Error& error) {
      if (error.code() == ExitCode::run_directory) throw;
      parts_.console.log(Level::warning, fmt::format("the watch ends early: {}", error.what()));
      outcome_.failure = error;
    }
  }

  // Tells what the list shows for the first time, and keeps the file as the list has it.
  void take_stock(Reconnections& reconnections, const std::string& path) {
    report::Watched& watched = outcome_.watched;
    const WallTime now = parts_.clock.wall();
    const std::uint64_t alive_before = reconnections.alive();
    const std::vector<report::Reconnection> fresh = reconnections.settle(now);
    for (std::size_t i = 0; i < fresh.size(); ++i) {
      const std::string words = fmt::format(
          "session {} was opened by a user who had lost one: {}",
          fresh[i].session_id.empty() ? "without ID" : shortened(printable(fresh[i].session_id), 80),
          report::who_reconnected(fresh[i]));
      run_.journal.event("reconnected", words, now);
      if (i < kMostToldOfOneList) parts_.console.log(Level::error, words);
    }
    if (fresh.size() > kMostToldOfOneList)
      parts_.console.log(Level::error,
                         fmt::format("… and {} more sessions were opened by users who had lost one: {}",
                                     grouped(fresh.size() - kMostToldOfOneList), path));
    // Not before the first list: what an earlier watch left stands until there is news.
    if (watched.lists == 0 || !fresh.empty() || reconnections.alive() != alive_before)
      reconnections.write_csv(path);
    ++watched.lists;
    watched.until = now;
    watched.users = reconnections.users();
    watched.sessions = reconnections.sessions();
    watched.alive = reconnections.alive();
    watched.shown = reconnections.first();
  }

  const WatchSettings& settings_;
  const FetchParts& parts_;
  const SettledRun& run_;
  Losses& losses_;
  RowIndex index_;
  WatchOutcome outcome_;
};

std::optional<Error> fetch_before(const WatchSettings& settings, const FetchParts& parts,
                                  const record::RowStore& store, bool ids_ignore_case, Losses& losses) {
  RowIndex index(ids_ignore_case);
  index_rows(store, index);
  ListBefore list(losses, index, store.rows());
  FetchSettings fetch = settings.fetch;
  fetch.attempts = 2;
  fetch.give_up_at = parts.clock.now() + settings.patience_before;
  try {
    fetch_sessions(fetch, parts, list);
    losses.end_list_before(true);
    return std::nullopt;
  } catch (const Error& error) {
    losses.end_list_before(false);
    parts.credentials.forget_sent();  // whoever uses them next asks anew
    if (error.code() == ExitCode::run_directory) throw;
    return error;
  }
}

}  // namespace

std::optional<Error> look_before(const WatchSettings& settings, const FetchParts& parts,
                                 const record::RowStore& store, bool ids_ignore_case, Losses& losses) {
  std::optional<Error> failure = fetch_before(settings, parts, store, ids_ignore_case, losses);
  give_back_memory();
  return failure;
}

WatchOutcome watch_reconnections(const WatchSettings& settings, const FetchParts& parts,
                                 const SettledRun& run, Losses& losses) {
  return ReconnectionWatch(settings, parts, run, losses).go();
}

ExitCode exit_code_after_watch(ExitCode code, const WatchOutcome& outcome) {
  if (outcome.failure &&
      (outcome.failure->code() == ExitCode::interrupted || outcome.failure->code() == ExitCode::terminated))
    return outcome.failure->code();
  const bool all_well = outcome.watched.complete && outcome.watched.sessions == 0;
  return code == ExitCode::all_gone && !all_well ? ExitCode::some_may_live : code;
}

}  // namespace bulkdrop::run
