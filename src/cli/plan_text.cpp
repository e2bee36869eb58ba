#include "bulkdrop/cli/plan_text.hpp"

#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "bulkdrop/core/duration.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/record/plan_file.hpp"
#include "bulkdrop/report/text_page.hpp"
#include "bulkdrop/report/words.hpp"
#include "bulkdrop/run/planning.hpp"

namespace bulkdrop::cli {
namespace {

constexpr std::size_t kValueColumn = 15;

std::string times(std::uint64_t number, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", grouped(number), number == 1 ? one : many);
}

std::string limits_text(const run::Terms& terms) {
  std::string text;
  const auto add = [&](const std::string& words) { text += (text.empty() ? "" : "; ") + words; };
  if (terms.max_sessions) add(fmt::format("at most {}", times(*terms.max_sessions, "session", "sessions")));
  if (const auto& most = terms.limits.max_failures)
    add("stop after " + (most->count > 0 ? times(most->count, "failure", "failures")
                                         : fmt::format("{:g}% of failures", most->share * 100)));
  if (terms.limits.deadline) add(fmt::format("no request after {}", humane_duration(*terms.limits.deadline)));
  return text.empty() ? "none (--max-sessions, --max-failures, --deadline)" : text;
}

std::string pace_text(const policy::Limits& limits) {
  constexpr int kUsualAttempts = 5;
  std::string text = fmt::format("{}{} at once", limits.adapt ? "up to " : "",
                                 times(limits.concurrency, "request", "requests"));
  if (limits.rate > 0) text += fmt::format(", at most {:g} a second", limits.rate);
  text += limits.canary == 0   ? "; no session goes alone before the others"
          : limits.canary == 1 ? "; the first session goes alone"
                               : fmt::format("; the first {} go one at a time", grouped(limits.canary));
  if (limits.attempts != kUsualAttempts)
    text += fmt::format("; at most {} for one session",
                        times(static_cast<std::uint64_t>(limits.attempts), "request", "requests"));
  return text;
}

std::string proof_text(const run::Terms& terms) {
  if (!terms.verify) return "the server's answers alone (no --verify)";
  return terms.watch ? fmt::format("the session list, then {} of watching who comes back",
                                   humane_duration(*terms.watch))
                     : "the session list";
}

// As summary.json has it: only where there is something to tell.
void append_any(std::string& json, std::string_view name, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  json += fmt::format(R"(,"{}":[)", name);
  for (const std::string& text : texts) {
    if (&text != texts.data()) json += ",";
    append_json_string(json, text);
  }
  json += "]";
}

}  // namespace

std::string plan_text(const run::Plan& plan, int width) {
  report::TextPage page(width, false);
  const auto line = [&](std::string_view label, const std::string& value) {
    page.beside(fmt::format("  {:<12} ", label), value, kValueColumn);
  };
  const auto more = [&](std::uint64_t count) {
    page.paragraph(fmt::format("… and {} more", grouped(count)), report::Tone::plain, kValueColumn);
  };
  if (plan.written) {
    const run::WrittenPlan& written = *plan.written;
    line("plan",
         fmt::format("{}, made {}{}", printable(written.file), report::day_and_time(written.created_at),
                     written.by.empty() ? "" : " by " + printable(written.by)));
    line("fingerprint", record::fingerprint(written.sha256));
  }
  if (!plan.url.empty()) line("server", printable(plan.url));
  if (!plan.account.empty()) line("account", printable(plan.account));
  if (plan.terms && plan.terms->reason) line("reason", printable(*plan.terms->reason));
  for (const input::SourceInfo& source : plan.sources) {
    std::string about = fmt::format("{} ({}", source.name == "-" ? "standard input" : printable(source.name),
                                    input::name(source.format));
    if (!source.field.empty()) about += fmt::format(", ID from {}", printable(source.field));
    about += fmt::format(", {} row{}", grouped(source.rows), source.rows == 1 ? "" : "s");
    if (source.ignored_lines > 0)
      about += fmt::format(", {} other line{} ignored", grouped(source.ignored_lines),
                           source.ignored_lines == 1 ? "" : "s");
    if (!source.sha256.empty()) about += fmt::format(", SHA-256 {}…", source.sha256.substr(0, 12));
    line("input", about + ")");
    if (!source.cut_off.empty()) page.paragraph(printable(source.cut_off), report::Tone::plain, kValueColumn);
    if (const std::string rows = input::quoted_rows(source); !rows.empty())
      page.paragraph(printable(rows), report::Tone::plain, kValueColumn);
    if (!source.odd_ids.empty()) page.paragraph(printable(source.odd_ids), report::Tone::plain, kValueColumn);
  }
  for (const input::ProtectList& list : plan.protect_lists) {
    line("protect list",
         fmt::format("{}: {} ID{}", printable(list.file), grouped(list.ids), list.ids == 1 ? "" : "s"));
    page.paragraph(report::protected_words(list.met, list.unmet), report::Tone::plain, kValueColumn);
  }
  if (!plan.shard.is_whole()) line("shard", fmt::format("{} of {}", plan.shard.index + 1, plan.shard.count));
  line("rows", grouped(plan.rows));
  if (plan.duplicate > 0) line("duplicates", grouped(plan.duplicate));
  if (plan.protected_ > 0) line("protected", grouped(plan.protected_));
  if (plan.invalid > 0) line("invalid", grouped(plan.invalid));
  for (const std::string& example : plan.invalid_examples)
    page.paragraph(printable(example), report::Tone::plain, kValueColumn);
  if (plan.invalid > plan.invalid_examples.size() && !plan.invalid_examples.empty())
    more(plan.invalid - plan.invalid_examples.size());
  if (plan.settled > 0) line("settled", fmt::format("{} before", grouped(plan.settled)));
  if (plan.in_doubt > 0)
    line("in doubt", fmt::format("{} that may have been asked for before", grouped(plan.in_doubt)));
  if (plan.terms) {
    line("limits", limits_text(*plan.terms));
    line("pace", pace_text(plan.terms->limits));
    line("proof", proof_text(*plan.terms));
  }
  if (plan.whose) {
    const run::Whose& whose = *plan.whose;
    if (const std::string words = whose.users.words(whose.rows); !words.empty()) line("users", words);
    if (const std::string words = whose.credentials.words(whose.rows); !words.empty())
      line("credentials", words);
    if (whose.over > 0)
      line("over already", fmt::format("{} of {}: the input has an end for {}", grouped(whose.over),
                                       grouped(whose.rows), whose.over == 1 ? "it" : "them"));
  }
  line("to drop", fmt::format("{} session{}", grouped(plan.to_drop), plan.to_drop == 1 ? "" : "s"));
  for (std::size_t i = 0; i < plan.first_ids.size(); ++i) {
    const bool known = plan.whose && i < plan.whose->first.size() && !plan.whose->first[i].empty();
    page.paragraph(printable(plan.first_ids[i]) + (known ? "  " + plan.whose->first[i] : ""),
                   report::Tone::plain, kValueColumn);
  }
  if (plan.to_drop > plan.first_ids.size()) more(plan.to_drop - plan.first_ids.size());
  return page.take();
}

std::string plan_json(const run::Plan& plan) {
  std::string text = "{\"schema\":1,\"dry_run\":true,\"url\":";
  if (plan.url.empty()) {
    text += "null";
  } else {
    append_json_string(text, plan.url);
  }
  text += ",\"shard\":";
  if (plan.shard.is_whole()) {
    text += "null";
  } else {
    append_json_string(text, input::text_of(plan.shard));
  }
  text += fmt::format(
      R"(,"rows":{},"to_drop":{},"counts":{{"invalid":{},"duplicate":{},"protected":{}}},"sources":[)",
      plan.rows, plan.to_drop, plan.invalid, plan.duplicate, plan.protected_);
  for (const input::SourceInfo& source : plan.sources) {
    if (&source != plan.sources.data()) text += ",";
    text += "{\"name\":";
    append_json_string(text, source.name);
    text += fmt::format(R"(,"format":"{}","field":)", input::name(source.format));
    append_json_string(text, source.field);
    text += fmt::format(R"(,"rows":{},"ignored_lines":{}}})", source.rows, source.ignored_lines);
  }
  text += R"(],"protect_lists":[)";
  for (const input::ProtectList& list : plan.protect_lists) {
    if (&list != plan.protect_lists.data()) text += ",";
    text += "{\"name\":";
    append_json_string(text, list.file);
    text += fmt::format(R"(,"ids":{},"met":{},"unmet":{}}})", list.ids, list.met, list.unmet);
  }
  text += "]";
  append_any(text, "cut_inputs", run::cut_inputs(plan.sources));
  append_any(text, "quoted_rows", run::quoted_rows(plan.sources));
  append_any(text, "odd_ids", run::odd_ids(plan.sources));
  if (plan.written) {
    text += ",\"plan_sha256\":";
    append_json_string(text, plan.written->sha256);
  }
  return text + "}\n";
}

}  // namespace bulkdrop::cli
