// What the server's session list proves about a row. Pure.
//
// A session that the list shows as ended is gone, whoever ended it. One that it shows as active is alive,
// whatever the answer to our drop was; but a drop that was confirmed a moment ago may not have reached the
// list yet: until a later list has it as well, or no more, nobody knows. A session that is not listed proves
// nothing: only those within the caller's access are listed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bulkdrop/core/result.hpp"
#include "bulkdrop/core/status.hpp"
#include "bulkdrop/pam/listed_session.hpp"
#include "bulkdrop/report/page_rows.hpp"

namespace bulkdrop::run {

enum class Listing : std::uint8_t { absent, ended, active };

Listing listing_of(const pam::ListedSession& session);

// How the list has it, for a person: `listed as ended at 2026-05-06 16:07:59`, `still listed as active: user
// u, credential c, device d, from 10.0.0.1, since 2026-05-06 16:05:07`. Printable UTF-8, at most 500 bytes.
std::string listed_words(const pam::ListedSession& session);

// What listed_words() said of an active session, taken apart again, also where held_against() made a doubt of
// it; of other words, nothing. Where a value itself holds `, device ` or the like, it ends there.
report::Particulars listed_particulars(std::string_view words);

// True for rows that asked for a session of their own, and so are held against the list.
constexpr bool is_verifiable(Status status) {
  return status != Status::invalid && status != Status::duplicate && status != Status::protected_;
}

constexpr bool is_gone(Status status) {
  return status == Status::dropped || status == Status::ended;
}

// A session that was held to be gone, that a list had as active, and that was not looked at again since:
// `unknown`, with reason `still_alive`. A later list settles it either way, also by not having it.
bool is_active_once(const Result& result);

// The row's new result; empty if the list changes nothing. `after_grace`: a grace period has passed since the
// session was confirmed to be gone. `words`: listed_words(). What a list found counts unless a later one
// takes it back.
std::optional<Result> held_against(const Result& result, Listing listing, bool after_grace,
                                   const std::string& words);

}  // namespace bulkdrop::run
