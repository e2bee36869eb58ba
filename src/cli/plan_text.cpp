#include "bulkdrop/cli/plan_text.hpp"

#include <string_view>

#include <fmt/format.h>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/report/text_page.hpp"

namespace bulkdrop::cli {
namespace {

constexpr std::size_t kValueColumn = 15;

}  // namespace

std::string plan_text(const run::Plan& plan, int width) {
  report::TextPage page(width, false);
  const auto line = [&](std::string_view label, const std::string& value) {
    page.beside(fmt::format("  {:<12} ", label), value, kValueColumn);
  };
  const auto more = [&](std::uint64_t count) {
    page.paragraph(fmt::format("… and {} more", grouped(count)), report::Tone::plain, kValueColumn);
  };
  if (!plan.url.empty()) line("server", printable(plan.url));
  if (!plan.account.empty()) line("account", printable(plan.account));
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
  }
  for (const input::ProtectList& list : plan.protect_lists)
    line("protect list",
         fmt::format("{}: {} ID{}", printable(list.file), grouped(list.ids), list.ids == 1 ? "" : "s"));
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
  line("to drop", fmt::format("{} session{}", grouped(plan.to_drop), plan.to_drop == 1 ? "" : "s"));
  for (const std::string& id : plan.first_ids)
    page.paragraph(printable(id), report::Tone::plain, kValueColumn);
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
    text += fmt::format(R"(,"ids":{}}})", list.ids);
  }
  return text + "]}\n";
}

}  // namespace bulkdrop::cli
