// The answers' bodies, as text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bulkdrop/sandbox/options.hpp"

namespace bulkdrop::sandbox {

enum class Message : std::uint8_t {
  dropped,
  listed,
  drop_error,
  unexpected_error,
  not_authorized,
  resource_not_found,
  client_auth_failed,
  invalid_signature,
  request_timed_out,
  method_not_allowed,
  session_not_found,
  unexpected_identifier,
};

std::string_view text(Message message, Language language);

struct Envelope {
  int status = 200;
  std::string_view message;
  bool error = false;
  int error_code = 0;
  std::string_view detail = {};
};

// The `response` member: `"response":{…}` without braces around it, the twin fields agreeing.
void append_response_member(std::string& out, const Envelope& envelope);

// Everything that is the same for every request, made once.
class Envelopes {
 public:
  // `tenant`: named in newer answers where it is not empty.
  Envelopes(Language language, const std::string& tenant);

  // v4 answers carry `code` (and `tenant`), v3 answers don't.
  [[nodiscard]] const std::string& success(bool v4) const { return v4 ? success_v4_ : success_v3_; }
  [[nodiscard]] const std::string& drop_error() const { return drop_error_; }
  [[nodiscard]] std::string error(int status, Message message, int error_code = 1,
                                  std::string_view detail = {}) const;
  // An error of the newer kind, with an `exception` object beside `response`.
  [[nodiscard]] std::string exception(int error_code, Message message) const;
  // What stands before the first and after the last record of the session list.
  [[nodiscard]] const std::string& list_head() const { return list_head_; }
  [[nodiscard]] static std::string_view list_tail() { return "]}"; }
  [[nodiscard]] std::string record(std::string_view record_json) const;
  [[nodiscard]] std::string_view message(Message message) const { return text(message, language_); }

 private:
  Language language_;
  std::string tenant_member_;  // `,"tenant":"…"`
  std::string success_v4_;
  std::string success_v3_;
  std::string drop_error_;
  std::string list_head_;
};

// What a gateway says: `{"message":"…"}`.
std::string gateway_body(std::string_view message);

inline constexpr std::string_view kNoRoute = "no Route matched with those values";
inline constexpr std::string_view kRateLimited = "API rate limit exceeded";

}  // namespace bulkdrop::sandbox
