// Which answers go wrong, and when. Every decision follows from the seed and from what arrived, never from
// time: a share is drawn from (seed, session ID, how many-eth request for it), the counting forms from how
// many drop requests arrived before. Thread-safe: constant once parsed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bulkdrop::sandbox {

enum class FaultKind : std::uint8_t {
  // answers of PAM Core and of what stands in front of it
  drop_error,
  unexpected,
  not_authorized,
  not_found,
  no_route,
  unauthorized,
  access_denied,
  invalid_signature,
  request_timeout,
  throttle,
  bad_gateway,
  unavailable,
  gateway_timeout,
  html,
  redirect,
  // of the token endpoint
  invalid_client,
  token_down,
  token_envelope,
  // the connection
  truncate,
  truncate_close,
  reset,
  stall,
  slow,
  close_idle,
  not_http,
  // HTTP
  empty,
  garbage,
  no_content,
  partial,
  created,
  hundred_continue,
  chunked,
  compressed,
  mislabelled,
  // bodies
  lie_flag,
  lie_twin,
  wrong_status,
  duplicate_key,
  string_numbers,
  two_documents,
  trailing_garbage,
  missing_brace,
  oversize,
  bad_utf8,
  bom,
  deep,
  false_success,
};

enum class Endpoint : std::uint8_t { drop = 1, token = 2, list = 4 };

// What a faulty drop request does to the session.
enum class Effect : std::uint8_t {
  executes,       // ends it, unless the rule says `:dead`
  leaves,         // leaves it alone, unless the rule says `:done`
  always,         // a correct answer in an unusual shape: `:dead` would make no sense
  never,          // the point is that nothing was done
  not_applicable  // no drop request
};

struct FaultInfo {
  FaultKind kind;
  std::string_view name;
  std::uint8_t endpoints;  // of Endpoint
  Effect effect;
  std::string_view help;
};

std::span<const FaultInfo> all_faults();
std::string_view name(FaultKind kind);

struct Fault {
  FaultKind kind;
  bool executes;  // the drop is carried out
};

class FaultPlan {
 public:
  FaultPlan() = default;
  // Throws Error(usage) that says which part of `spec` is wrong. An empty text is no faults.
  FaultPlan(std::string_view spec, std::uint64_t seed);

  // `nth_of_id` and `nth` count from 1, every drop request that arrived, also those turned away.
  [[nodiscard]] std::optional<Fault> for_drop(std::string_view session_id, std::uint32_t nth_of_id,
                                              std::uint64_t nth) const;
  // For the token endpoint and the session list; `nth` counts the requests to that endpoint from 1.
  [[nodiscard]] std::optional<FaultKind> for_other(Endpoint endpoint, std::uint64_t nth) const;

 private:
  enum class When : std::uint8_t { share, every, first, each, range };
  struct Rule {
    Fault fault;
    Endpoint endpoint;
    When when;
    double share = 0;
    std::uint64_t from = 0;  // N of every, first and each; A of a range
    std::uint64_t to = 0;    // B of a range
  };
  [[nodiscard]] static Rule parse_rule(std::string_view text);
  static void parse_when(Rule& rule, std::string_view text, std::string_view whole);
  [[nodiscard]] std::optional<Fault> decide(Endpoint endpoint, std::string_view session_id,
                                            std::uint64_t nth_of_id, std::uint64_t nth) const;

  std::vector<Rule> rules_;
  std::uint64_t seed_ = 0;
};

// The part of --help that explains SPEC, with the table of kinds.
std::string faults_help();

// 64 well-mixed bits from (seed, text, n): the sandbox's own, so that runs repeat on every platform.
std::uint64_t mixed(std::uint64_t seed, std::string_view text, std::uint64_t n);

}  // namespace bulkdrop::sandbox
