#include "bulkdrop/run/verification.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include <fmt/format.h>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/report/advice.hpp"

namespace bulkdrop::run {
namespace {

constexpr std::size_t kMostBytes = 500;
constexpr std::size_t kMostValueBytes = 80;
constexpr std::string_view kActive = "still listed as active";
// What was held to be gone before the list spoke against it: it is that again if a later list does not.
constexpr std::string_view kAfterDrop = " after the drop was confirmed, and not looked at again";
constexpr std::string_view kAfterEnd = " after it was listed as ended, and not looked at again";

using report::Particulars;
struct Label {
  std::string_view words;
  std::string Particulars::*member;
};
// In the order in which they are said.
constexpr std::array kLabels = {
    Label{"user", &Particulars::user},     Label{"credential", &Particulars::credential},
    Label{"device", &Particulars::device}, Label{"from", &Particulars::origin},
    Label{"since", &Particulars::start},   Label{"with an end that is no time:", nullptr}};

std::string value(std::string_view text) {
  return shortened(printable(text), kMostValueBytes);
}

// Without what begins like listed_words() of an active session, or like the doubt made of it; false: neither.
bool remove_start(std::string_view& words) {
  const auto removed = [&words](std::string_view start) {
    if (!words.starts_with(start)) return false;
    words.remove_prefix(start.size());
    return true;
  };
  if (removed(kActive)) return true;
  return removed(report::kActiveOnce) && (removed(kAfterDrop) || removed(kAfterEnd));
}

bool is_after(const Result& result, std::string_view what) {
  const std::string_view message = result.message;
  return message.starts_with(report::kActiveOnce) &&
         message.substr(report::kActiveOnce.size()).starts_with(what);
}

Result doubted(const Result& result, std::string_view words) {
  Result changed = result;
  changed.status = Status::unknown;
  changed.reason = Reason::still_alive;
  remove_start(words);
  changed.message = shortened(fmt::format("{}{}{}", report::kActiveOnce,
                                          result.status == Status::dropped ? kAfterDrop : kAfterEnd, words),
                              kMostBytes);
  return changed;
}

// As it was before the list that is taken back, but for the words.
Result taken_back(const Result& result) {
  Result changed = result;
  const bool drop = is_after(result, kAfterDrop);
  changed.status = drop ? Status::dropped : Status::ended;
  changed.reason = drop ? Reason::ok : Reason::listed_ended;
  changed.message =
      fmt::format("{}; {} after that, and no more since",
                  drop ? "the server confirmed the drop" : "listed as ended", report::kActiveOnce);
  return changed;
}

}  // namespace

Listing listing_of(const pam::ListedSession& session) {
  return pam::liveness(session) == pam::Liveness::ended ? Listing::ended : Listing::active;
}

std::string listed_words(const pam::ListedSession& session) {
  if (listing_of(session) == Listing::ended) return fmt::format("listed as ended at {}", value(session.end));
  std::string words(kActive);
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

Particulars listed_particulars(std::string_view words) {
  Particulars particulars;
  if (!remove_start(words)) return particulars;
  std::string_view before = ": ";
  for (std::size_t i = 0; i < kLabels.size(); ++i) {
    const std::string start = fmt::format("{}{} ", before, kLabels[i].words);
    if (!words.starts_with(start)) continue;
    words.remove_prefix(start.size());
    before = ", ";
    std::size_t end = words.size();
    for (std::size_t later = i + 1; later < kLabels.size(); ++later)
      end = std::min(end, words.find(fmt::format(", {} ", kLabels[later].words)));
    if (kLabels[i].member != nullptr) particulars.*kLabels[i].member = words.substr(0, end);
    words.remove_prefix(end);
  }
  return particulars;
}

bool is_active_once(const Result& result) {
  if (result.status != Status::unknown || result.reason != Reason::still_alive) return false;
  // Where it was asked for again since, the last answer is another one and confirms nothing.
  const bool confirmed = result.http_status == 200 && result.error_code == 0;
  return (confirmed && is_after(result, kAfterDrop)) || is_after(result, kAfterEnd);
}

std::optional<Result> held_against(const Result& result, Listing listing, bool after_grace,
                                   const std::string& words) {
  if (!is_verifiable(result.status)) return std::nullopt;
  const bool doubt = is_active_once(result);
  if (doubt && listing != Listing::active) return taken_back(result);
  if (listing == Listing::absent) return std::nullopt;
  Result changed = result;
  changed.message = words;
  if (listing == Listing::ended) {
    if (is_gone(result.status)) return std::nullopt;
    changed.status = Status::ended;
    changed.reason = Reason::listed_ended;
    changed.cut_short = false;  // there is nothing left to be sent
  } else {
    // What was never sent is alive as expected, and is to be sent.
    if (result.status == Status::unsent || (doubt && !after_grace)) return std::nullopt;
    if (is_gone(result.status) && !after_grace) return doubted(result, words);
    changed.status = Status::failed;
    changed.reason = Reason::still_alive;
  }
  if (changed == result) return std::nullopt;
  return changed;
}

}  // namespace bulkdrop::run
