#include "bulkdrop/run/near_names.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bulkdrop/core/spelling.hpp"
#include "bulkdrop/core/text.hpp"

namespace bulkdrop::run {
namespace {

constexpr std::size_t kMostShown = 3;
constexpr std::size_t kMostDistance = 2;
constexpr std::size_t kShownBytes = 80;
// Names of one kind that are compared; a list may hold any number of them.
constexpr std::size_t kMostCompared = 20'000;

// Of two letters each, all are near to all.
std::size_t near_enough(std::size_t size) {
  return std::min(kMostDistance, size / 3);
}

std::size_t difference(std::size_t a, std::size_t b) {
  return a > b ? a - b : b - a;
}

std::string shown(std::string_view name) {
  return shortened(printable(name), kShownBytes);
}

}  // namespace

NearNames::NearNames(const pam::FilterSpec& spec) {
  want("user", spec.user, &pam::ListedSession::user);
  want("credential", spec.credential, &pam::ListedSession::credential);
  want("device", spec.device, &pam::ListedSession::device);
  want("origin IP", spec.origin_ip, &pam::ListedSession::origin_ip);
  want("protocol", spec.protocol, &pam::ListedSession::protocol);
  want("proxy", spec.proxy, &pam::ListedSession::proxy);
}

void NearNames::want(std::string_view what, const std::vector<std::string>& names,
                     std::string pam::ListedSession::*member) {
  Filter filter{what, member, {}, {}};
  for (const std::string& name : names) {
    if (name.find('*') != std::string::npos) continue;
    Wanted& wanted = filter.wanted.emplace_back();
    wanted.name = name;
    pam::lower(trimmed(name), wanted.key);
  }
  if (!filter.wanted.empty()) filters_.push_back(std::move(filter));
}

void NearNames::add(const pam::ListedSession& session) {
  for (Filter& filter : filters_) {
    const std::string_view name = trimmed(session.*filter.member);
    pam::lower(name, key_);
    const bool full = filter.seen.size() >= kMostCompared;
    if (full ? filter.seen.contains(key_) : !filter.seen.insert(key_).second) continue;
    for (Wanted& wanted : filter.wanted) {
      if (wanted.key == key_)
        wanted.found = true;
      else if (!full)
        compare(wanted, std::string(name), key_);
    }
  }
}

void NearNames::compare(Wanted& wanted, const std::string& name, const std::string& key) {
  const std::size_t most = near_enough(wanted.key.size());
  if (wanted.found || difference(wanted.key.size(), key.size()) > most) return;
  const std::size_t distance = edit_distance(wanted.key, key);
  if (distance > most) return;
  const auto behind = [&](const Near& near) { return near.distance > distance; };
  wanted.near.insert(std::find_if(wanted.near.begin(), wanted.near.end(), behind), {name, distance});
  if (wanted.near.size() > kMostShown) wanted.near.pop_back();
}

void NearNames::forget() {
  for (Filter& filter : filters_) {
    filter.seen.clear();
    for (Wanted& wanted : filter.wanted) {
      wanted.found = false;
      wanted.near.clear();
    }
  }
}

void NearNames::tell(Console& console) const {
  for (const Filter& filter : filters_) {
    for (const Wanted& wanted : filter.wanted) {
      if (wanted.found) continue;
      std::vector<std::string> near;
      for (const Near& one : wanted.near) near.push_back(shown(one.name));
      // Also with --quiet: what is not listed is not dropped, night after night.
      console.log(Level::alert,
                  fmt::format("no session in the list has the {} {}{}", filter.what, shown(wanted.name),
                              near.empty() ? "" : fmt::format("; it has {}", fmt::join(near, ", "))));
    }
  }
}

}  // namespace bulkdrop::run
