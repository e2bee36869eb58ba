// What a sentence of the server means. Sentences are for people: language, spelling and punctuation differ
// between versions, so they are matched loosely, and never decide that a session is gone.
#pragma once

#include <cstdint>
#include <string_view>

namespace bulkdrop::pam {

enum class Meaning : std::uint8_t {
  none,  // not a sentence that we know
  drop_error,
  session_not_found,  // of a session that the server does not know; from a gateway it means its own sessions
  unexpected_error,
  not_authorized,
  resource_not_found,
  client_auth_failed,
  invalid_signature,
  no_route,
  timed_out,
  rate_limited,
  token_refused,        // an OAuth 2.0 error word, never a sentence
  certificate_refused,  // of a page: the web server wants a client certificate, or another one
  https_wanted,         // of a page: the port speaks TLS
};

// English, Portuguese and Spanish wordings, with or without final full stop, `droping` and `dropping`. Where
// a sentence says two things, what leaves doubt or holds for every session goes before what is about one.
Meaning meaning_of(std::string_view message);

// Of the page (HTML or plain text) that a web server sends with HTTP 400, before the API gets to see a
// request: nginx and Apache httpd have their own words for each. `none` for any other.
Meaning meaning_of_page(std::string_view body);

}  // namespace bulkdrop::pam
