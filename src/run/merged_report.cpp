#include "bulkdrop/run/merged_report.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/sha256.hpp"
#include "bulkdrop/report/json_writer.hpp"
#include "bulkdrop/run/job_shards.hpp"
#include "bulkdrop/run/pending_directory.hpp"
#include "bulkdrop/run/repeat_options.hpp"
#include "bulkdrop/run/reports.hpp"

namespace bulkdrop::run {
namespace {

constexpr std::size_t kRunIdDigits = 8;

// The same shards have the same one, whenever they are merged.
std::string run_id_of(const JobShards& shards) {
  Sha256 hash;
  for (const JobShards::One& one : shards.all()) hash.add(one.run->record().run_id + "\n");
  return hash.finish().substr(0, kRunIdDigits);
}

std::string absolute(const std::string& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

// All rows with one ID are in one shard: what each met adds up.
void add_protection(const record::RunRecord& run, std::vector<report::Protection>& sum) {
  for (std::size_t i = 0; i < std::min(sum.size(), run.protect_lists.size()); ++i) {
    const std::uint64_t met = run.protect_lists[i].found ? run.protect_lists[i].found->met : 0;
    sum[i].met += met;
    sum[i].unmet -= std::min(met, sum[i].unmet);
  }
}

// Its commands start where it was merged, which may be elsewhere than where the shards were started.
report::Summary summary_of_job(const JobShards& shards, const record::RunDirectory& directory) {
  const std::string here = working_directory();
  const record::RunRecord& first = shards.first().record();
  const record::JournalReader& journal = shards.all().front().outcomes->journal();
  report::Summary summary = summary_of(first, journal, directory);
  put_here(here, first, journal, summary);
  summary.origin.started_in = here;
  summary.origin.run_directory = directory.path();
  summary.run_id = run_id_of(shards);
  summary.merged = true;
  summary.origin.begun_by_other = false;  // the shards' own reports tell
  summary.origin.earlier_accounts.clear();
  for (const JobShards::One& one : shards.all()) {
    const record::RunRecord& run = one.run->record();
    summary.started_at = std::min(summary.started_at, run.started_at);
    if (run.reason != summary.reason) summary.reason.reset();
    if (&one != shards.all().data()) add_protection(run, summary.protect_lists);
    report::Origin& origin = summary.origin;
    const report::Origin its = origin_of(run, one.outcomes->journal());
    for (auto [all, of_this] :
         {std::pair{&origin.user, &its.user}, {&origin.host, &its.host}, {&origin.account, &its.account}})
      if (*all != *of_this) all->clear();
    origin.runs.push_back({input::text_of(one.run->shard()), run.run_id,
                           absolute(one.run->directory().path()), its.started_by()});
  }
  return summary;
}

// Of each shard, as if it were merged alone: when it ended and how.
std::vector<report::Summary> courses_of(const JobShards& shards) {
  const std::string here = working_directory();
  std::vector<report::Summary> courses;
  for (const JobShards::One& one : shards.all()) {
    const record::JournalReader& journal = one.outcomes->journal();
    report::Summary& course =
        courses.emplace_back(summary_of(one.run->record(), journal, one.run->directory()));
    put_here(here, one.run->record(), journal, course);
    course.counts = one.counts;
    add_course(one.outcomes->journal(), one.run->record(), *one.proof, course);
    if (std::string torn = torn_end(one.outcomes->journal(), one.run->directory().file("journal.jsonl"));
        !torn.empty())
      course.warnings.push_back(std::move(torn));
  }
  return courses;
}

// Into `sum`, which is that of the shards before.
void add_verified(const report::Verified& verified, report::Verified& sum) {
  if (verified.at > sum.at) {
    sum.at = verified.at;
    sum.listed = verified.listed;
  }
  sum.ended += verified.ended;
  sum.still_alive += verified.still_alive;
  sum.not_listed += verified.not_listed;
  sum.results_since += verified.results_since;
  for (const report::StillAlive& session : verified.alive)
    if (sum.alive.size() < report::kMostAliveShown) sum.alive.push_back(session);
}

void add_active_once(const report::ActiveOnce& one, report::ActiveOnce& sum) {
  sum.count += one.count;
  for (const report::StillAlive& session : one.first)
    if (sum.first.size() < report::kMostAliveShown) sum.first.push_back(session);
}

std::optional<report::Verified> verified_of(const std::vector<report::Summary>& courses) {
  report::Verified sum;
  for (const report::Summary& course : courses) {
    if (!course.verified) return std::nullopt;
    add_verified(*course.verified, sum);
  }
  return sum;
}

void add_courses(const JobShards& shards, report::Summary& summary) {
  const std::vector<report::Summary> courses = courses_of(shards);
  const report::Summary* first_stopped = nullptr;
  for (const report::Summary& course : courses)
    summary.warnings.insert(summary.warnings.end(), course.warnings.begin(), course.warnings.end());
  std::size_t watched = 0;
  for (const report::Summary& course : courses) {
    summary.finished_at = std::max(summary.finished_at, course.finished_at);
    summary.exit_code = std::max(summary.exit_code, course.exit_code);
    summary.cut_off = summary.cut_off || course.cut_off;
    summary.input_cut_off = summary.input_cut_off || course.input_cut_off;
    if (course.cut_off || course.stopped_by)
      summary.unfinished.push_back({course.run_directory, course.login_options});
    if (course.stopped_by && (first_stopped == nullptr || course.finished_at < first_stopped->finished_at))
      first_stopped = &course;
    if (course.watched) ++watched;
    add_active_once(course.active_once, summary.active_once);
    summary.requests_lost = summary.requests_lost || course.requests_lost;
    if (course.unproven && !summary.unproven)
      summary.unproven = fmt::format("{}: {}", course.run_directory, *course.unproven);
  }
  if (first_stopped != nullptr) {
    const auto number = static_cast<std::size_t>(first_stopped - courses.data());
    summary.exit_code = first_stopped->exit_code;
    summary.stopped_by = first_stopped->stopped_by;
    summary.stopped_by->message = fmt::format(
        "shard {}: {}", input::text_of(shards.all()[number].run->shard()), summary.stopped_by->message);
  }
  summary.verified = verified_of(courses);
  if (watched > 0)
    summary.warnings.push_back(
        fmt::format("{} of {} runs were watched with --watch: who came back stands in the summary and in "
                    "reconnected.csv of "
                    "each, and not in the merged report",
                    watched, courses.size()));
}

void write_merged_json(const JobShards& shards, const record::RunDirectory& directory,
                       const report::Summary& summary) {
  AtomicFile file(directory.file(record::kMergedFile));
  report::JsonWriter json(file.buffer(), true);
  json.begin_object();
  json.key("schema");
  json.integer(std::uint64_t{1});
  json.key("run_id");
  json.text(summary.run_id);
  json.key("runs");
  json.begin_array();
  for (const JobShards::One& one : shards.all()) {
    json.begin_object();
    json.key("shard");
    json.text(input::text_of(one.run->shard()));
    json.key("run_id");
    json.text(one.run->record().run_id);
    json.key("directory");
    json.text(absolute(one.run->directory().path()));
    json.key("rows");
    json.integer(one.rows);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  file.buffer() += '\n';
  file.commit();
}

}  // namespace

report::Summary merge_reports(const std::vector<std::string>& directories, const std::string& out,
                              WallTime now, Signals& signals) {
  PendingDirectory directory(out, now, record::new_run_id());
  JobShards shards(directories);
  report::Summary summary = summary_of_job(shards, directory.get());
  const StoredRun::Rows rows = shards.first().read_all_shards(signals, directory.get().path());
  std::vector<report::Span> working_time;
  for (const JobShards::One& one : shards.all()) add_working_time(one.outcomes->journal(), working_time);
  Page page = make_page(directory.get(), *rows.reader, summary.started_at, std::move(working_time));
  write_rows(
      directory.get(), *rows.store, *rows.reader, [&](const Row& row) { return shards.of(row); }, summary,
      page);
  if (summary.stopped_by) throw Error(ExitCode::run_directory, summary.stopped_by->message);
  shards.check_rows();
  add_courses(shards, summary);
  write_merged_json(shards, directory.get(), summary);
  write_totals(directory.get(), summary, page, nullptr);
  directory.keep();
  return summary;
}

}  // namespace bulkdrop::run
