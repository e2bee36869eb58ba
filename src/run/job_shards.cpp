#include "bulkdrop/run/job_shards.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/text.hpp"

namespace bulkdrop::run {
namespace {

// Options that say which rows there are.
constexpr std::array<std::string_view, 6> kOfTheRows = {"format",    "field",      "match",
                                                        "delimiter", "id-pattern", "protect"};
constexpr std::size_t kMostNamed = 20;

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ExitCode::usage, message);
}

const std::string& path_of(const StoredRun& run) {
  return run.directory().path();
}

std::string shown(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) text += (text.empty() ? "" : ", ") + printable(value);
  return text.empty() ? "not given" : text;
}

void check_not_named_twice(const std::vector<std::string>& directories) {
  std::set<std::string> seen;
  for (const std::string& directory : directories) {
    std::error_code unknown;
    const auto path = std::filesystem::canonical(directory, unknown);
    if (!unknown && !seen.insert(path.string()).second)
      refuse(fmt::format("{}: is named twice", printable(directory)));
  }
}

void check_same_input(const StoredRun& a, const StoredRun& b) {
  const auto differ = [&](const std::string& what) {
    refuse(fmt::format("{} and {} had other inputs: {}; only the shards of one job can be merged", path_of(a),
                       path_of(b), what));
  };
  const auto& ours = a.record().sources;
  const auto& theirs = b.record().sources;
  if (ours.size() != theirs.size()) differ(fmt::format("{} and {} files", ours.size(), theirs.size()));
  for (std::size_t i = 0; i < ours.size(); ++i)
    if (ours[i].sha256 != theirs[i].sha256)
      differ(fmt::format("the SHA-256 of {} is not that of {}", printable(ours[i].name),
                         printable(theirs[i].name)));
}

void check_same_protection(const StoredRun& a, const StoredRun& b) {
  const auto& ours = a.record().protect_lists;
  const auto& theirs = b.record().protect_lists;
  for (std::size_t i = 0; i < std::min(ours.size(), theirs.size()); ++i)
    if (ours[i].sha256 != theirs[i].sha256)
      refuse(fmt::format("{} and {} were run with other protect lists: the SHA-256 of {} is not that of {}",
                         path_of(a), path_of(b), printable(ours[i].name), printable(theirs[i].name)));
}

void check_same_job(const StoredRun& a, const StoredRun& b) {
  if (a.shard().is_whole() || b.shard().is_whole())
    refuse(
        fmt::format("{} is no shard: several runs can be merged if each took its part of one input, with "
                    "--shard I/N",
                    path_of(a.shard().is_whole() ? a : b)));
  if (a.shard().count != b.shard().count)
    refuse(fmt::format("{} is shard {}, and {} is shard {}: they are not of one job", path_of(a),
                       text_of(a.shard()), path_of(b), text_of(b.shard())));
  check_same_input(a, b);
  check_same_protection(a, b);
  if (a.record().url != b.record().url)
    refuse(fmt::format("{} and {} were run against other servers: {} and {}", path_of(a), path_of(b),
                       printable(a.record().url), printable(b.record().url)));
  for (const std::string_view name : kOfTheRows)
    if (a.option(name) != b.option(name))
      refuse(fmt::format("{} and {} were run with another --{} ({}; {}): their rows are not those of one job",
                         path_of(a), path_of(b), name, shown(a.option(name)), shown(b.option(name))));
}

// `shards` are in order.
void check_complete(const std::vector<JobShards::One>& shards) {
  const std::uint32_t count = shards.front().run->shard().count;
  std::vector<std::string> missing;
  std::uint32_t next = 0;
  for (std::size_t i = 0; i < shards.size(); ++i) {
    const StoredRun& run = *shards[i].run;
    if (i > 0 && run.shard() == shards[i - 1].run->shard())
      refuse(fmt::format("{} and {} are both shard {}: which of them counts?", path_of(*shards[i - 1].run),
                         path_of(run), text_of(run.shard())));
    for (; next < run.shard().index; ++next) missing.push_back(std::to_string(next + 1));
    ++next;
  }
  for (; next < count; ++next) missing.push_back(std::to_string(next + 1));
  if (missing.empty()) return;
  const std::size_t all = missing.size();
  missing.resize(std::min(all, kMostNamed));
  refuse(
      fmt::format("shard{} {}{} of {} {} missing: what became of {} rows can't be told; name all {} run "
                  "directories",
                  all == 1 ? "" : "s", fmt::join(missing, ", "), all > kMostNamed ? ", …" : "", count,
                  all == 1 ? "is" : "are", all == 1 ? "its" : "their", count));
}

}  // namespace

JobShards::JobShards(const std::vector<std::string>& directories) {
  check_not_named_twice(directories);
  for (const std::string& directory : directories) {
    One& one = shards_.emplace_back();
    one.run = std::make_unique<StoredRun>(directory);
    if (!one.run->read_to_the_end())
      refuse(
          fmt::format("{}: was stopped before its stream of input had ended, so which rows are its part "
                      "of the whole can't be told; its own report says what became of what it had read",
                      path_of(*one.run)));
    if (shards_.size() > 1) check_same_job(first(), *one.run);
  }
  std::sort(shards_.begin(), shards_.end(),
            [](const One& a, const One& b) { return a.run->shard().index < b.run->shard().index; });
  check_complete(shards_);
  for (One& one : shards_) {
    one.outcomes = std::make_unique<Outcomes>(one.run->directory().file("journal.jsonl"));
    one.proof.emplace(one.outcomes->journal());
  }
}

Result JobShards::of(const Row& row) {
  One& one = shards_[input::shard_of(row, static_cast<std::uint32_t>(shards_.size()))];
  Row own = row;
  own.number = one.rows++;
  if (row.admission == Admission::to_drop) ++one.to_drop;
  Result result = one.outcomes->of(own);
  if (row.admission == Admission::to_drop && result.session_id != row.session_id)
    throw Error(
        ExitCode::run_directory,
        fmt::format("{}: row {} of the journal is of session {}, and of {} in the input: they don't "
                    "belong together",
                    path_of(*one.run), own.number, printable(result.session_id), printable(row.session_id)));
  one.counts.add(result.status);
  one.proof->add(row, result);
  return result;
}

void JobShards::check_rows() const {
  for (const One& one : shards_) {
    const record::RunRecord& record = one.run->record();
    if (one.rows != record.rows || one.to_drop != record.to_drop)
      throw Error(ExitCode::bad_input,
                  fmt::format("{}: had {} rows and {} sessions to be dropped, and of the input as it is, {} "
                              "and {} are its part: a protect list changed",
                              path_of(*one.run), record.rows, record.to_drop, one.rows, one.to_drop));
  }
}

}  // namespace bulkdrop::run
