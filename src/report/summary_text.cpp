#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "bulkdrop/core/duration.hpp"
#include "bulkdrop/core/status_meaning.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/report/columns.hpp"
#include "bulkdrop/report/summary.hpp"

namespace bulkdrop::report {
namespace {

constexpr int kMinWidth = 40;
constexpr std::size_t kLabelColumns = 10;  // of the facts at the end
constexpr std::size_t kMaxReasons = 8;
constexpr std::size_t kMaxMessagesPerReason = 3;
constexpr std::size_t kMaxResumeCommands = 8;

enum class Colour { plain, bold, good, bad };

std::string_view escape(Colour colour) {
  switch (colour) {
    case Colour::bold:
      return "\x1b[1m";
    case Colour::good:
      return "\x1b[1;32m";
    case Colour::bad:
      return "\x1b[1;31m";
    default:
      return "";
  }
}

std::string counted(std::uint64_t number, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", grouped(number), number == 1 ? one : many);
}

std::string milliseconds(std::uint64_t number) {
  return humane_duration(std::chrono::milliseconds{static_cast<std::int64_t>(number)});
}

std::string microseconds(std::uint64_t number) {
  if (number < 1000) return "under 1 ms";
  return humane_duration(std::chrono::microseconds{static_cast<std::int64_t>(number)});
}

// One word of a shell command line.
std::string shell_word(std::string_view text) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%+,-./:=@_";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos) return std::string(text);
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'') {
      word += "'\\''";
    } else {
      word += c;
    }
  }
  return word + "'";
}

// Paragraphs of at most `width` columns.
class Page {
 public:
  Page(int width, bool colour)
      : width_(static_cast<std::size_t>(std::max(width, kMinWidth))), colour_(colour) {}

  void paragraph(std::string_view text, Colour colour, std::size_t indent = 0) {
    std::string lines(indent, ' ');
    append_wrapped(lines, text, indent, indent, width_);
    put(lines, colour);
  }
  void heading(std::string_view text) {
    blank();
    paragraph(text, Colour::bold);
  }
  // `label` with `text` beside it, broken under itself.
  void beside(std::string_view label, std::string_view text, std::size_t indent) {
    std::string lines(label);
    const std::size_t used = columns(label);
    if (used < indent) lines.append(indent - used, ' ');
    append_wrapped(lines, text, std::max(used, indent), indent, width_);
    out_ += lines;
  }
  // For copying: never broken.
  void command(std::string_view text) {
    out_ += "    ";
    out_ += text;
    out_ += '\n';
  }
  void blank() { out_ += '\n'; }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  // Every line is coloured by itself, so that a pager shows each right.
  void put(std::string_view lines, Colour colour) {
    if (!colour_ || colour == Colour::plain) {
      out_ += lines;
      return;
    }
    while (!lines.empty()) {
      const std::size_t end = lines.find('\n');
      out_ += escape(colour);
      out_ += lines.substr(0, end);
      out_ += "\x1b[0m\n";
      lines.remove_prefix(end + 1);
    }
  }

  std::size_t width_;
  bool colour_;
  std::string out_;
};

struct Outcome {
  explicit Outcome(const Counts& counts)
      : gone(counts.of(Status::dropped) + counts.of(Status::ended)),
        alive(counts.of(Status::failed) + counts.of(Status::unknown) + counts.of(Status::unsent)),
        invalid(counts.of(Status::invalid)) {}
  std::uint64_t gone;
  std::uint64_t alive;  // or maybe alive
  std::uint64_t invalid;
};

std::string verdict(const Outcome& outcome) {
  const std::uint64_t sessions = outcome.gone + outcome.alive;
  const std::string about_invalid = outcome.invalid == 0
                                        ? std::string()
                                        : fmt::format(" {} no usable ID: nothing was sent for {}.",
                                                      counted(outcome.invalid, "row holds", "rows hold"),
                                                      outcome.invalid == 1 ? "it" : "them");
  if (sessions == 0) return "There was no session to drop." + about_invalid;
  if (sessions == 1) {
    return (outcome.alive == 0 ? "The session is gone." : "The session may still be alive.") + about_invalid;
  }
  if (outcome.alive == 0) return fmt::format("All {} sessions are gone.", grouped(sessions)) + about_invalid;
  if (outcome.gone == 0) {
    return fmt::format("None of {} sessions is known to be gone; all may still be alive.",
                       grouped(sessions)) +
           about_invalid;
  }
  return fmt::format("{} of {} sessions {} gone; {} may still be alive.", grouped(outcome.gone),
                     grouped(sessions), outcome.gone == 1 ? "is" : "are", grouped(outcome.alive)) +
         about_invalid;
}

void write_totals(Page& page, const Counts& counts) {
  const std::string total = grouped(counts.total());
  page.blank();
  const auto line = [&](std::string_view label, std::uint64_t number, std::string_view text) {
    const std::string start = fmt::format("  {:<9}  {:>{}}", label, grouped(number), total.size());
    page.beside(start, text, start.size() + 2);
  };
  for (const Status status : kAllStatuses) {
    if (counts.of(status) > 0) line(name(status), counts.of(status), meaning(status));
  }
  line("total", counts.total(), counts.total() == 1 ? "row read" : "rows read");
}

void write_messages(Page& page, const std::vector<const ErrorLine*>& lines) {
  std::size_t shown = 0;
  for (const ErrorLine* line : lines) {
    if (line->message.empty()) continue;
    if (shown == kMaxMessagesPerReason) {
      page.paragraph("… and other messages: see summary.json", Colour::plain, 4);
      return;
    }
    ++shown;
    const std::string start = fmt::format("    {} × ", grouped(line->count));
    page.beside(start, printable(line->message), columns(start));
  }
}

// Every reason once, with its cause and what to do; under it what was said.
void write_errors(Page& page, const std::vector<ErrorLine>& errors) {
  if (errors.empty()) return;
  std::vector<std::pair<Reason, std::uint64_t>> reasons;
  for (const ErrorLine& error : errors) {
    const auto same = std::find_if(reasons.begin(), reasons.end(),
                                   [&](const auto& entry) { return entry.first == error.reason; });
    if (same == reasons.end()) {
      reasons.emplace_back(error.reason, error.count);
    } else {
      same->second += error.count;
    }
  }
  std::stable_sort(reasons.begin(), reasons.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  page.heading("What went wrong");
  for (std::size_t i = 0; i < reasons.size(); ++i) {
    if (i == kMaxReasons) {
      page.paragraph(
          fmt::format("… and {} more: see summary.json", counted(reasons.size() - i, "reason", "reasons")),
          Colour::plain, 2);
      return;
    }
    const auto& [reason, count] = reasons[i];
    const ReasonInfo& known = info(reason);
    page.paragraph(fmt::format("{}: {}", known.name, counted(count, "row", "rows")), Colour::plain, 2);
    page.paragraph(known.cause, Colour::plain, 4);
    if (!known.action.empty()) page.paragraph(fmt::format("To do: {}", known.action), Colour::plain, 4);
    std::vector<const ErrorLine*> lines;
    for (const ErrorLine& error : errors) {
      if (error.reason == reason) lines.push_back(&error);
    }
    write_messages(page, lines);
  }
}

void write_alive(Page& page, const std::optional<Verified>& verified) {
  if (!verified || verified->still_alive == 0) return;
  page.heading("Still alive, says the server's list");
  for (const StillAlive& session : verified->alive)
    page.beside(fmt::format("  {}  ", printable(session.session_id)), printable(session.who), 4);
  if (verified->still_alive > verified->alive.size())
    page.paragraph(fmt::format("… and {} more: see sessions.csv",
                               grouped(verified->still_alive - verified->alive.size())),
                   Colour::plain, 2);
}

void write_reconnected(Page& page, const std::optional<Watched>& watched) {
  if (!watched || watched->sessions == 0) return;
  page.heading("Opened by users who had lost a session");
  for (const Reconnection& session : watched->shown)
    page.beside(fmt::format("  {}  ", printable(session.session_id)), who_reconnected(session), 4);
  if (watched->sessions > watched->shown.size())
    page.paragraph(
        fmt::format("… and {} more: see journal.jsonl", grouped(watched->sessions - watched->shown.size())),
        Colour::plain, 2);
}

std::string in_front_of_options(const std::string& path) {
  return (path.starts_with('-') ? "./" : "") + printable(path);
}

// JSON lines are told to be such, since a damaged first line would not show it.
void write_drop_command(Page& page, const Summary& summary, const std::vector<std::string>& options,
                        const std::string& file) {
  std::string directory = in_front_of_options(summary.run_directory);
  if (!directory.empty() && !directory.ends_with('/')) directory += '/';
  std::string command = "bulkdrop drop --url " + shell_word(printable(summary.url));
  for (const std::string& option : options) command += " " + shell_word(printable(option));
  if (file.ends_with(".jsonl")) command += " --format jsonl";
  page.command(command + " " + shell_word(directory + file));
}

void write_repeat_commands(Page& page, const Summary& summary) {
  for (const std::string& file : summary.failed_files)
    write_drop_command(page, summary, summary.repeat_options, file);
}

// Our own file's columns are not those of the run's input.
void write_reconnected_command(Page& page, const Summary& summary) {
  std::vector<std::string> options = summary.repeat_options;
  if (const auto field = std::find(options.begin(), options.end(), "--field"); field != options.end())
    options.erase(field, field + 2);
  write_drop_command(page, summary, options, kReconnectedFile);
}

void write_resume_command(Page& page, const Summary& summary, const std::string& directory) {
  std::string command = "bulkdrop resume " + shell_word(in_front_of_options(directory));
  for (const std::string& option : summary.login_options) command += " " + shell_word(printable(option));
  page.command(command);
}

void write_resume_commands(Page& page, const Summary& summary) {
  if (summary.unfinished.empty()) {
    page.paragraph("Go on with this run where it stopped, with its sign-in options:", Colour::plain, 2);
    return write_resume_command(page, summary, summary.run_directory);
  }
  page.paragraph(
      "Go on with each run where it stopped, with its sign-in options, then merge again:", Colour::plain, 2);
  for (std::size_t i = 0; i < std::min(summary.unfinished.size(), kMaxResumeCommands); ++i)
    write_resume_command(page, summary, summary.unfinished[i]);
  if (summary.unfinished.size() > kMaxResumeCommands)
    page.paragraph(fmt::format("… and {} more: see merged.json",
                               counted(summary.unfinished.size() - kMaxResumeCommands, "run", "runs")),
                   Colour::plain, 2);
}

void write_next(Page& page, const Summary& summary, const Outcome& outcome) {
  if (outcome.gone + outcome.alive + outcome.invalid == 0) return;
  page.heading("What next");
  if (summary.cut_off || (outcome.alive > 0 && summary.stopped_by)) {
    write_resume_commands(page, summary);
    if (outcome.alive > 0) {
      page.paragraph("Or send what may still be alive in a run of its own:", Colour::plain, 2);
      write_repeat_commands(page, summary);
    }
  } else if (outcome.alive > 0) {
    page.paragraph(fmt::format("Send what may still be alive again, with the sign-in options of this run{}:",
                               outcome.invalid > 0
                                   ? " (rows without a usable ID are in the same file; correct them first)"
                                   : ""),
                   Colour::plain, 2);
    write_repeat_commands(page, summary);
  } else if (outcome.invalid > 0) {
    page.paragraph(
        "Correct the rows without a usable ID, then send them, with the sign-in options of this run:",
        Colour::plain, 2);
    write_repeat_commands(page, summary);
  }
  if (summary.watched && summary.watched->alive > 0) {
    page.paragraph(
        "Lock the credential, or the user's access; then drop what was opened again, with the sign-in "
        "options "
        "of this run:",
        Colour::plain, 2);
    write_reconnected_command(page, summary);
  } else if (outcome.gone > 0) {
    page.paragraph(
        "Dropping is not locking: whoever lost a session can open a new one as long as the credential and "
        "the user's access still stand.",
        Colour::plain, 2);
  }
}

void write_facts(Page& page, const Summary& summary) {
  const auto fact = [&](std::string_view label, std::string_view text) {
    page.beside(label, text, kLabelColumns);
  };
  page.blank();
  const auto elapsed = std::max<std::int64_t>((summary.finished_at - summary.started_at).count(), 0);
  std::string time = milliseconds(static_cast<std::uint64_t>(elapsed));
  if (summary.requests_sent > 0) {
    time += ", " + counted(summary.requests_sent, "request", "requests");
    if (elapsed > 0) {
      const double rate = static_cast<double>(summary.requests_sent) * 1000 / static_cast<double>(elapsed);
      time += rate < 9.95 ? fmt::format(" ({:.1f}/s)", rate)
                          : fmt::format(" ({}/s)", grouped(static_cast<std::uint64_t>(std::llround(rate))));
    }
    if (summary.requests_retries > 0) time += ", " + counted(summary.requests_retries, "retry", "retries");
    if (summary.requests_throttled > 0) {
      time += fmt::format(", {} turned away as too many", grouped(summary.requests_throttled));
    }
  }
  fact("Time", time);
  if (const Spread& latency = summary.latency_us; latency.measured) {
    fact("Answers",
         fmt::format("half within {}, 90% within {}, 99% within {}, slowest {}", microseconds(latency.p50),
                     microseconds(latency.p90), microseconds(latency.p99), microseconds(latency.most)));
  }
  if (const Spread& contained = summary.contained_ms; contained.measured) {
    fact("Gone", fmt::format("first after {}, half after {}, 90% after {}, last after {}",
                             milliseconds(contained.least), milliseconds(contained.p50),
                             milliseconds(contained.p90), milliseconds(contained.most)));
  }
  if (const auto& verified = summary.verified) {
    fact("Verified",
         fmt::format("{}, against the server's list of {}: {} ended, {} still alive, {} not listed{}",
                     rfc3339(verified->at), counted(verified->listed, "session", "sessions"),
                     grouped(verified->ended), grouped(verified->still_alive), grouped(verified->not_listed),
                     verified->not_listed == 0 ? "" : " (which proves nothing)"));
  }
  if (summary.watched) fact("Watched", watched_words(*summary.watched));
  for (const auto& [source, lines] : summary.ignored_lines) {
    if (lines == 0) continue;
    const std::string from = source == "-" ? std::string("standard input") : printable(source);
    fact("Ignored", fmt::format("{} of {} that {} not rows", counted(lines, "line", "lines"), from,
                                lines == 1 ? "is" : "are"));
  }
  fact("Server", printable(summary.url));
  if (summary.reason) fact("Reason", printable(*summary.reason));
  fact("Run", fmt::format("{}, {} to {}", printable(summary.run_id), rfc3339(summary.started_at),
                          rfc3339(summary.finished_at)));
  fact("Record", printable(summary.run_directory) + " (sessions.csv: every row; summary.json: the totals)");
}

}  // namespace

std::string to_text(const Summary& summary, int width, bool colour) {
  const Outcome outcome(summary.counts);
  Page page(width, colour);
  const bool came_back = summary.watched && summary.watched->sessions > 0;
  const bool all_well =
      outcome.alive == 0 && outcome.invalid == 0 && !summary.stopped_by && !summary.cut_off && !came_back;
  // Nothing to drop is no failure, but it is no news of a session that is gone either.
  const bool nothing = outcome.gone == 0;
  page.paragraph(verdict(outcome), !all_well ? Colour::bad : nothing ? Colour::bold : Colour::good);
  if (came_back) {
    const Watched& watched = *summary.watched;
    page.paragraph(fmt::format("{} opened {} since, {} alive.",
                               counted(watched.users, "user who lost a session", "users who lost sessions"),
                               counted(watched.sessions, "new one", "new ones"),
                               watched.alive == 0 ? "none of them" : grouped(watched.alive)),
                   Colour::bad);
  }
  if (summary.cut_off)
    page.paragraph("The run was cut off: it was killed, or its machine went down, before its end.",
                   Colour::bad);
  if (summary.stopped_by) {
    page.paragraph(fmt::format("Stopped ({}): {}", name(summary.stopped_by->kind),
                               printable(summary.stopped_by->message)),
                   Colour::bad);
  }
  write_totals(page, summary.counts);
  write_alive(page, summary.verified);
  write_reconnected(page, summary.watched);
  write_errors(page, summary.errors);
  write_next(page, summary, outcome);
  write_facts(page, summary);
  return page.take();
}

}  // namespace bulkdrop::report
