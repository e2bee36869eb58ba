#include "bulkdrop/pam/session_filter.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "bulkdrop/core/text.hpp"

namespace bulkdrop::pam {

void lower(std::string_view text, std::string& out) {
  out.assign(text);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto byte = static_cast<unsigned char>(out[i]);
    const bool ascii = byte >= 'A' && byte <= 'Z';
    // À … Þ, but not ×
    const bool latin = i > 0 && out[i - 1] == '\xC3' && byte >= 0x80 && byte <= 0x9E && byte != 0x97;
    if (ascii || latin) out[i] = static_cast<char>(byte + 0x20);
  }
}

bool matches_glob(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t retry = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;  // let the last star stand for one character more
      t = ++retry;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

SessionFilter::SessionFilter(FilterSpec spec, WallTime now) : spec_(std::move(spec)) {
  const auto want = [this](std::vector<std::string>& patterns, std::string ListedSession::*member) {
    if (patterns.empty()) return;
    Patterns wanted{{}, member};
    for (const std::string& pattern : patterns) lower(trimmed(pattern), wanted.patterns.emplace_back());
    patterns_.push_back(std::move(wanted));
  };
  want(spec_.user, &ListedSession::user);
  want(spec_.credential, &ListedSession::credential);
  want(spec_.device, &ListedSession::device);
  want(spec_.origin_ip, &ListedSession::origin_ip);
  want(spec_.protocol, &ListedSession::protocol);
  want(spec_.proxy, &ListedSession::proxy);
  // The first instant that can be meant: `before` then never takes in too many, nor `after` too few.
  if (spec_.started_before) before_ = spec_.zone->instants(*spec_.started_before).first;
  if (spec_.started_after) after_ = spec_.zone->instants(*spec_.started_after).first;
  if (spec_.older_than) {
    const auto limit = std::chrono::floor<std::chrono::seconds>(now - *spec_.older_than);
    before_ = before_ ? std::min(*before_, limit) : limit;
  }
}

bool SessionFilter::matches(const Patterns& wanted, const ListedSession& session) {
  lower(trimmed(session.*wanted.member), lowered_);
  return std::any_of(wanted.patterns.begin(), wanted.patterns.end(),
                     [this](const std::string& pattern) { return matches_glob(pattern, lowered_); });
}

bool SessionFilter::passes_time(const ListedSession& session) {
  const auto start = parse_time(session.start);
  if (!start) {
    if (unreadable_starts_++ == 0) unreadable_start_ = session.start;
    return false;
  }
  const Instant at = spec_.zone->instants(*start).last;
  return (!before_ || at < *before_) && (!after_ || at >= *after_);
}

bool SessionFilter::passes(const ListedSession& session) {
  if (spec_.active && liveness(session) != Liveness::active) return false;
  for (const Patterns& wanted : patterns_)
    if (!matches(wanted, session)) return false;
  return !spec_.uses_time() || passes_time(session);
}

}  // namespace bulkdrop::pam
