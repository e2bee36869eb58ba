#include "bulkdrop/report/findings.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "bulkdrop/core/column_hint.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/report/words.hpp"

namespace bulkdrop::report {
namespace {

// Proof that was asked for and is missing: what the server confirmed is all there is.
std::string unproven_verdict(const Summary& summary, std::uint64_t gone) {
  const bool by_answers = summary.counts.of(Status::ended) == 0;
  const std::string_view missing = "but the proof that was asked for is missing.";
  if (gone == 1)
    return fmt::format("The {}, {}", by_answers ? "drop was confirmed" : "session was said to be gone",
                       missing);
  return fmt::format("All {} {}, {}", grouped(gone),
                     by_answers ? "drops were confirmed" : "sessions were said to be gone", missing);
}

std::string verdict(const Summary& summary, const Outcome& outcome) {
  const std::uint64_t sessions = outcome.gone + outcome.alive;
  const std::string about_invalid = outcome.invalid == 0
                                        ? std::string()
                                        : fmt::format(" {} no usable ID: nothing was sent for {}.",
                                                      counted(outcome.invalid, "row holds", "rows hold"),
                                                      outcome.invalid == 1 ? "it" : "them");
  if (sessions == 0) return "There was no session to drop." + about_invalid;
  if (outcome.alive == 0 && summary.unproven) return unproven_verdict(summary, sessions) + about_invalid;
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

std::string older(const Verified& verified) {
  if (verified.results_since == 0) return {};
  return verified.results_since == 1
             ? std::string(", before the last result: verify again")
             : fmt::format(", before the last {} results: verify again", grouped(verified.results_since));
}

std::string verified_words(const Verified& verified, const std::string& at) {
  const bool is_older = verified.results_since > 0;
  std::string words = fmt::format("{}{} the server's list of {}: {} ended", at,
                                  is_older ? older(verified) + ";" : ", against",
                                  counted(verified.listed, "session", "sessions"), grouped(verified.ended));
  if (!is_older)
    words += fmt::format(", {} still alive", grouped(verified.still_alive));
  else if (verified.still_alive > 0)
    words += fmt::format(", {} still alive and not asked for again", grouped(verified.still_alive));
  words += fmt::format(", {} not listed", grouped(verified.not_listed));
  return words + (verified.not_listed == 0 ? "" : " (which proves nothing)");
}

std::string stop_words(const Stop& stop) {
  constexpr std::string_view kStopped = "stopped ";
  if (stop.kind == StopKind::signal && stop.message.starts_with(kStopped))
    return fmt::format("Stopped {}", printable(stop.message.substr(kStopped.size())));
  return fmt::format("Stopped ({}): {}", name(stop.kind), printable(stop.message));
}

}  // namespace

std::vector<Sentence> headline(const Summary& summary) {
  const Outcome outcome(summary.counts);
  const bool came_back = summary.watched && summary.watched->sessions > 0;
  const bool all_well = outcome.alive == 0 && outcome.invalid == 0 && !summary.stopped_by &&
                        !summary.cut_off && !summary.input_cut_off && !came_back && !summary.unproven;
  // Nothing to drop is no failure, but it is no news of a session that is gone either.
  const bool nothing = outcome.gone == 0;
  std::vector<Sentence> sentences;
  sentences.push_back({verdict(summary, outcome), !all_well ? Tone::bad
                                                  : nothing ? Tone::strong
                                                            : Tone::good});
  if (summary.unproven && outcome.alive > 0 && !summary.cut_off && !summary.stopped_by)
    sentences.push_back({"The proof that was asked for is missing.", Tone::bad});
  if (came_back) {
    const Watched& watched = *summary.watched;
    sentences.push_back(
        {fmt::format("{} opened {} since, {} alive.",
                     counted(watched.users, "user who lost a session", "users who lost sessions"),
                     counted(watched.sessions, "new one", "new ones"),
                     watched.alive == 0 ? "none of them" : grouped(watched.alive)),
         Tone::bad});
  }
  if (summary.cut_off)
    sentences.push_back(
        {"The run was cut off: it was killed, or its machine went down, before its end.", Tone::bad});
  if (summary.input_cut_off)
    sentences.push_back(
        {"It was killed while it read from a pipe that had not ended: what came behind the rows here was not "
         "read. Give that to a run of its own.",
         Tone::bad});
  if (summary.stopped_by) sentences.push_back({stop_words(*summary.stopped_by), Tone::bad});
  return sentences;
}

std::string of_whom(const Summary& summary) {
  const Outcome outcome(summary.counts);
  const std::uint64_t confirmed = summary.counts.of(Status::dropped);
  if (confirmed == outcome.gone + outcome.alive) return {};
  return fmt::format("of the {} that {}", grouped(confirmed),
                     confirmed == outcome.gone ? "are gone" : "the server confirmed");
}

std::string proof_in_short(const Summary& summary) {
  std::string words;
  if (summary.verified) words = day_and_time(summary.verified->at) + older(*summary.verified);
  if (!summary.unproven) return words;
  return words.empty() ? "missing, though it was asked for" : words + "; asked for since, and missing";
}

Said said(const ReasonGroup& group) {
  Said said;
  for (const ErrorLine* line : group.lines) {
    if (line->message.empty()) continue;
    if (said.messages.size() == kMaxMessagesPerReason || line->message == kOtherMessages)
      said.others += line->count;
    else
      said.messages.emplace_back(line->count, line->message);
  }
  return said;
}

std::vector<ReasonGroup> by_reason(const std::vector<ErrorLine>& errors) {
  std::vector<ReasonGroup> groups;
  const auto hinted = std::find_if(errors.begin(), errors.end(), [](const ErrorLine& error) {
    return error.reason == Reason::bad_id && !hinted_column(error.message).empty();
  });
  for (const ErrorLine& error : errors) {
    // Messages that are not told one by one are like those that are.
    const bool like_hinted =
        hinted != errors.end() && error.reason == Reason::bad_id && error.message == kOtherMessages;
    const Advice advice = advice_for(like_hinted ? *hinted : error);
    auto same = std::find_if(groups.begin(), groups.end(), [&](const ReasonGroup& group) {
      return group.reason == error.reason && group.advice == advice;
    });
    if (same == groups.end()) same = groups.insert(groups.end(), {error.reason, advice, 0, {}});
    same->count += error.count;
    same->lines.push_back(&error);
  }
  std::stable_sort(groups.begin(), groups.end(),
                   [](const ReasonGroup& a, const ReasonGroup& b) { return a.count > b.count; });
  return groups;
}

std::vector<std::pair<std::string, std::string>> figures(const Summary& summary,
                                                         std::string (*time_text)(WallTime)) {
  std::vector<std::pair<std::string, std::string>> all;
  const auto fact = [&](std::string_view label, std::string text) {
    all.emplace_back(label, std::move(text));
  };
  const auto elapsed =
      std::max<std::int64_t>((summary.finished_at - summary.started_at - summary.paused).count(), 0);
  std::string time = milliseconds(static_cast<std::uint64_t>(elapsed));
  if (summary.paused.count() > 0)
    time +=
        fmt::format(" and a pause of {}", milliseconds(static_cast<std::uint64_t>(summary.paused.count())));
  if (summary.requests_sent > 0) {
    time += summary.requests_lost ? ", at least " : ", ";
    time += counted(summary.requests_sent, "request", "requests");
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
  fact("Time", std::move(time));
  if (const Spread& latency = summary.latency_us; latency.measured) {
    fact("Answers",
         fmt::format("half within {}, 90% within {}, 99% within {}, slowest {}", microseconds(latency.p50),
                     microseconds(latency.p90), microseconds(latency.p99), microseconds(latency.most)));
  }
  if (const Spread& contained = summary.contained_ms; contained.measured) {
    const std::string whose = of_whom(summary);
    fact("Gone",
         fmt::format("{}{}first after {}, half after {}, 90% after {}, last after {}", whose,
                     whose.empty() ? "" : ": ", milliseconds(contained.least), milliseconds(contained.p50),
                     milliseconds(contained.p90), milliseconds(contained.most)));
  }
  if (summary.unproven) fact("Verified", "no: asked for, but " + printable(*summary.unproven));
  if (summary.verified) fact("Verified", verified_words(*summary.verified, time_text(summary.verified->at)));
  if (summary.watched) fact("Watched", watched_words(*summary.watched, time_text));
  for (const auto& [source, lines] : summary.ignored_lines) {
    if (lines == 0) continue;
    const std::string from = source == "-" ? std::string("standard input") : printable(source);
    fact("Ignored", fmt::format("{} of {} that {} not rows", counted(lines, "line", "lines"), from,
                                lines == 1 ? "is" : "are"));
  }
  for (const Protection& list : summary.protect_lists)
    fact("Protected", fmt::format("{}: {}", printable(list.list), protected_words(list.met, list.unmet)));
  for (const std::string& cut : summary.cut_inputs) fact("Cut off?", printable(cut));
  for (const std::string& rows : summary.quoted_rows) fact("Quotes?", printable(rows));
  for (const std::string& changed : summary.changed_inputs) fact("Changed", printable(changed));
  return all;
}

std::vector<std::pair<std::string, std::string>> origins(const Summary& summary) {
  std::vector<std::pair<std::string, std::string>> all;
  const auto fact = [&](std::string_view label, std::string text) {
    all.emplace_back(label, std::move(text));
  };
  fact("Server", printable(summary.url));
  if (summary.reason) fact("Reason", printable(*summary.reason));
  const std::string proof = summary.verified ? "; proof taken " + rfc3339(summary.verified->at) : "";
  fact("Run", fmt::format("{}, {} to {}{}", printable(summary.run_id), rfc3339(summary.started_at),
                          rfc3339(summary.finished_at), proof));
  fact("Record", printable(summary.run_directory) + " (report.html: to read; sessions.csv: every row)");
  return all;
}

}  // namespace bulkdrop::report
