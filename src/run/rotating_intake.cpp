#include "bulkdrop/run/rotating_intake.hpp"

#include <memory>

#include <fmt/format.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/input/standard_input.hpp"
#include "bulkdrop/record/run_directory.hpp"
#include "bulkdrop/run/drop_part.hpp"

namespace bulkdrop::run {
namespace {

using RecordedOptions = std::vector<std::pair<std::string, std::string>>;

void set(RecordedOptions& options, std::string_view name, std::string value) {
  std::erase_if(options, [&](const auto& option) { return option.first == name; });
  options.emplace_back(name, std::move(value));
}

std::string path_in(const std::string& directory, const std::string& name) {
  if (directory.empty()) return name;
  return directory + (directory.ends_with('/') ? "" : "/") + name;
}

}  // namespace

RotatingIntake::RotatingIntake(const DropSettings& settings, const Clock& clock, Rotation& rotation)
    : settings_(settings),
      clock_(clock),
      rotation_(rotation),
      screen_(settings.protect_files, settings.input.id_pattern, settings.files) {
  begin(settings_.input);
}

bool RotatingIntake::next(Row& row) {
  if (std::exchange(cut_refused_, false) && !end_here()) return false;
  for (;;) {
    if (part_ == nullptr && !begin_next()) return false;
    if (part_->reader().next(row)) break;
    if (!end_here()) return false;
  }
  if (!known_) check_it_can_be_cut();
  known_ = true;
  screen_.admit(row);
  part_->store().append(row);
  row.number += rows_before_;
  return true;
}

// The reader came to an end of some kind. False: there is no next row.
bool RotatingIntake::end_here() {
  const std::lock_guard lock(mutex_);
  if (stopping_) return false;
  input::Reader& reader = part_->reader();
  if (reader.ended()) {
    read_out();
    return false;
  }
  if (auto rest = reader.cut()) {
    rest_ = std::move(rest);
    read_out();
  } else {
    cut_refused_ = true;  // asked for again behind the next row
    reader.resume();
  }
  return true;
}

void RotatingIntake::read_out() {
  part_->store().flush();
  rows_before_ += part_->store().rows();
  part_ = nullptr;
  rotation_.read_out();
}

bool RotatingIntake::begin_next() {
  if (rest_->rest.empty() && input::await_standard_input(waiting_) != input::Arrival::bytes) return false;
  screen_.forget();
  input::Options input = settings_.input;
  if (input.match.empty()) input.format = rest_->format;
  if (rest_->delimiter != 0) input.delimiter = rest_->delimiter;
  input.carried = rest_->header + rest_->rest;
  input.continued = true;
  const std::size_t unread = rest_->rest.size();
  try {
    begin(std::move(input));
  } catch (const Error& error) {
    if (unread == 0) throw;
    throw Error(error.code(),
                fmt::format("{}. {} bytes of standard input that were read for the next run stand "
                            "in no record",
                            error.what(), unread));
  }
  rest_->rest.clear();
  return true;
}

void RotatingIntake::begin(input::Options input) {
  const Moment now = clock_.moment();
  const std::string run_id = record::new_run_id();
  RecordedOptions recorded = settings_.recorded_options;
  if (++runs_ > 1) {
    // For whoever reads its input again: what was found out from lines that stand in another run.
    set(recorded, "part", std::to_string(runs_));
    if (input.match.empty()) set(recorded, "format", std::string(input::name(input.format)));
    if (input.format == input::Format::csv)
      set(recorded, "delimiter", *input.delimiter == '\t' ? "tab" : std::string(1, *input.delimiter));
  }
  auto part = std::make_unique<DropPart>(settings_, run_id,
                                         path_in(settings_.out, record::default_name(now.wall, run_id)),
                                         now.wall, std::move(input));
  Plan plan;
  plan.sources = part->reader().sources();
  plan.protect_lists = screen_.protect_lists();
  part->begin(plan, std::move(recorded), now.wall, rotation_.wake(), {});
  DropPart* const begun = part.get();
  rotation_.open(std::move(part), rows_before_, now.mono);
  const std::lock_guard lock(mutex_);
  part_ = begun;
  if (stopping_) part_->reader().interrupt();
}

void RotatingIntake::check_it_can_be_cut() const {
  const input::SourceInfo& source = part_->reader().sources().front();
  if (source.format == input::Format::json)
    throw Error(
        ExitCode::bad_input,
        "standard input is one JSON document, which --rotate can't cut between two rows: send JSON lines, "
        "or leave --rotate out");
  if (source.encoding != "utf-8")
    throw Error(
        ExitCode::bad_input,
        fmt::format("standard input is {} text, which --rotate can't cut: send UTF-8, or leave --rotate out",
                    source.encoding));
}

void RotatingIntake::finish() {
  const std::lock_guard lock(mutex_);
  if (part_ != nullptr) part_->store().flush();
}

void RotatingIntake::interrupt() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  waiting_.raise();
  if (part_ != nullptr) part_->reader().interrupt();
}

void RotatingIntake::cut() {
  const std::lock_guard lock(mutex_);
  if (part_ != nullptr && !stopping_) part_->reader().interrupt();
}

}  // namespace bulkdrop::run
