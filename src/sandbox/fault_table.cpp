#include <array>
#include <iterator>

#include <fmt/format.h>

#include "bulkdrop/sandbox/faults.hpp"

namespace bulkdrop::sandbox {
namespace {

constexpr std::uint8_t kDrop = static_cast<std::uint8_t>(Endpoint::drop);
constexpr std::uint8_t kToken = static_cast<std::uint8_t>(Endpoint::token);
constexpr std::uint8_t kList = static_cast<std::uint8_t>(Endpoint::list);
constexpr std::uint8_t kAll = kDrop | kToken | kList;

constexpr auto kExecutes = Effect::executes;
constexpr auto kLeaves = Effect::leaves;
constexpr auto kAlways = Effect::always;
constexpr auto kNever = Effect::never;

constexpr std::array kFaults = {
    FaultInfo{FaultKind::drop_error, "drop_error", kDrop, kLeaves, "500, the drop error"},
    FaultInfo{FaultKind::unexpected, "unexpected", kAll, kLeaves, "500, Unexpected error."},
    FaultInfo{FaultKind::not_authorized, "not_authorized", kDrop | kList, kLeaves, "500, no permission"},
    FaultInfo{FaultKind::not_found, "not_found", kAll, kLeaves, "404, Resource sub not found"},
    FaultInfo{FaultKind::no_route, "no_route", kAll, kLeaves, "404 of the gateway"},
    FaultInfo{FaultKind::unauthorized, "unauthorized", kAll, kLeaves, "401 of the gateway"},
    FaultInfo{FaultKind::access_denied, "access_denied", kDrop | kList, kLeaves,
              "401, as for an expired token"},
    FaultInfo{FaultKind::invalid_signature, "invalid_signature", kDrop | kList, kLeaves,
              "401, Invalid signature"},
    FaultInfo{FaultKind::request_timeout, "request_timeout", kAll, kLeaves, "408, Request timed out."},
    FaultInfo{FaultKind::throttle, "throttle", kAll, kLeaves, "429 with Retry-After: 1"},
    FaultInfo{FaultKind::bad_gateway, "bad_gateway", kAll, kLeaves, "502 of the gateway"},
    FaultInfo{FaultKind::unavailable, "unavailable", kAll, kLeaves, "503 of the gateway"},
    FaultInfo{FaultKind::gateway_timeout, "gateway_timeout", kAll, kExecutes, "504 of the gateway"},
    FaultInfo{FaultKind::html, "html", kAll, kLeaves, "200 with an HTML page"},
    FaultInfo{FaultKind::redirect, "redirect", kAll, kLeaves, "302 to a login page"},
    FaultInfo{FaultKind::invalid_client, "invalid_client", kToken, Effect::not_applicable,
              "401 invalid_client"},
    FaultInfo{FaultKind::token_down, "token_down", kToken, Effect::not_applicable,
              "503 at the token endpoint"},
    FaultInfo{FaultKind::token_envelope, "token_envelope", kToken, Effect::not_applicable,
              "401 as a response envelope"},
    FaultInfo{FaultKind::truncate, "truncate", kAll, kExecutes,
              "fewer bytes than Content-Length says, then close"},
    FaultInfo{FaultKind::truncate_close, "truncate_close", kAll, kExecutes,
              "half a body without Content-Length, then close"},
    FaultInfo{FaultKind::reset, "reset", kAll, kExecutes, "RST instead of an answer"},
    FaultInfo{FaultKind::stall, "stall", kAll, kExecutes, "no answer, the connection stays open"},
    FaultInfo{FaultKind::slow, "slow", kDrop, kAlways,
              "ten times --latency (1s without), then the true answer"},
    FaultInfo{FaultKind::close_idle, "close_idle", kDrop, kAlways,
              "the true answer, then an unannounced close of the connection"},
    FaultInfo{FaultKind::not_http, "not_http", kAll, kExecutes, "random bytes instead of HTTP, then close"},
    FaultInfo{FaultKind::empty, "empty", kAll, kExecutes, "200 with an empty body"},
    FaultInfo{FaultKind::garbage, "garbage", kAll, kExecutes, "200 with random bytes as its body"},
    FaultInfo{FaultKind::no_content, "no_content", kAll, kExecutes, "204"},
    FaultInfo{FaultKind::partial, "partial", kDrop, kExecutes, "206 with the whole body"},
    FaultInfo{FaultKind::created, "created", kDrop, kExecutes, "201 with the success body"},
    FaultInfo{FaultKind::hundred_continue, "100continue", kDrop, kAlways,
              "100 Continue before the true answer"},
    FaultInfo{FaultKind::chunked, "chunked", kDrop, kAlways, "the true answer in several chunks"},
    FaultInfo{FaultKind::compressed, "compressed", kDrop, kExecutes,
              "the true answer gzipped, though not asked for"},
    FaultInfo{FaultKind::mislabelled, "mislabelled", kDrop, kExecutes,
              "Content-Encoding: gzip on a body that is not compressed"},
    FaultInfo{FaultKind::lie_flag, "lie_flag", kDrop, kLeaves, "200 and the success body with error: true"},
    FaultInfo{FaultKind::lie_twin, "lie_twin", kDrop, kLeaves, "twin fields that disagree (erro: true)"},
    FaultInfo{FaultKind::wrong_status, "wrong_status", kDrop, kLeaves, "HTTP 200 around response.status 500"},
    FaultInfo{FaultKind::duplicate_key, "duplicate_key", kDrop, kExecutes, "error twice: false, then true"},
    FaultInfo{FaultKind::string_numbers, "string_numbers", kDrop, kExecutes,
              "numbers and booleans as strings"},
    FaultInfo{FaultKind::two_documents, "two_documents", kDrop, kExecutes, "the body twice in a row"},
    FaultInfo{FaultKind::trailing_garbage, "trailing_garbage", kDrop, kExecutes, "text after the JSON"},
    FaultInfo{FaultKind::missing_brace, "missing_brace", kDrop, kExecutes, "JSON without its last brace"},
    FaultInfo{FaultKind::oversize, "oversize", kDrop, kExecutes, "a valid success of more than 64 KiB"},
    FaultInfo{FaultKind::bad_utf8, "bad_utf8", kDrop, kExecutes, "a message that is not UTF-8"},
    FaultInfo{FaultKind::bom, "bom", kDrop, kExecutes, "a byte order mark before the JSON"},
    FaultInfo{FaultKind::deep, "deep", kDrop, kExecutes,
              "a success with an array 5000 levels deep beside it"},
    FaultInfo{FaultKind::false_success, "false_success", kDrop, kNever,
              "a flawless success, and the session lives on: only the list tells"},
};

std::string_view effect_text(Effect effect) {
  switch (effect) {
    case Effect::executes:
      return "done";
    case Effect::leaves:
      return "dead";
    case Effect::always:
      return "done always";
    case Effect::never:
      return "dead always";
    case Effect::not_applicable:
      return "-";
  }
  return {};
}

}  // namespace

std::span<const FaultInfo> all_faults() {
  return kFaults;
}

std::string_view name(FaultKind kind) {
  return kFaults[static_cast<std::size_t>(kind)].name;
}

std::string faults_help() {
  std::string text =
      "  SPEC is a list RULE,RULE,... and a RULE is [ENDPOINT.]KIND[:done|:dead]=WHEN.\n"
      "  ENDPOINT   drop (default), token or list\n"
      "  :done      the session ends all the same; :dead: it lives on. Without: see the table\n"
      "  WHEN       5% or 0.05  this share of the requests, drawn from (--seed, session ID, how many-eth\n"
      "                         request for this ID), so that it does not depend on their order\n"
      "             every:N     the Nth, 2Nth, ... request\n"
      "             first:N     the first N requests\n"
      "             each:N      the first N requests for every single session ID\n"
      "             A-B         the Ath to the Bth request, counting from 1\n"
      "  Requests are counted as they arrive, also those turned away. If several rules meet, the first one "
      "that\n"
      "  counts wins over all shares; the shares of one endpoint may add up to 100 % at most.\n"
      "  A request that is not authenticated or exceeds --rate-limit gets that answer instead of a fault.\n"
      "  Example: --faults 'drop_error=2%,reset=each:1,stall:dead=every:500,token.unavailable=first:2'\n\n";
  fmt::format_to(std::back_inserter(text), "  {:<18} {:<16} {:<12} {}\n", "KIND", "ENDPOINTS", "SESSION",
                 "WHAT THE CLIENT SEES");
  for (const FaultInfo& fault : kFaults) {
    std::string endpoints;
    if ((fault.endpoints & kDrop) != 0) endpoints += "drop ";
    if ((fault.endpoints & kToken) != 0) endpoints += "token ";
    if ((fault.endpoints & kList) != 0) endpoints += "list ";
    fmt::format_to(std::back_inserter(text), "  {:<18} {:<16} {:<12} {}\n", fault.name, endpoints,
                   effect_text(fault.effect), fault.help);
  }
  return text;
}

}  // namespace bulkdrop::sandbox
