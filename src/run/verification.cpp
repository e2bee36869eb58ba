#include "bulkdrop/run/verification.hpp"

#include <cstddef>
#include <string_view>

#include <fmt/format.h>

#include "bulkdrop/core/text.hpp"

namespace bulkdrop::run {
namespace {

constexpr std::size_t kMostBytes = 500;
constexpr std::size_t kMostValueBytes = 80;

std::string value(std::string_view text) {
  return shortened(printable(text), kMostValueBytes);
}

}  // namespace

Listing listing_of(const pam::ListedSession& session) {
  return pam::liveness(session) == pam::Liveness::ended ? Listing::ended : Listing::active;
}

std::string listed_words(const pam::ListedSession& session) {
  if (listing_of(session) == Listing::ended) return fmt::format("listed as ended at {}", value(session.end));
  std::string words = "still listed as active";
  std::string_view before = ": ";
  const auto add = [&](std::string_view label, const std::string& text) {
    if (text.empty()) return;
    words += fmt::format("{}{} {}", before, label, value(text));
    before = ", ";
  };
  add("user", session.user);
  add("credential", session.credential);
  add("device", session.device);
  add("from", session.origin_ip);
  add("since", session.start);
  if (pam::has_odd_end(session)) add("with an end that is no time:", session.end);
  return shortened(words, kMostBytes);
}

std::optional<Result> held_against(const Result& result, Listing listing, bool after_grace,
                                   const std::string& words) {
  if (!is_verifiable(result.status) || listing == Listing::absent) return std::nullopt;
  Result changed = result;
  changed.message = words;
  if (listing == Listing::ended) {
    if (is_gone(result.status)) return std::nullopt;
    changed.status = Status::ended;
    changed.reason = Reason::listed_ended;
  } else {
    // What was never sent is alive as expected, and is to be sent.
    if (result.status == Status::unsent || (is_gone(result.status) && !after_grace)) return std::nullopt;
    changed.status = Status::failed;
    changed.reason = Reason::still_alive;
  }
  if (changed == result) return std::nullopt;
  return changed;
}

}  // namespace bulkdrop::run
