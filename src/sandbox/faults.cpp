#include "bulkdrop/sandbox/faults.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include <fmt/format.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/text.hpp"

namespace bulkdrop::sandbox {
namespace {

[[noreturn]] void refuse(std::string_view rule, std::string_view why) {
  throw Error(ExitCode::usage,
              fmt::format("--faults: '{}': {}; see --help for the kinds", printable(rule), why));
}

template <typename Number>
bool parse_number(std::string_view text, Number& number) {
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number);
  return !text.empty() && result.ec == std::errc() && result.ptr == end;
}

// Takes `prefix` off the front of `text` if it is there.
bool consume(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

const FaultInfo* find_fault(std::string_view name) {
  const auto faults = all_faults();
  const auto found = std::find_if(faults.begin(), faults.end(),
                                  [name](const FaultInfo& fault) { return fault.name == name; });
  return found == faults.end() ? nullptr : &*found;
}

}  // namespace

std::uint64_t mixed(std::uint64_t seed, std::string_view text, std::uint64_t n) {
  std::uint64_t hash = 0xCBF29CE484222325U;  // FNV-1a over the text …
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  for (const std::uint64_t word : {seed, n}) {  // … and SplitMix64's finalizer over each word
    hash += word + 0x9E3779B97F4A7C15U;
    hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9U;
    hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EBU;
    hash ^= hash >> 31;
  }
  return hash;
}

FaultPlan::FaultPlan(std::string_view spec, std::uint64_t seed) : seed_(seed) {
  std::map<Endpoint, double> total;
  while (!spec.empty()) {
    const std::string_view text = spec.substr(0, spec.find(','));
    spec.remove_prefix(text.size());
    if (!spec.empty()) {
      spec.remove_prefix(1);
      if (trimmed(spec).empty()) refuse(text, "a comma with nothing after it");
    }
    const Rule rule = parse_rule(trimmed(text));
    if (rule.when == When::share) {
      total[rule.endpoint] += rule.share;
      if (total[rule.endpoint] > 1 + 1e-9) refuse(text, "with this the shares add up to more than 100 %");
    }
    rules_.push_back(rule);
  }
}

FaultPlan::Rule FaultPlan::parse_rule(std::string_view whole) {
  const std::size_t equals = whole.find('=');
  if (equals == std::string_view::npos) refuse(whole, "a rule is KIND=WHEN, as in reset=5%");
  std::string_view kind = trimmed(whole.substr(0, equals));
  bool named_endpoint = true;
  Endpoint endpoint = Endpoint::drop;
  if (consume(kind, "token.")) {
    endpoint = Endpoint::token;
  } else if (consume(kind, "list.")) {
    endpoint = Endpoint::list;
  } else if (!consume(kind, "drop.")) {
    named_endpoint = false;
  }
  std::string_view effect;
  if (const std::size_t colon = kind.find(':'); colon != std::string_view::npos) {
    effect = kind.substr(colon + 1);
    kind = kind.substr(0, colon);
    if (effect != "done" && effect != "dead") refuse(whole, "what follows the colon must be done or dead");
  }
  const FaultInfo* const info = find_fault(kind);
  if (info == nullptr) refuse(whole, "there is no such kind of fault");
  if (!named_endpoint && info->endpoints == static_cast<std::uint8_t>(Endpoint::token))
    endpoint = Endpoint::token;
  if ((info->endpoints & static_cast<std::uint8_t>(endpoint)) == 0)
    refuse(whole, "this kind does not exist at that endpoint");

  bool executes = info->effect == Effect::executes || info->effect == Effect::always;
  if (!effect.empty()) {
    if (endpoint != Endpoint::drop) refuse(whole, "done and dead are for drop requests");
    if (info->effect == Effect::always || info->effect == Effect::never)
      refuse(whole, "done or dead is fixed for this kind");
    executes = effect == "done";
  }
  Rule rule{.fault = {.kind = info->kind, .executes = executes}, .endpoint = endpoint, .when = When::share};
  parse_when(rule, trimmed(whole.substr(equals + 1)), whole);
  return rule;
}

void FaultPlan::parse_when(Rule& rule, std::string_view text, std::string_view whole) {
  const bool every = consume(text, "every:");
  const bool first = !every && consume(text, "first:");
  const bool each = !every && !first && consume(text, "each:");
  if (every || first || each) {
    rule.when = every ? When::every : first ? When::first : When::each;
    if (!parse_number(text, rule.from) || rule.from == 0) refuse(whole, "N must be a whole number from 1");
    if (each && rule.endpoint != Endpoint::drop) refuse(whole, "each:N is for drop requests");
    return;
  }
  const std::size_t dash = text.find('-');
  if (dash != std::string_view::npos && dash > 0) {
    rule.when = When::range;
    if (!parse_number(text.substr(0, dash), rule.from) || !parse_number(text.substr(dash + 1), rule.to) ||
        rule.from == 0 || rule.from > rule.to)
      refuse(whole, "A-B must be two whole numbers, A from 1 and not above B");
    return;
  }
  const bool percent = text.ends_with('%');
  if (percent) text.remove_suffix(1);
  if (!parse_number(text, rule.share)) refuse(whole, "WHEN is 5%, 0.05, every:N, first:N, each:N or A-B");
  if (percent) rule.share /= 100;
  if (!(rule.share >= 0 && rule.share <= 1)) refuse(whole, "a share is from 0 to 1, or from 0% to 100%");
}

std::optional<Fault> FaultPlan::decide(Endpoint endpoint, std::string_view session_id,
                                       std::uint64_t nth_of_id, std::uint64_t nth) const {
  if (rules_.empty()) return std::nullopt;
  for (const Rule& rule : rules_) {
    if (rule.endpoint != endpoint) continue;
    const bool hit = (rule.when == When::every && nth % rule.from == 0) ||
                     (rule.when == When::first && nth <= rule.from) ||
                     (rule.when == When::each && nth_of_id <= rule.from) ||
                     (rule.when == When::range && nth >= rule.from && nth <= rule.to);
    if (hit) return rule.fault;
  }
  // 53 bits: what a double holds exactly.
  double draw = static_cast<double>(mixed(seed_, session_id, nth_of_id) >> 11) * 0x1p-53;
  for (const Rule& rule : rules_) {
    if (rule.endpoint != endpoint || rule.when != When::share) continue;
    if (draw < rule.share) return rule.fault;
    draw -= rule.share;
  }
  return std::nullopt;
}

std::optional<Fault> FaultPlan::for_drop(std::string_view session_id, std::uint32_t nth_of_id,
                                         std::uint64_t nth) const {
  return decide(Endpoint::drop, session_id, nth_of_id, nth);
}

std::optional<FaultKind> FaultPlan::for_other(Endpoint endpoint, std::uint64_t nth) const {
  const auto fault = decide(endpoint, endpoint == Endpoint::token ? "token" : "list", nth, nth);
  return fault ? std::optional(fault->kind) : std::nullopt;
}

}  // namespace bulkdrop::sandbox
