#include "bulkdrop/run/reconnections.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/run/verification.hpp"

namespace bulkdrop::run {
namespace {

constexpr std::size_t kMostKeptBytes = 500;  // of one value; what a server writes is far shorter

std::string kept(const std::string& text) {
  return shortened(to_utf8(text), kMostKeptBytes);
}

report::Reconnection described(const pam::ListedSession& session) {
  report::Reconnection found;
  found.session_id = kept(session.session_id);
  found.user = kept(session.user);
  found.credential = kept(session.credential);
  found.device = kept(session.device);
  found.origin_ip = kept(session.origin_ip);
  found.protocol = kept(session.protocol);
  found.start = kept(session.start);
  found.ended = listing_of(session) == Listing::ended;
  return found;
}

std::string csv_line(const report::Reconnection& found, std::string_view proxy) {
  std::string line;
  for (const std::string_view cell :
       {std::string_view(found.session_id), std::string_view(found.user), std::string_view(found.credential),
        std::string_view(found.device), std::string_view(found.origin_ip), std::string_view(found.protocol),
        proxy, std::string_view(found.start)}) {
    append_csv_field(line, cell);
    line += ',';
  }
  return line + rfc3339(found.seen_at) + "\r\n";
}

}  // namespace

Reconnections::Reconnections(const Losses& losses, RowIndex& index, const std::string& directory)
    : losses_(losses), index_(index), texts_(directory) {}

void Reconnections::restart() {
  fresh_.clear();
  for (const std::size_t which : ended_) known_[which].ended_in_this_list = false;
  ended_.clear();
}

void Reconnections::take(const pam::ListedSession& session) {
  if (!losses_.is_reconnection(session)) return;
  if (pam::has_usable_id(session) && index_.find(session.session_id)) return;
  std::string identity = losses_.identity(session);
  if (const auto place = ids_.find(identity)) {
    const std::size_t which = place->line - 1;
    if (listing_of(session) == Listing::ended && !std::exchange(known_[which].ended_in_this_list, true))
      ended_.push_back(which);
    return;
  }
  if (fresh_.size() == kMostOfOneList) return;
  fresh_.push_back(
      {described(session), std::move(identity), losses_.number_of_user(session), kept(session.proxy)});
}

std::vector<report::Reconnection> Reconnections::settle(WallTime now) {
  for (const std::size_t which : ended_) {
    if (std::exchange(known_[which].ended, true)) continue;
    --alive_;
    if (which < first_.size()) first_[which].ended = true;
  }
  std::vector<report::Reconnection> told;
  for (Fresh& fresh : fresh_) {
    const auto number = static_cast<std::uint32_t>(known_.size() + 1);
    if (ids_.insert(fresh.identity, {number, 0})) continue;  // twice in one list
    report::Reconnection& found = fresh.reconnection;
    found.seen_at = now;
    known_.push_back({texts_.keep(csv_line(found, fresh.proxy)), found.ended});
    if (!found.ended) ++alive_;
    if (fresh.user >= is_user_back_.size()) is_user_back_.resize(fresh.user + std::size_t{1});
    if (!is_user_back_[fresh.user]) ++users_;
    is_user_back_[fresh.user] = true;
    if (first_.size() < report::kMostReconnectionsShown) first_.push_back(found);
    told.push_back(std::move(found));
  }
  restart();
  return told;
}

void Reconnections::write_csv(const std::string& path) const {
  AtomicFile file(path);
  file.buffer() = "session_id,user,credential,device,origin_ip,protocol,proxy,start,seen_at\r\n";
  for (const Known& known : known_) {
    if (known.ended) continue;
    file.buffer() += texts_.at(known.text);
    file.flush_if_large();
  }
  file.commit();
}

}  // namespace bulkdrop::run
