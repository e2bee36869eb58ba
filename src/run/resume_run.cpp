#include "bulkdrop/run/resume_run.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

#include <fmt/format.h>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/run/notes.hpp"
#include "bulkdrop/run/resume_feed.hpp"

namespace bulkdrop::run {
namespace {

constexpr std::size_t kExamples = 3;

// What a resumed run has to do, before it begins.
struct Rest {
  std::uint64_t rows = 0;     // that will get a result
  std::uint64_t to_drop = 0;  // of these, to be sent
  std::uint64_t in_doubt = 0;
  std::uint64_t first = 0;  // the first of them
  std::uint64_t last = 0;
  std::vector<std::string> first_ids;
};

Rest rest_of(const record::RowStore& store, Outcomes& outcomes, const std::vector<Status>& retry) {
  Rest rest;
  ResumeFeed feed(store, outcomes, retry);
  Row row;
  while (feed.next(row) == Feed::Fed::row) {
    ++rest.rows;
    if (row.admission != Admission::to_drop) continue;
    if (rest.to_drop++ == 0) rest.first = row.number;
    rest.last = row.number;
    if (feed.past()->doubt) ++rest.in_doubt;
    if (rest.first_ids.size() < kExamples) rest.first_ids.emplace_back(row.session_id);
  }
  return rest;
}

// The run as it was, but for what is left of it.
Plan plan_of(const StoredRun& run, const CourseSettings& settings, const Rest& rest) {
  Plan plan = run.plan();
  plan.url = settings.endpoints.drop;
  plan.account = settings.account;
  plan.settled = plan.to_drop - rest.to_drop;
  plan.in_doubt = rest.in_doubt;
  plan.to_drop = rest.to_drop;
  plan.first_ids = rest.first_ids;
  return plan;
}

void tell_of_the_crash(const StoredRun& run, Console& console) {
  if (const std::string torn = torn_end(run.journal(), run.directory().file("journal.jsonl")); !torn.empty())
    console.log(Level::warning, torn);
}

}  // namespace

RunOutcome resume(StoredRun& run, const ResumeSettings& settings, const RunParts& parts) {
  run.read_rows(parts.signals, StoredRun::Extent::to_the_end);
  tell_of_the_crash(run, parts.console);
  Outcomes outcomes(run.directory().file("journal.jsonl"));
  const Rest rest = rest_of(run.store(), outcomes, settings.retry);
  RunOutcome outcome;
  if (rest.rows == 0 && run.journal().parts().back().ended) {
    parts.console.log(Level::info, "nothing is left to be done in this run: nothing was sent");
    outcome.summary = write_reports(run.read_run());
    outcome.exit_code = static_cast<ExitCode>(outcome.summary->exit_code);
    return outcome;
  }
  check_consent(settings.consent, plan_of(run, settings, rest), parts);
  pam::Credentials credentials = parts.credentials();
  Course course(settings, parts, credentials);
  record::RoomReserve room(run.directory().path(), room_for_reports(run.store().rows()));
  const auto journal = run.open_journal(course.wake());
  journal->part(kResumePart, settings.retry, parts.clock.wall());
  if (run.record().stream) {
    journal->note(kRowsNote, rows_json(run.store().rows()), parts.clock.wall());
    run.settle_input();
  }
  ResumeFeed feed(run.store(), outcomes, settings.retry);
  Course::Sending sending;
  sending.limits = limits_for(settings.limits, rest.to_drop);
  sending.store = &run.store();
  sending.rows = rest.rows;
  if (rest.to_drop > 0) sending.leases = {rest.first, (rest.last - rest.first + 1) / rest.to_drop};
  course.send(*journal, feed, sending);
  return course.conclude(run.read_run(), *journal, room);
}

}  // namespace bulkdrop::run
