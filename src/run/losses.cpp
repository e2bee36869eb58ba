#include "bulkdrop/run/losses.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/run/verification.hpp"

namespace bulkdrop::run {
namespace {

constexpr std::uint32_t kNever = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint32_t kAnyTime = 0;
constexpr std::uint32_t kLateEnd = 30;       // seconds that the server may take to write an end
constexpr std::uint32_t kBeforeTheRun = 60;  // seconds

std::uint32_t seconds_of(pam::Instant at) {
  const std::int64_t seconds = at.time_since_epoch().count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(seconds, 1, kNever - 1));
}

std::uint32_t earlier(std::uint32_t time, std::uint32_t seconds) {
  return time > seconds ? time - seconds : 0;
}

// Without a zone, clocks are compared as they are.
pam::Zone::Instants instants(const pam::WrittenTime& written, const std::optional<pam::Zone>& zone) {
  if (zone) return zone->instants(written);
  const pam::Instant at(written.clock.time_since_epoch() - written.offset.value_or(std::chrono::seconds(0)));
  return {at, at};
}

std::string user_key(const pam::ListedSession& session) {
  return lower_ascii(trimmed(session.user));
}

}  // namespace

Losses::Losses(bool ids_ignore_case, std::optional<pam::Zone> zone)
    : ids_ignore_case_(ids_ignore_case), zone_(zone) {}

Losses::Seconds Losses::first_instant(std::string_view written) const {
  const auto time = pam::parse_time(written);
  return time ? seconds_of(instants(*time, zone_).first) : 0;
}

Losses::Seconds Losses::last_instant(std::string_view written) const {
  const auto time = pam::parse_time(written);
  return time ? seconds_of(instants(*time, zone_).last) : 0;
}

std::string Losses::identity(const pam::ListedSession& session) const {
  if (!pam::has_usable_id(session))
    return session.session_id + '\n' + session.id + '\n' + session.user + '\n' + session.start;
  return ids_ignore_case_ ? lower_ascii(session.session_id) : session.session_id;
}

Losses::UserNumber Losses::number(const pam::ListedSession& session) {
  const std::string name = user_key(session);
  if (name.empty()) return 0;
  const auto fresh = static_cast<UserNumber>(users_.size() + 1);
  const auto known = users_.insert(name, {fresh, 0});
  return known ? known->line : fresh;
}

std::uint32_t Losses::number_of_user(const pam::ListedSession& session) const {
  const auto known = users_.find(user_key(session));
  return known ? known->line : 0;
}

void Losses::begin_list_before(std::uint64_t rows) {
  others_ = input::SeenIds();
  users_ = input::SeenIds();
  user_.assign(rows, 0);
  ended_before_.assign(rows, false);
}

void Losses::listed_before(std::optional<std::uint64_t> row, const pam::ListedSession& session) {
  if (!row) {
    others_.insert(identity(session), {1, 0});
    return;
  }
  user_[*row] = number(session);
  if (listing_of(session) == Listing::ended) ended_before_[*row] = true;
}

void Losses::end_list_before(bool whole) {
  has_list_before_ = whole;
  if (!whole) begin_list_before(0);
  others_.compact();
}

void Losses::set_rows(std::uint64_t rows) {
  user_.resize(rows);
  ended_before_.resize(rows);
  lost_.assign(rows, false);
  confirmed_.assign(rows, false);
}

void Losses::begin_list_after() {
  end_.assign(lost_.size(), 0);
}

void Losses::listed_after(std::uint64_t row, const pam::ListedSession& session) {
  if (const UserNumber user = number(session); user != 0) user_[row] = user;
  if (listing_of(session) == Listing::ended) end_[row] = first_instant(session.end);
}

void Losses::settle(std::uint64_t row, Status status) {
  lost_[row] = is_gone(status) || status == Status::unknown;
  confirmed_[row] = status == Status::dropped;
}

Losses::Seconds Losses::first_confirmed_end() const {
  Seconds first = kNever;
  for (std::size_t row = 0; row < end_.size(); ++row)
    if (confirmed_[row] && end_[row] != 0) first = std::min(first, end_[row]);
  return first == kNever ? 0 : first;
}

void Losses::conclude() {
  end_.resize(lost_.size());  // where no list was even begun
  const Seconds run_began = has_list_before_ ? 0 : earlier(first_confirmed_end(), kBeforeTheRun);
  since_.assign(users_.size() + 1, kNever);
  for (std::size_t row = 0; row < lost_.size(); ++row) {
    if (!lost_[row] || (ended_before_[row] && !confirmed_[row])) continue;
    if (end_[row] != 0 && end_[row] < run_began) continue;
    ++sessions_lost_;
    Seconds& since = since_[user_[row]];
    // Without an end and without a list from before there is nothing to go by.
    if (user_[row] == 0 || (end_[row] == 0 && !has_list_before_)) {
      ++user_unknown_;
      continue;
    }
    if (since == kNever) ++users_lost_;
    since = std::min(since, end_[row] == 0 ? kAnyTime : end_[row]);
  }
}

bool Losses::is_reconnection(const pam::ListedSession& session) const {
  const std::uint32_t user = number_of_user(session);
  if (user == 0 || user >= since_.size() || since_[user] == kNever) return false;
  if (has_list_before_ && others_.contains(identity(session))) return false;
  const Seconds start = last_instant(session.start);
  if (start == 0) return has_list_before_;
  return start >= earlier(since_[user], kLateEnd);
}

}  // namespace bulkdrop::run
