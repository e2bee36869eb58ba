#include "bulkdrop/run/verification.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include <fmt/format.h>

#include "bulkdrop/core/text.hpp"

namespace bulkdrop::run {
namespace {

constexpr std::size_t kMostBytes = 500;
constexpr std::size_t kMostValueBytes = 80;
constexpr std::string_view kActive = "still listed as active";

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
  if (!words.starts_with(kActive)) return particulars;
  words.remove_prefix(kActive.size());
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

std::optional<Result> held_against(const Result& result, Listing listing, bool after_grace,
                                   const std::string& words) {
  if (!is_verifiable(result.status) || listing == Listing::absent) return std::nullopt;
  Result changed = result;
  changed.message = words;
  if (listing == Listing::ended) {
    if (is_gone(result.status)) return std::nullopt;
    changed.status = Status::ended;
    changed.reason = Reason::listed_ended;
    changed.cut_short = false;  // there is nothing left to be sent
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
