#include <algorithm>

#include <fmt/format.h>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/report/findings.hpp"
#include "bulkdrop/report/words.hpp"

namespace bulkdrop::report {
namespace {

constexpr std::size_t kMaxResumeCommands = 8;

std::string in_front_of_options(const std::string& path) {
  return (path.starts_with('-') ? "./" : "") + printable(path);
}

// JSON lines are told to be such, since a damaged first line would not show it.
std::string drop_command(const Summary& summary, const std::vector<std::string>& options,
                         const std::string& file) {
  std::string directory = in_front_of_options(summary.run_directory);
  if (!directory.empty() && !directory.ends_with('/')) directory += '/';
  std::string command = "bulkdrop drop --url " + shell_word(printable(summary.url));
  for (const std::string& option : options) command += " " + shell_word(printable(option));
  if (file.ends_with(".jsonl")) command += " --format jsonl";
  return command + " " + shell_word(directory + file);
}

std::vector<std::string> repeat_commands(const Summary& summary) {
  std::vector<std::string> commands;
  for (const std::string& file : summary.failed_files)
    commands.push_back(drop_command(summary, summary.repeat_options, file));
  return commands;
}

// Our own file's columns are not those of the run's input.
std::string reconnected_command(const Summary& summary) {
  std::vector<std::string> options = summary.repeat_options;
  if (const auto field = std::find(options.begin(), options.end(), "--field"); field != options.end())
    options.erase(field, field + 2);
  return drop_command(summary, options, kReconnectedFile);
}

std::string resume_command(const Summary& summary, const std::string& directory) {
  std::string command = "bulkdrop resume " + shell_word(in_front_of_options(directory));
  for (const std::string& option : summary.login_options) command += " " + shell_word(printable(option));
  return command;
}

Step resume_step(const Summary& summary) {
  if (summary.unfinished.empty())
    return {"Go on with this run where it stopped, with its sign-in options:",
            {resume_command(summary, summary.run_directory)},
            ""};
  Step step{"Go on with each run where it stopped, with its sign-in options, then merge again:", {}, ""};
  const std::size_t shown = std::min(summary.unfinished.size(), kMaxResumeCommands);
  for (std::size_t i = 0; i < shown; ++i)
    step.commands.push_back(resume_command(summary, summary.unfinished[i]));
  if (summary.unfinished.size() > shown)
    step.more = fmt::format("… and {} more: see merged.json",
                            counted(summary.unfinished.size() - shown, "run", "runs"));
  return step;
}

}  // namespace

std::vector<Step> next_steps(const Summary& summary) {
  const Outcome outcome(summary.counts);
  std::vector<Step> steps;
  if (outcome.gone + outcome.alive + outcome.invalid == 0) return steps;
  if (summary.cut_off || (outcome.alive > 0 && summary.stopped_by)) {
    steps.push_back(resume_step(summary));
    if (outcome.alive > 0)
      steps.push_back({"Or send what may still be alive in a run of its own:", repeat_commands(summary), ""});
  } else if (outcome.alive > 0) {
    steps.push_back(
        {fmt::format("Send what may still be alive again, with the sign-in options of this run{}:",
                     outcome.invalid > 0
                         ? " (rows without a usable ID are in the same file; correct them first)"
                         : ""),
         repeat_commands(summary), ""});
  } else if (outcome.invalid > 0) {
    steps.push_back(
        {"Correct the rows without a usable ID, then send them, with the sign-in options of this run:",
         repeat_commands(summary), ""});
  }
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
