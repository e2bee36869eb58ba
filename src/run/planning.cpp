#include "bulkdrop/run/planning.hpp"

#include <algorithm>
#include <filesystem>
#include <limits>

#include <fmt/format.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/sha256.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/report/tables.hpp"

namespace bulkdrop::run {
namespace {

constexpr std::size_t kExamples = 3;

}  // namespace

record::SourceRecord source_record(const input::SourceInfo& source) {
  return {source.name,     std::string(input::name(source.format)),
          source.encoding, source.field,
          source.bytes,    source.rows,
          source.sha256,   std::filesystem::path(source.copy).filename().string()};
}

void check_planned(const record::PlanFile& planned, const Plan& plan) {
  const auto differs = [](const std::string& what) {
    throw Error(ExitCode::bad_input,
                fmt::format("{}: this is not what was planned, and nothing was sent; make a new plan", what));
  };
  const auto& sources = planned.run.sources;
  if (sources.size() != plan.sources.size())
    differs(fmt::format("{} inputs instead of {}", plan.sources.size(), sources.size()));
  for (std::size_t i = 0; i < sources.size(); ++i)
    if (sources[i].sha256 != plan.sources[i].sha256)
      differs(fmt::format("{} has other content than it had (SHA-256)",
                          plan.sources[i].name == "-" ? "standard input" : printable(plan.sources[i].name)));
  const auto& lists = planned.run.protect_lists;
  if (lists.size() != plan.protect_lists.size())
    differs(fmt::format("{} protect lists instead of {}", plan.protect_lists.size(), lists.size()));
  for (std::size_t i = 0; i < lists.size(); ++i)
    if (lists[i].sha256 != plan.protect_lists[i].sha256)
      differs(fmt::format("protect list {} has other content than it had (SHA-256)",
                          printable(plan.protect_lists[i].file)));
  if (plan.rows != planned.run.rows || plan.to_drop != planned.run.to_drop)
    differs(fmt::format("{} rows with {} sessions to drop instead of {} with {}", plan.rows, plan.to_drop,
                        planned.run.rows, planned.run.to_drop));
  if (plan.sessions_sha256 != planned.sessions_sha256)
    differs(fmt::format("as many sessions are to be dropped, {}, but other ones", plan.to_drop));
}

Terms terms_of(const CourseSettings& settings, const Consent& consent,
               const std::optional<std::string>& reason) {
  Terms terms;
  terms.reason = reason;
  terms.limits = settings.limits;
  terms.max_sessions = consent.max_sessions;
  terms.verify = settings.verify.has_value();
  if (settings.watch) terms.watch = settings.watch->length;
  return terms;
}

WrittenPlan written_plan(const record::PlanFile& plan, const std::string& file) {
  const report::Origin made = origin_of(plan.run);
  return {file, plan.created_at, made.started_by(), plan.sha256};
}

Error stopped_before_sending(const Signals& signals) {
  const int number = signals.stop_signal();
  return {exit_code_of_signal(number),
          fmt::format("stopped by {} before anything was sent", signal_name(number))};
}

Plan read_all(input::Reader& reader, input::Screen& screen, const Reading& reading, Signals& signals) {
  const WakeWhileHere waking(signals, [&reader, &signals] {
    if (signals.stops() > 0) reader.interrupt();
  });
  Plan plan;
  plan.shard = reader.shard();
  WhoseReader whose(kExamples);
  if (reading.whose) reader.want(WhoseReader::wanted_members());
  const std::uint64_t most = reading.most.value_or(std::numeric_limits<std::uint64_t>::max());
  std::optional<Sha256> sessions;
  if (reading.sessions_digest) sessions.emplace();
  const auto take = [&](Row& row) {
    row.number = plan.rows++;
    if (reading.store != nullptr) reading.store->append(row);
    if (reading.see) reading.see(row, reader.sources());
    switch (row.admission) {
      case Admission::to_drop:
        if (plan.to_drop++ < kExamples) plan.first_ids.emplace_back(row.session_id);
        if (reading.whose) whose.add(row, reader.sources());
        if (sessions) {
          sessions->add(row.session_id);
          sessions->add("\n");
        }
        break;
      case Admission::invalid:
        if (plan.invalid++ < kExamples)
          plan.invalid_examples.push_back(fmt::format("{}:{}: {}", reader.sources()[row.source].name,
                                                      row.line, shortened(printable(row.message), 200)));
        break;
      case Admission::duplicate:
        ++plan.duplicate;
        break;
      case Admission::protected_:
        ++plan.protected_;
        break;
    }
  };
  while (signals.stops() == 0 && plan.rows < most) {
    const auto rows = reader.next_rows(std::min<std::uint64_t>(most - plan.rows, input::Reader::kMostAtOnce));
    if (rows.empty()) break;
    if (const auto share = reader.share_read()) screen.expect_rest(*share);
    screen.admit(rows);
    for (Row& row : rows) take(row);
  }
  if (signals.stops() > 0) throw stopped_before_sending(signals);
  if (reading.store != nullptr) reading.store->flush();
  if (sessions) plan.sessions_sha256 = sessions->finish();
  if (reading.whose) plan.whose = whose.take();
  plan.sources = reader.sources();
  plan.protect_lists = screen.protect_lists();
  return plan;
}

namespace {

std::string shown_name(const input::SourceInfo& source) {
  return source.name == "-" ? "standard input" : printable(source.name);
}

// What was dropped stands in it, too, and would be asked for again.
void note_session_tables(const std::vector<input::SourceInfo>& sources, std::vector<std::string>& all) {
  for (const input::SourceInfo& source : sources)
    if (report::is_session_table(source.columns) || report::is_session_line(source.first_record))
      all.push_back(fmt::format(
          "{} is what a run wrote of all its sessions, those that are gone included: "
          "`bulkdrop resume DIRECTORY` goes on with the rest, and failed.csv beside it holds them",
          shown_name(source)));
}

void note_matches(const std::vector<input::SourceInfo>& sources, std::vector<std::string>& all) {
  const auto matched = [](const input::SourceInfo& source) {
    return source.format == input::Format::match && source.rows > 0;
  };
  // Of several logs, some may well be without a session.
  if (std::any_of(sources.begin(), sources.end(), matched)) return;
  for (const input::SourceInfo& source : sources)
    if (source.format == input::Format::match && source.ignored_lines > 0)
      all.push_back(fmt::format("--match matched none of {} line{} of {}", grouped(source.ignored_lines),
                                source.ignored_lines == 1 ? "" : "s", shown_name(source)));
}

}  // namespace

std::vector<std::string> oddities(const std::vector<input::SourceInfo>& sources) {
  std::vector<std::string> all;
  note_session_tables(sources, all);
  note_matches(sources, all);
  return all;
}

namespace {

// A header alone says that there was nothing to export, and so does a document without sessions.
bool has_blank_lines_only(const input::SourceInfo& source) {
  return source.rows == 0 && source.ignored_lines == 0 && source.columns.empty() &&
         source.format != input::Format::json && source.format != input::Format::match;
}

}  // namespace

std::vector<std::string> empty_inputs(const std::vector<input::SourceInfo>& sources) {
  std::vector<std::string> all;
  for (const input::SourceInfo& source : sources)
    if (source.bytes == 0 || has_blank_lines_only(source))
      all.push_back(fmt::format("{} {}, without even a header: did what wrote it fail?",
                                source.name == "-" ? "standard input" : source.name,
                                source.bytes == 0 ? "is empty" : "holds no more than blank lines"));
  return all;
}

std::vector<std::string> quoted_rows(const std::vector<input::SourceInfo>& sources) {
  std::vector<std::string> all;
  for (const input::SourceInfo& source : sources)
    if (std::string rows = input::quoted_rows(source); !rows.empty()) all.push_back(std::move(rows));
  return all;
}

std::vector<std::string> what_may_be_missing(const std::vector<input::SourceInfo>& sources) {
  std::vector<std::string> all = cut_inputs(sources);
  for (std::string& rows : quoted_rows(sources)) all.push_back(std::move(rows));
  for (std::string& ids : odd_ids(sources)) all.push_back(std::move(ids));
  return all;
}

std::vector<std::string> odd_ids(const std::vector<input::SourceInfo>& sources) {
  std::vector<std::string> all;
  for (const input::SourceInfo& source : sources)
    if (!source.odd_ids.empty()) all.push_back(source.odd_ids);
  return all;
}

std::vector<std::string> cut_inputs(const std::vector<input::SourceInfo>& sources) {
  std::vector<std::string> all;
  for (const input::SourceInfo& source : sources)
    if (!source.cut_off.empty()) all.push_back(source.cut_off);
  return all;
}

}  // namespace bulkdrop::run
