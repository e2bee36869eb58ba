// What a sentence of the server means. Sentences are for people: language, spelling and punctuation differ
// between versions, so they are matched loosely, and never decide that a session is gone.
#pragma once

#include <cstdint>
#include <string_view>

namespace bulkdrop::pam {

enum class Meaning : std::uint8_t {
  none,  // not a sentence that we know
  drop_error,
  unexpected_error,
  not_authorized,
  resource_not_found,
  client_auth_failed,
  invalid_signature,
  no_route,
  timed_out,
  rate_limited,
};

// English, Portuguese and Spanish wordings, with or without final full stop, `droping` and `dropping`.
Meaning meaning_of(std::string_view message);

}  // namespace bulkdrop::pam
