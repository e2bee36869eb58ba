#include "bulkdrop/run/resume_run.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/report/findings.hpp"
#include "bulkdrop/run/before_sending.hpp"
#include "bulkdrop/run/logins.hpp"
#include "bulkdrop/run/notes.hpp"
#include "bulkdrop/run/planning.hpp"
#include "bulkdrop/run/report_room.hpp"
#include "bulkdrop/run/resume_feed.hpp"
#include "bulkdrop/run/verification.hpp"

namespace bulkdrop::run {
namespace {

constexpr std::size_t kExamples = 3;

}  // namespace

Resumption::Resumption(StoredRun& run, const ResumeSettings& settings, const RunParts& parts)
    : run_(run), settings_(settings), parts_(parts), outcomes_(run.directory().file("journal.jsonl")) {
  rest_ = read_rest();
  tell_of_the_crash();
  finished_ = rest_.rows == 0 && has_ended();
}

Resumption::Rest Resumption::read_rest() {
  Rest rest;
  WhoseReader whose(kExamples);
  const auto see = [&](const Row& row, const std::vector<input::SourceInfo>& sources) {
    const auto past = left_of(row, outcomes_, settings_.retry);
    if (!past) return;
    ++rest.rows;
    if (row.admission != Admission::to_drop) return;
    if (rest.to_drop++ == 0) rest.first = row.number;
    rest.last = row.number;
    if (past->doubt) ++rest.in_doubt;
    if (rest.first_ids.size() < kExamples) rest.first_ids.emplace_back(row.session_id);
    const bool is_listed = past->doubt_reason == Reason::still_alive;
    whose.add(row, sources, is_listed ? listed_particulars(past->doubt_message) : report::Particulars());
  };
  before_sending([&] { run_.read_rows(parts_.signals, StoredRun::Extent::to_the_end, see); });
  rest.whose = whose.take();
  return rest;
}

// A run that was stopped when nothing was left to be sent has not had its end, nor one that lacks its proof.
bool Resumption::has_ended() const {
  const record::Part& last = run_.journal().parts().back();
  if (!last.ended || last.stop) return false;
  if (settings_.watch && !watched_note(run_.journal())) return false;
  return !settings_.verify || ProofOnRecord(run_.journal()).is_there();
}

// The run as it was, but for what is left of it.
Plan Resumption::plan(const std::string& account) const {
  Plan plan = run_.plan();
  plan.url = settings_.endpoints.drop;
  plan.account = account;
  plan.settled = plan.to_drop - rest_.to_drop;
  plan.in_doubt = rest_.in_doubt;
  plan.to_drop = rest_.to_drop;
  plan.first_ids = rest_.first_ids;
  plan.whose = rest_.whose;
  plan.terms = terms_of(settings_, settings_.consent, run_.record().reason);
  return plan;
}

void Resumption::tell_of_the_crash() const {
  if (const std::string torn = torn_end(run_.journal(), run_.directory().file("journal.jsonl"));
      !torn.empty())
    parts_.console.log(Level::warning, torn);
}

RunOutcome Resumption::finish() {
  parts_.console.log(Level::info, "nothing is left to be done in this run: nothing was sent");
  RunOutcome outcome;
  outcome.summary = write_reports(run_.read_run());
  if (const std::string hint = report::retry_hint(*outcome.summary); !hint.empty())
    parts_.console.log(Level::info, hint);
  outcome.exit_code = static_cast<ExitCode>(outcome.summary->exit_code);
  return outcome;
}

RunOutcome Resumption::dry_run() const {
  RunOutcome outcome;
  outcome.dry_run = plan("");
  check_counts(settings_.consent, *outcome.dry_run);
  return outcome;
}

// The reports that are there go only where there is no room for them and the new ones.
record::RoomReserve Resumption::reserve_room() const {
  const record::RunDirectory& directory = run_.directory();
  const std::uint64_t rows = run_.store().rows();
  const record::Part& last = run_.journal().parts().back();
  const bool reported = last.ended && !(last.stop && last.stop->kind == StopKind::io);
  // A list has something to say of any row.
  const bool others_stay = reported && !settings_.verify;
  return before_sending([&]() -> record::RoomReserve {
    return {directory.path(),
            others_stay ? room_for_reports_again(rows, rest_.rows, directory) : room_for_reports(rows),
            directory.reports(), room_for_record(rest_.to_drop)};
  });
}

RunOutcome Resumption::go(const std::string& account) {
  check_consent(settings_.consent, plan(account), parts_);
  pam::Credentials credentials = parts_.credentials();
  Course course(settings_, parts_, credentials);
  record::RoomReserve room = reserve_room();
  if (parts_.confine) parts_.confine(run_.directory().path());
  const auto journal = run_.open_journal(course.wake());
  journal->part(kResumePart, settings_.retry, parts_.clock.wall());
  note_login(run_, settings_.login, *journal, parts_.clock.wall());
  if (run_.record().stream) {
    journal->note(kRowsNote, rows_json(run_.store().rows()), parts_.clock.wall());
    run_.settle_input();
  }
  ResumeFeed feed(run_.store(), outcomes_, settings_.retry);
  Course::Sending sending;
  sending.limits = limits_for(settings_.limits, rest_.to_drop);
  if (run_.plan().to_drop > rest_.to_drop) sending.limits.first_answer.reset();  // it has answered
  sending.store = &run_.store();
  sending.rows = rest_.rows;
  if (rest_.to_drop > 0) sending.leases = {rest_.first, (rest_.last - rest_.first + 1) / rest_.to_drop};
  course.send(*journal, feed, sending);
  return course.conclude(run_.read_run(), *journal, room);
}

}  // namespace bulkdrop::run
