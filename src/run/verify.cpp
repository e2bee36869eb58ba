#include "bulkdrop/run/verify.hpp"

#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "bulkdrop/core/duration.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/run/listed_rows.hpp"
#include "bulkdrop/run/notes.hpp"
#include "bulkdrop/run/outcome.hpp"
#include "bulkdrop/run/row_index.hpp"
#include "bulkdrop/run/verification.hpp"

namespace bulkdrop::run {
namespace {

// More sessions that live against the server's own word are counted, and stand in the reports.
constexpr std::uint64_t kMostToldLoudly = 20;

std::string sessions(std::uint64_t count) {
  return count == 1 ? "1 session" : grouped(count) + " sessions";
}

class Verifier {
 public:
  Verifier(const VerifySettings& settings, const FetchParts& parts, const SettledRun& run, Losses* losses)
      : settings_(settings),
        parts_(parts),
        run_(run),
        rows_(run.directory.path(), run.store.rows(), run.ids_ignore_case, losses),
        said_(run.store.rows(), Listing::absent),
        active_once_(run.store.rows()) {
    if (losses != nullptr) losses->set_rows(run.store.rows());
  }

  Verification go() {
    expect_rows();
    Verification verification;
    if (rows_.expected() == 0) return verification;
    try {
      look(false);
      if (doubtful_ > 0) look_again();
    } catch (const Error& error) {
      if (error.code() == ExitCode::run_directory) throw;
      verification.failure = error;
      verification.active_once = doubtful_;
      event(fmt::format("{}, no proof: {}", doubtful_ > 0 ? "no second list" : "no list", error.what()));
      if (doubtful_ > 0) note_missing(error.what());
    }
    if (!verification.failure) {
      verification.verified = result();
      run_.journal.note(kVerifiedNote, report::to_json(*verification.verified), parts_.clock.wall());
      event(fmt::format("held against a list of {}: {} ended, {} still alive, {} not listed; {} rows changed",
                        sessions(verified_.listed), grouped(verified_.ended), grouped(verified_.still_alive),
                        grouped(verified_.not_listed), grouped(changed_)));
    }
    run_.journal.sync();
    return verification;
  }

 private:
  // What is in the journal so far, row by row in input order.
  template <typename Take>
  void each_row(Take&& take) {
    run_.journal.sync();
    Outcomes outcomes(run_.directory.file("journal.jsonl"), run_.taken);
    auto cursor = run_.store.cursor();
    Row row;
    while (cursor.next(row)) take(row, outcomes);
  }

  void expect_rows() {
    each_row([this](const Row& row, Outcomes& outcomes) {
      if (row.admission != Admission::to_drop) return;
      const Result result = outcomes.of(row);
      if (is_verifiable(result.status)) rows_.expect(row.number, row.session_id, result.status);
      active_once_[row.number] = is_active_once(result);
    });
    rows_.expect_no_more();
  }

  void look(bool after_grace) {
    FetchSettings fetch = settings_.fetch;
    if (after_grace) fetch.not_before = parts_.clock.now() + settings_.grace;
    const FetchTally tally = fetch_sessions(fetch, parts_, rows_);
    verified_.at = parts_.clock.wall();
    verified_.listed = tally.sessions;
    if (tally.unreadable > 0)
      parts_.console.log(
          Level::warning,
          fmt::format("elements of the server's list that are no records, and prove nothing: {}",
                      grouped(tally.unreadable)));
    each_row([&](const Row& row, Outcomes& outcomes) {
      if (rows_.expects(row.number)) hold(row, outcomes, after_grace);
    });
  }

  void look_again() {
    parts_.console.log(
        Level::warning,
        fmt::format("{} that the server confirmed as gone {} still listed as active; looking again in {}",
                    sessions(doubtful_), doubtful_ == 1 ? "is" : "are", humane_duration(settings_.grace)));
    // Whatever comes in between, a kill as well, is told of as what it is.
    note_missing("the run was cut off before");
    run_.journal.sync();
    try {
      look(true);
    } catch (const Error&) {
      parts_.console.log(Level::error,
                         fmt::format("{} confirmed as gone may be alive all the same: the list had {} as "
                                     "active, and could not be had again",
                                     sessions(doubtful_), doubtful_ == 1 ? "it" : "them"));
      throw;
    }
    if (alive_after_all_ > kMostToldLoudly)
      parts_.console.log(Level::error,
                         fmt::format("… and {} more that were confirmed as gone and are still alive",
                                     grouped(alive_after_all_ - kMostToldLoudly)));
  }

  void note_missing(std::string_view why) {
    const WallTime now = parts_.clock.wall();
    run_.journal.note(kUnverifiedNote, unverified_json({now, std::string(why), doubtful_}), now);
  }

  void hold(const Row& row, Outcomes& outcomes, bool after_grace) {
    const Listing listing = rows_.listing(row.number);
    // What the list had before stands, but for a doubt about a session that has left it.
    if (listing == Listing::absent && !active_once_[row.number]) return;
    const Result result = outcomes.of(row);
    const bool gone = is_gone(result.status);
    const std::string words = gone && listing == Listing::ended ? "" : rows_.words(row.number);
    remember(row, listing, words);
    const auto changed = held_against(result, listing, after_grace, words);
    const bool was_doubt = active_once_[row.number];
    active_once_[row.number] = is_active_once(changed.value_or(result));
    if (active_once_[row.number]) ++doubtful_;
    if (!changed) return;
    // A doubt is no change yet, and none when the second list takes it back.
    const bool as_it_was = was_doubt && after_grace && is_gone(changed->status);
    if (!active_once_[row.number] && !as_it_was) ++changed_;
    run_.journal.result(*changed, parts_.clock.wall());
    if (was_doubt && changed->status == Status::failed && ++alive_after_all_ <= kMostToldLoudly)
      parts_.console.log(Level::error, fmt::format("session {} was confirmed as gone and is alive: {}",
                                                   printable(row.session_id), words));
  }

  void remember(const Row& row, Listing listing, const std::string& words) {
    said_[row.number] = listing;
    alive_.erase(row.number);
    if (listing != Listing::active) return;
    alive_.emplace(row.number, report::StillAlive{std::string(row.session_id), words});
    // A second list may take some away again: a few more than are shown are worth keeping, all are not.
    if (alive_.size() > 2 * report::kMostAliveShown) alive_.erase(std::prev(alive_.end()));
  }

  report::Verified result() {
    std::uint64_t listed_rows = 0;
    for (const Listing listing : said_) {
      if (listing == Listing::ended) ++verified_.ended;
      if (listing == Listing::active) ++verified_.still_alive;
      if (listing != Listing::absent) ++listed_rows;
    }
    verified_.not_listed = rows_.expected() - listed_rows;
    for (auto& [row, session] : alive_)
      if (verified_.alive.size() < report::kMostAliveShown) verified_.alive.push_back(std::move(session));
    return verified_;
  }

  void event(const std::string& text) { run_.journal.event("verify", text, parts_.clock.wall()); }

  const VerifySettings& settings_;
  const FetchParts& parts_;
  const SettledRun& run_;
  ListedRows rows_;
  std::vector<Listing> said_;      // of all lists so far, by row
  std::vector<bool> active_once_;  // by row: is_active_once()
  std::uint64_t doubtful_ = 0;     // that many, of the first list
  std::uint64_t alive_after_all_ = 0;
  std::uint64_t changed_ = 0;
  std::map<std::uint64_t, report::StillAlive> alive_;  // by row
  report::Verified verified_;
};

}  // namespace

Verification verify_rows(const VerifySettings& settings, const FetchParts& parts, const SettledRun& run,
                         Losses* losses) {
  Verification verification = Verifier(settings, parts, run, losses).go();
  give_back_memory();
  return verification;
}

}  // namespace bulkdrop::run
