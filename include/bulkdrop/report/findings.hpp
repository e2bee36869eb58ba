// What a summary says, in words: the same for the page of text and for report.html. All texts are printable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bulkdrop/core/reason.hpp"
#include "bulkdrop/report/advice.hpp"
#include "bulkdrop/report/summary.hpp"
#include "bulkdrop/report/text_page.hpp"

namespace bulkdrop::report {

// The rows by what a tired person asks.
struct Outcome {
  explicit Outcome(const Counts& counts)
      : gone(counts.of(Status::dropped) + counts.of(Status::ended)),
        alive(counts.of(Status::failed) + counts.of(Status::unknown) + counts.of(Status::unsent)),
        invalid(counts.of(Status::invalid)) {}
  std::uint64_t gone;
  std::uint64_t alive;  // or maybe alive
  std::uint64_t invalid;
};

struct Sentence {
  std::string text;
  Tone tone = Tone::plain;
};

// The verdict, then what makes matters worse: users who came back, a run that was cut off or stopped.
std::vector<Sentence> headline(const Summary& summary);

// Errors of one reason with one advice. The lines live as long as what they were made of.
struct ReasonGroup {
  Reason reason;
  Advice advice;
  std::uint64_t count = 0;
  std::vector<const ErrorLine*> lines;
};
// The most frequent first.
std::vector<ReasonGroup> by_reason(const std::vector<ErrorLine>& errors);

// What was said, under a reason: the most frequent messages, and how many rows had others.
struct Said {
  std::vector<std::pair<std::uint64_t, std::string_view>> messages;
  std::uint64_t others = 0;
};
Said said(const ReasonGroup& group);

// `half of the 383 after 2.1 s`: the rest of the sentence says whose times they are, where not all that were
// asked for are gone.
std::string of_whom(const Summary& summary);

// What to do next: a sentence, commands for copying, and what was left out.
struct Step {
  std::string text;
  std::vector<std::string> commands;
  std::string more;
};
std::vector<Step> next_steps(const Summary& summary);

// `19 failed: …`, and the command that asks for them again in this run; empty if there are none.
std::string retry_hint(const Summary& summary);

// Whether the list was asked and what it said, and when, in short; empty if nobody wanted to know.
std::string proof_in_short(const Summary& summary);

// Label and text: what was measured and seen; which server, run and record it is about.
// `time`: how times are written there.
std::vector<std::pair<std::string, std::string>> figures(const Summary& summary,
                                                         std::string (*time)(WallTime) = rfc3339);
std::vector<std::pair<std::string, std::string>> origins(const Summary& summary);

// Sessions that stand in the reports by name: the first of them.
inline constexpr std::size_t kMaxReasons = 8;
inline constexpr std::size_t kMaxMessagesPerReason = 3;

}  // namespace bulkdrop::report
