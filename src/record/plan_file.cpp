#include "bulkdrop/record/plan_file.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>
#include <simdjson.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/sha256.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/record/journal_format.hpp"

namespace bulkdrop::record {
namespace {

constexpr std::size_t kMostBytes = std::size_t{64} << 20;
constexpr std::string_view kDigestMember = "\"sha256\": \"";
constexpr std::string_view kEnd = "\"\n}\n";
constexpr std::size_t kDigestDigits = 64;

std::string digest_of(std::string_view bytes) {
  Sha256 hash;
  hash.add(bytes);
  return hash.finish();
}

[[noreturn]] void refuse(const std::string& path, std::string_view why) {
  throw Error(ExitCode::usage,
              fmt::format("{}: {}; make a plan with `bulkdrop drop --dry-run --save-plan FILE`", path, why));
}

PlanFile plan_of(std::string_view text, const std::string& path) {
  simdjson::dom::parser parser;
  const simdjson::dom::element json = parser.parse(text.data(), text.size()).value();
  if (json["bulkdrop_plan"].get_uint64().value() != 1) refuse(path, "is a plan of a newer version than this");
  PlanFile plan;
  const auto created = parse_rfc3339(json["created_at"].get_string().value());
  if (!created) refuse(path, "has no time");
  plan.created_at = *created;
  plan.sessions_sha256 = std::string(json["sessions_sha256"].get_string().value());
  plan.run = run_from_json(simdjson::to_string(json["run"].value()), path);
  return plan;
}

}  // namespace

std::string fingerprint(std::string_view sha256) {
  constexpr std::size_t kDigits = 16;
  constexpr std::size_t kGroup = 4;
  std::string text;
  for (std::size_t at = 0; at < std::min(kDigits, sha256.size()); at += kGroup)
    text.append(at == 0 ? "" : " ").append(sha256.substr(at, kGroup));
  return text;
}

std::string plan_json(PlanFile& plan) {
  std::string text = fmt::format(
      "{{\n\"bulkdrop_plan\": 1,\n\"created_at\": \"{}\",\n\"sessions_sha256\": \"{}\",\n\"run\": ",
      rfc3339(plan.created_at), plan.sessions_sha256);
  text += trimmed(run_json(plan.run));
  text += ",\n";
  plan.sha256 = digest_of(text);
  return fmt::format("{}{}{}{}", text, kDigestMember, plan.sha256, kEnd);
}

PlanFile read_plan(const std::string& path) {
  const std::string text = read_file(path, kMostBytes, ExitCode::usage);
  const std::size_t tail = kDigestMember.size() + kDigestDigits + kEnd.size();
  const std::string_view all = text;
  if (!all.starts_with("{\n\"bulkdrop_plan\": ") || all.size() < tail) refuse(path, "is not a plan");
  const std::string_view content = all.substr(0, all.size() - tail);
  const std::string digest = digest_of(content);
  if (all.substr(content.size()) != fmt::format("{}{}{}", kDigestMember, digest, kEnd))
    refuse(path, "was changed after it was made: its SHA-256 is not that of its content");
  try {
    PlanFile plan = plan_of(all, path);
    plan.sha256 = digest;
    return plan;
  } catch (const simdjson::simdjson_error&) {
    refuse(path, "is not a plan that this version can read");
  }
}

}  // namespace bulkdrop::record
