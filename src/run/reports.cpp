#include "bulkdrop/run/reports.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/histogram.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/report/tables.hpp"
#include "bulkdrop/run/account.hpp"
#include "bulkdrop/run/failures.hpp"
#include "bulkdrop/run/logins.hpp"
#include "bulkdrop/run/notes.hpp"
#include "bulkdrop/run/outcome.hpp"
#include "bulkdrop/run/pace_events.hpp"
#include "bulkdrop/run/particulars.hpp"
#include "bulkdrop/run/repeat_options.hpp"
#include "bulkdrop/run/sentences.hpp"

namespace bulkdrop::run {
namespace {

// The numbers of the summary that come from the rows.
class Totals {
 public:
  explicit Totals(WallTime started_at) : started_at_(started_at) {}

  void add(const Result& result) {
    counts_.add(result.status);
    errors_.add(result);
    sent_ += static_cast<std::uint64_t>(result.attempts);
    retries_ += static_cast<std::uint64_t>(std::max(0, result.attempts - 1));
    throttled_ += static_cast<std::uint64_t>(result.throttled);
    if (result.answer_us) latency_us_.add(static_cast<std::uint64_t>(*result.answer_us));
    if (result.status == Status::dropped && result.finished_at)
      contained_ms_.add(
          static_cast<std::uint64_t>(std::max<std::int64_t>(0, (*result.finished_at - started_at_).count())));
  }

  void put_into(report::Summary& summary) const {
    summary.counts = counts_;
    summary.errors = errors_.lines();
    summary.requests_sent = sent_;
    summary.requests_retries = retries_;
    summary.requests_throttled = throttled_;
    summary.latency_us = latency_us_;
    summary.contained_ms = contained_ms_;
  }

 private:
  WallTime started_at_;
  Counts counts_;
  report::ErrorTally errors_;
  std::uint64_t sent_ = 0;
  std::uint64_t retries_ = 0;
  std::uint64_t throttled_ = 0;
  Histogram latency_us_;
  Histogram contained_ms_;
};

// What keeps one report from being written keeps no other from it: the first is told of.
class Trouble {
 public:
  template <typename Work>
  bool survived(Work&& work) {
    try {
      work();
      return true;
    } catch (const Error& error) {
      if (!first_) first_ = error.what();
      return false;
    }
  }
  explicit operator bool() const { return first_.has_value(); }
  const std::string& operator*() const { return *first_; }

 private:
  std::optional<std::string> first_;
};

// The tables that can be written.
class Tables {
 public:
  Tables(const record::RunDirectory& directory, input::Reader& reader, Page& page, Trouble& trouble)
      : trouble_(trouble), particulars_(reader.sources()), page_(page) {
    trouble_.survived([&] { sessions_.emplace(directory.path()); });
    trouble_.survived([&] { failures_.emplace(directory.path(), reader); });
  }

  void add(const Row& row, const std::string& source, const Result& result) {
    if (sessions_ && !trouble_.survived([&] { sessions_->add(row, source, result); })) sessions_.reset();
    if (page_) page_->add(result);
    if (!may_be_alive(result.status)) return;
    Original original;
    if (failures_ && !trouble_.survived([&] { original = failures_->add(row); })) failures_.reset();
    if (page_ && !trouble_.survived([&] { add_to_page(row, result, original); })) page_.reset();
  }

  void commit(report::Summary& summary) {
    if (sessions_) trouble_.survived([&] { sessions_->commit(); });
    if (!failures_) return;
    trouble_.survived([&] { summary.failed_files = failures_->commit(); });
    summary.changed_inputs = failures_->changed_inputs();
    summary.warnings = summary.changed_inputs;
  }

 private:
  void add_to_page(const Row& row, const Result& result, const Original& original) {
    page_->add_alive(row, result,
                     page_->has_room() ? particulars_.of(row, result, original) : report::Particulars());
  }

  Trouble& trouble_;
  ParticularsReader particulars_;
  Page& page_;
  std::optional<report::SessionTables> sessions_;
  std::optional<Failures> failures_;
};

// Throws Error(run_directory) if the rows can't be read back.
void add_rows(const record::RunDirectory& directory, const record::RowStore& store, input::Reader& reader,
              const OutcomeOf& outcome_of, report::Summary& summary, Page& page, Trouble& trouble) {
  const auto& sources = reader.sources();
  Tables tables(directory, reader, page, trouble);
  Totals totals(summary.started_at);
  auto cursor = store.cursor();
  Row row;
  std::uint64_t rows = 0;
  for (; cursor.next(row); ++rows) {
    const Result result = outcome_of(row);
    totals.add(result);
    tables.add(row, sources[row.source].name, result);
  }
  if (rows != store.rows())
    throw Error(ExitCode::run_directory, fmt::format("{}: of {} rows that were read {} can be read back",
                                                     directory.path(), store.rows(), rows));
  tables.commit(summary);
  totals.put_into(summary);
  for (const input::SourceInfo& source : sources) {
    if (source.ignored_lines > 0) summary.ignored_lines.emplace_back(source.name, source.ignored_lines);
    if (!source.cut_off.empty()) summary.cut_inputs.push_back(source.cut_off);
    if (std::string quoted = input::quoted_rows(source); !quoted.empty())
      summary.quoted_rows.push_back(std::move(quoted));
  }
}

// Where the rows themselves can't be read back, the journal still knows what became of them.
void add_record(std::uint64_t rows, const OutcomeOf& outcome_of, report::Summary& summary,
                report::HtmlPage& page) {
  Totals totals(summary.started_at);
  Row row;
  for (row.number = 0; row.number < rows; ++row.number) {
    const Result result = outcome_of(row);
    totals.add(result);
    page.add(result);
  }
  totals.put_into(summary);
}

void note_trouble(const std::string& trouble, report::Summary& summary) {
  std::string message = summary.stopped_by ? sentences(summary.stopped_by->message, "Besides, not ") : "not ";
  message += fmt::format(
      "every report could be written: {}; one that stands there may be of before. When that is mended, "
      "`bulkdrop report {}` writes them",
      trouble, summary.run_directory);
  summary.stopped_by = Stop{StopKind::io, ExitCode::run_directory, std::move(message)};
  summary.exit_code = static_cast<int>(ExitCode::run_directory);
}

// What stood in a pipe when its reader was killed is gone, and nobody knows what it was.
bool lost_input(const std::vector<record::Part>& parts, const record::RunRecord& run) {
  const bool killed = std::any_of(parts.begin(), parts.end(), [](const record::Part& part) {
    return part.by == kDropPart && !part.ended;
  });
  return killed && run.stream &&
         std::any_of(run.sources.begin(), run.sources.end(), [](const record::SourceRecord& source) {
           return (source.name == "-" || !source.copy.empty()) && source.sha256.empty();
         });
}

// Between the end of each part that sends and the start of the next one.
std::chrono::milliseconds paused(const std::vector<record::Part>& parts) {
  std::chrono::milliseconds paused{};
  const record::Part* before = nullptr;
  for (const record::Part& part : parts) {
    if (!asks_for_rows(part)) continue;
    if (before != nullptr)
      paused +=
          std::max<std::chrono::milliseconds>(part.t - (before->ended ? before->ended_at : before->last), {});
    before = &part;
  }
  return paused;
}

}  // namespace

bool asks_for_rows(const record::Part& part) {
  return part.by == kDropPart || part.by == kResumePart;
}

std::string torn_end(const record::JournalReader& journal, const std::string& path) {
  const std::uint64_t torn = journal.torn_bytes();
  if (torn == 0) return {};
  return fmt::format(
      "the last {} of {} are torn, as a crash leaves them, and do not count; sessions whose record they may "
      "have held count as in doubt",
      torn == 1 ? "1 byte" : grouped(torn) + " bytes", path);
}

void add_course(const record::JournalReader& journal, const record::RunRecord& run,
                const ProofOnRecord& proof, report::Summary& summary) {
  const auto& parts = journal.parts();
  const auto sent = std::find_if(parts.rbegin(), parts.rend(), asks_for_rows);
  const bool cut_while_sending = sent == parts.rend() || !sent->ended;
  summary.cut_off = !parts.back().ended;
  summary.finished_at = cut_while_sending ? journal.last_time() : sent->ended_at;
  summary.input_cut_off = lost_input(parts, run);
  summary.paused = paused(parts);
  summary.requests_lost = std::any_of(parts.begin(), parts.end(), [](const record::Part& part) {
    return asks_for_rows(part) && !part.ended;
  });
  summary.watched = watched_note(journal);
  summary.exit_code = static_cast<int>(exit_code_of(summary.counts));
  // A stream had more to say, perhaps; and whoever asked for proof did not get it.
  const bool more_was_wanted = summary.cut_off && (run.stream || !cut_while_sending);
  if ((more_was_wanted || summary.input_cut_off) && summary.exit_code == static_cast<int>(ExitCode::all_gone))
    summary.exit_code = static_cast<int>(ExitCode::some_may_live);
  const auto last =
      std::find_if(parts.rbegin(), parts.rend(), [](const record::Part& part) { return part.ended; });
  if (!summary.cut_off && last != parts.rend()) {
    summary.stopped_by = last->stop;
    // What a part ends with although every row were gone.
    if (last->exit_code != 0) summary.exit_code = last->exit_code;
  }
  proof.put_into(summary, run);
  if (summary.unproven && summary.exit_code == static_cast<int>(ExitCode::all_gone))
    summary.exit_code = static_cast<int>(ExitCode::some_may_live);
}

namespace {

void repeat(const RecordedOptions& options, report::Summary& summary) {
  summary.repeat_options = repeat_options(options);
  summary.login_options = login_options(options);
  summary.verify_options = verify_options(options);
}

}  // namespace

report::Origin origin_of(const record::RunRecord& run) {
  report::Origin origin;
  if (run.directory != ".") origin.started_in = run.directory;
  origin.run_directory = run.run_directory;
  origin.user = run.user;
  origin.host = run.host;
  origin.account = run.account;
  for (const record::SourceRecord& source : run.sources)
    origin.inputs.push_back({source.name, source.sha256, source.name == "-" || !source.copy.empty()});
  return origin;
}

report::Origin origin_of(const record::RunRecord& run, const record::JournalReader& journal) {
  report::Origin origin = origin_of(run);
  if (const auto login = login_note(journal)) {
    origin.account = account_of(login->options);
    // The same file may be named in two ways.
    origin.begun_by_other = account_of(with_whole_names(login->options, run.directory)) !=
                            account_of(with_whole_names(run.options, run.directory));
    origin.earlier_accounts = earlier_accounts(run, journal);
  }
  return origin;
}

report::Summary summary_of(const record::RunRecord& run, const record::JournalReader& journal,
                           const record::RunDirectory& directory) {
  report::Summary summary;
  summary.run_id = run.run_id;
  summary.version = run.version;
  summary.url = run.url;
  summary.reason = run.reason;
  summary.started_at = run.started_at;
  summary.run_directory = directory.path();
  summary.origin = origin_of(run, journal);
  for (const record::ProtectRecord& list : run.protect_lists)
    if (list.found) summary.protect_lists.push_back({list.name, list.found->met, list.found->unmet});
  repeat(last_options(run, journal), summary);
  return summary;
}

void put_here(const std::string& here, const record::RunRecord& run, const record::JournalReader& journal,
              report::Summary& summary) {
  repeat(as_typed(last_options(run, journal), run.directory, here), summary);
  if (run.directory == "." || run.directory == here) return;
  for (report::InputOrigin& input : summary.origin.inputs)
    input.name = input::resolved(input.name, run.directory);
}

void add_working_time(const record::JournalReader& journal, std::vector<report::Span>& spans) {
  for (const record::Part& part : journal.parts())
    if (asks_for_rows(part)) spans.push_back({part.t, part.ended ? part.ended_at : part.last});
}

Page make_page(const record::RunDirectory& directory, const input::Reader& reader, WallTime started_at,
               std::vector<report::Span> working_time) {
  std::vector<std::string> sources;
  for (const input::SourceInfo& source : reader.sources()) sources.push_back(source.name);
  return Page(std::in_place, directory.path(), started_at, report::Timeline(std::move(working_time)),
              std::move(sources));
}

void write_rows(const record::RunDirectory& directory, const record::RowStore& store, input::Reader& reader,
                const OutcomeOf& outcome_of, report::Summary& summary, Page& page) {
  Trouble trouble;
  add_rows(directory, store, reader, outcome_of, summary, page, trouble);
  if (trouble) note_trouble(*trouble, summary);
}

report::Summary write_reports(const ReadRun& run, const StillOpen& open) {
  report::PaceHistory pace;
  Outcomes outcomes(run.directory.file("journal.jsonl"), open.taken, open.durable_bytes,
                    [&](const record::Event& event) { add_event(event, pace); });
  ProofOnRecord proof(outcomes.journal());
  const OutcomeOf outcome_of = [&](const Row& row) {
    Result result = outcomes.of(row);
    proof.add(row, result);
    return result;
  };
  report::Summary summary = summary_of(run.record, outcomes.journal(), run.directory);
  std::vector<report::Span> working_time;
  add_working_time(outcomes.journal(), working_time);
  Page page = make_page(run.directory, run.reader, summary.started_at, working_time);
  Trouble trouble;
  if (!trouble.survived(
          [&] { add_rows(run.directory, run.store, run.reader, outcome_of, summary, page, trouble); })) {
    page = make_page(run.directory, run.reader, summary.started_at, working_time);
    proof = ProofOnRecord(outcomes.journal());
    add_record(run.store.rows(), outcome_of, summary, *page);
  }
  add_course(outcomes.journal(), run.record, proof, summary);
  // Of a run that is going on, it is the trouble that it stops for.
  if (std::string torn = torn_end(outcomes.journal(), run.directory.file("journal.jsonl"));
      !torn.empty() && !open.stop)
    summary.warnings.push_back(std::move(torn));
  if (open.stop) {
    summary.cut_off = false;
    summary.stopped_by = open.stop;
    summary.exit_code = static_cast<int>(open.stop->exit_code);
  }
  if (trouble) note_trouble(*trouble, summary);
  write_totals(run.directory, summary, page, &pace);
  put_here(working_directory(), run.record, outcomes.journal(), summary);
  return summary;
}

void write_totals(const record::RunDirectory& directory, report::Summary& summary, const Page& page,
                  const report::PaceHistory* pace) {
  Trouble trouble;
  if (page) trouble.survived([&] { page->write(summary, pace); });
  if (trouble) note_trouble(*trouble, summary);
  Trouble more;
  more.survived([&] {
    AtomicFile file(directory.file("summary.json"));
    file.buffer() = report::to_json(summary, true);
    file.commit();
  });
  if (more) note_trouble(*more, summary);
}

}  // namespace bulkdrop::run
