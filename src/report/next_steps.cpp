#include <algorithm>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "bulkdrop/core/column_hint.hpp"
#include "bulkdrop/core/shell_word.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/report/findings.hpp"
#include "bulkdrop/report/stream.hpp"
#include "bulkdrop/report/words.hpp"

namespace bulkdrop::report {
namespace {

constexpr std::size_t kMaxResumeCommands = 8;
constexpr std::size_t kMostInputsNamed = 8;

std::string in_front_of_options(const std::string& path) {
  return (path.starts_with('-') ? "./" : "") + printable(path);
}

// Names in a command, also those of files with secrets, start where the run was started.
std::string in_its_place(const Summary& summary, const std::string& command) {
  if (summary.commands_start_in.empty()) return command;
  return fmt::format("cd {} && {}", shell_word(printable(summary.commands_start_in)), command);
}

// JSON lines are told to be such, since a damaged first line would not show it.
std::string drop_command(const Summary& summary, const std::vector<std::string>& options,
                         const std::string& file) {
  std::string directory = in_front_of_options(summary.run_directory);
  if (!directory.empty() && !directory.ends_with('/')) directory += '/';
  std::string command = in_its_place(summary, "bulkdrop drop --url " + shell_word(printable(summary.url)));
  for (const std::string& option : options) command += " " + shell_word(printable(option));
  if (file.ends_with(".jsonl")) command += " --format jsonl";
  return command + " " + shell_word(directory + file);
}

bool has_error(const Summary& summary, Reason reason) {
  return std::any_of(summary.errors.begin(), summary.errors.end(),
                     [&](const ErrorLine& error) { return error.reason == reason; });
}

// Only the list tells what became of them, and no list was asked since.
bool is_unsettled(const Summary& summary) {
  return (!summary.verified || summary.verified->results_since > 0) &&
         (summary.counts.of(Status::unknown) > 0 || has_error(summary, Reason::drop_error));
}

std::vector<std::string> repeat_commands(const Summary& summary) {
  std::vector<std::string> options = summary.repeat_options;
  // What is no run can't be verified itself.
  if (summary.merged && is_unsettled(summary)) options.emplace_back("--verify");
  std::vector<std::string> commands;
  for (const std::string& file : summary.failed_files)
    commands.push_back(drop_command(summary, options, file));
  return commands;
}

// Our own file's columns are not those of the run's input.
std::string reconnected_command(const Summary& summary) {
  std::vector<std::string> options = summary.repeat_options;
  if (const auto field = std::find(options.begin(), options.end(), "--field"); field != options.end())
    options.erase(field, field + 2);
  return drop_command(summary, options, kReconnectedFile);
}

std::string run_command(const Summary& summary, std::string_view what, const std::string& directory,
                        const std::vector<std::string>& options) {
  std::string command =
      in_its_place(summary, fmt::format("bulkdrop {} {}", what, shell_word(in_front_of_options(directory))));
  for (const std::string& option : options) command += " " + shell_word(printable(option));
  return command;
}

// Of the rows that `resume` leaves alone unless it is told: `failed`, `unknown` or both; empty if there are
// none.
std::string retried(const Counts& counts) {
  std::string statuses;
  for (const Status status : {Status::failed, Status::unknown})
    if (counts.of(status) > 0) statuses += (statuses.empty() ? "" : ",") + std::string(name(status));
  return statuses;
}

std::string retry_command(const Summary& summary, const std::string& statuses) {
  std::vector<std::string> options = {"--retry", statuses};
  options.insert(options.end(), summary.login_options.begin(), summary.login_options.end());
  return run_command(summary, "resume", summary.run_directory, options);
}

std::optional<Step> verify_step(const Summary& summary, bool goes_on) {
  if (summary.merged) return std::nullopt;
  std::string_view why;
  if (summary.unproven && !goes_on) {
    why = "Get the proof that was asked for from the server's session list";
  } else if (is_unsettled(summary)) {
    why = "Ask the server's session list which of these are gone already";
  } else if (summary.verified && summary.verified->results_since > 0) {
    why = "Verify again, since the session list is older than the last results";
  } else {
    return std::nullopt;
  }
  return Step{fmt::format("{}, with the sign-in options of this run:", why),
              {run_command(summary, "verify", summary.run_directory, summary.verify_options)},
              ""};
}

constexpr std::string_view kCorrectFirst =
    " (rows without a usable ID are in the same file; correct them first)";

// The same rows would be refused again: not they are wrong, but where their IDs were looked for.
Step another_field_step(const Summary& summary) {
  const auto field = std::find(summary.repeat_options.begin(), summary.repeat_options.end(), "--field");
  std::string_view column;
  for (const ErrorLine& error : summary.errors)
    if (column.empty()) column = hinted_column(error.message);
  Step step;
  if (!column.empty())
    step.text = fmt::format(
        "No row has a usable ID in the field that --field names, but the column \"{}\" has: name that one. "
        "What "
        "would be read",
        printable(column));
  else if (field != summary.repeat_options.end() && field + 1 != summary.repeat_options.end())
    step.text = fmt::format(
        "No row has a usable ID in what --field {} names. Name the field that holds the session IDs with "
        "another --field; without it, bulkdrop looks for the field by its usual names, and lists all fields "
        "if it finds none",
        printable(field[1]));
  else
    step.text =
        "No row has a usable ID: sessions.csv says what is wrong with each. Name the field that holds the "
        "session IDs with --field, or with --id-pattern what they look like. What would be read";
  const auto& inputs = summary.origin.inputs;
  const bool can_be_read_again = !inputs.empty() && inputs.size() <= kMostInputsNamed &&
                                 std::none_of(inputs.begin(), inputs.end(), [](const InputOrigin& input) {
                                   return input.name == "-" || input.is_gone;
                                 });
  step.text += can_be_read_again ? ":" : ".";
  if (!can_be_read_again) return step;
  std::string command = in_its_place(summary, "bulkdrop drop --dry-run");
  if (!column.empty()) command += " --field " + shell_word(printable(column));
  for (const InputOrigin& input : inputs) command += " " + shell_word(in_front_of_options(input.name));
  step.commands.push_back(std::move(command));
  return step;
}

// A run that came to its end.
void add_repeat_steps(const Summary& summary, const Outcome& outcome, std::vector<Step>& steps) {
  const bool retries = !summary.merged && has_error(summary, Reason::still_alive);
  if (retries) {
    steps.push_back(
        {"Send what may still be alive again, with the sign-in options of this run; what is listed as alive "
         "even then, end by hand in the product's console:",
         {retry_command(summary, "failed,unknown")},
         ""});
  } else if (outcome.alive > 0) {
    steps.push_back(
        {fmt::format("{} what may still be alive again, with the sign-in options of this run{}:",
                     steps.empty() ? "Send" : "Then send", outcome.invalid > 0 ? kCorrectFirst : ""),
         repeat_commands(summary), ""});
    if (const std::string statuses = retried(summary.counts); !statuses.empty() && !summary.merged)
      steps.push_back({"Or ask for them again in this run, whose reports then have what became of them:",
                       {retry_command(summary, statuses)},
                       ""});
    return;
  }
  if (outcome.invalid > 0)
    steps.push_back(
        {"Correct the rows without a usable ID, then send them, with the sign-in options of this run:",
         repeat_commands(summary), ""});
}

bool stopped_with(const Summary& summary, std::string_view words) {
  return summary.stopped_by && summary.stopped_by->kind == StopKind::outage &&
         summary.stopped_by->message.find(words) != std::string::npos;
}

// What of --url may be wrong; empty where there was a server.
std::string_view doubtful_part_of_url(const Summary& summary) {
  if (stopped_with(summary, "the host name in --url can't be resolved")) return "name";
  return stopped_with(summary, "the server never answered") ? "host and port" : "";
}

// What stopped it would stop it again.
std::string before_going_on(const Summary& summary) {
  if (!summary.stopped_by) return "";
  switch (summary.stopped_by->kind) {
    case StopKind::config:
      return "When that is mended (another server needs a run of its own: drop again with the right --url), ";
    case StopKind::auth:
      return "When the login or its permission is mended, ";
    case StopKind::io:
      return "When there is room and the directory can be written, ";
    case StopKind::outage:
      if (const auto part = doubtful_part_of_url(summary); !part.empty())
        return fmt::format(
            "First look at the {} in --url: if that is wrong, the right server needs a run of its own: drop "
            "again with the right --url. If it is right, ",
            part);
      return "";
    case StopKind::max_failures:
      return "First look at what failed. If that does not matter, add a higher --max-failures to the "
             "command: "
             "with the same one it stops again after as many. Then ";
    default:
      return "";
  }
}

bool stopped_by(const Summary& summary, StopKind kind) {
  return summary.stopped_by && summary.stopped_by->kind == kind;
}

Step resume_step(const Summary& summary) {
  if (summary.unfinished.empty()) {
    const std::string before = before_going_on(summary);
    return {fmt::format("{}{} on with this run where it stopped, with its sign-in options:", before,
                        before.empty() ? "Go" : "go"),
            {run_command(summary, "resume", summary.run_directory, summary.login_options)},
            ""};
  }
  Step step{"Go on with each run where it stopped, with its sign-in options, then merge again:", {}, ""};
  const std::size_t shown = std::min(summary.unfinished.size(), kMaxResumeCommands);
  for (std::size_t i = 0; i < shown; ++i)
    step.commands.push_back(
        run_command(summary, "resume", summary.unfinished[i].directory, summary.unfinished[i].login_options));
  if (summary.unfinished.size() > shown)
    step.more = fmt::format("… and {} more: see merged.json",
                            counted(summary.unfinished.size() - shown, "run", "runs"));
  return step;
}

}  // namespace

StreamRun stream_run(const Summary& summary) {
  StreamRun run{summary.run_directory, summary.exit_code, summary.counts, ""};
  const Outcome outcome(summary.counts);
  if (outcome.alive > 0 && (summary.cut_off || summary.stopped_by))
    run.command = run_command(summary, "resume", summary.run_directory, summary.login_options);
  else if (outcome.alive > 0)
    run.command = run_command(summary, "verify", summary.run_directory, summary.verify_options);
  return run;
}

std::string retry_hint(const Summary& summary) {
  const std::string statuses = retried(summary.counts);
  if (statuses.empty() || summary.merged) return {};
  std::string rows;
  for (const Status status : {Status::failed, Status::unknown})
    if (const std::uint64_t count = summary.counts.of(status); count > 0)
      rows += fmt::format("{}{} {}", rows.empty() ? "" : ", ", grouped(count), name(status));
  return fmt::format("{}: `{}` asks for them again", rows, retry_command(summary, statuses));
}

std::vector<Step> next_steps(const Summary& summary) {
  const Outcome outcome(summary.counts);
  std::vector<Step> steps;
  if (outcome.gone + outcome.alive + outcome.invalid == 0) return steps;
  if (!summary.merged && !summary.stopped_by && !summary.cut_off &&
      summary.counts.total() == outcome.invalid) {
    steps.push_back(another_field_step(summary));
    return steps;
  }
  const bool goes_on = summary.cut_off || (outcome.alive > 0 && summary.stopped_by);
  if (goes_on) steps.push_back(resume_step(summary));
  if (auto step = verify_step(summary, goes_on)) steps.push_back(*std::move(step));
  if (!goes_on)
    add_repeat_steps(summary, outcome, steps);
  else if (outcome.alive > 0 && !stopped_by(summary, StopKind::config) &&
           doubtful_part_of_url(summary).empty())  // with the same --url it stops again
    steps.push_back({"Or send what may still be alive in a run of its own:", repeat_commands(summary), ""});
  if (summary.watched && summary.watched->alive > 0) {
    steps.push_back(
        {"Lock the credential, or the user's access; then drop what was opened again, with the sign-in "
         "options of this run:",
         {reconnected_command(summary)},
         ""});
  } else if (outcome.gone > 0) {
    steps.push_back(
        {"Dropping is not locking: whoever lost a session can open a new one as long as the credential and "
         "the user's access still stand.",
         {},
         ""});
  }
  return steps;
}

}  // namespace bulkdrop::report
