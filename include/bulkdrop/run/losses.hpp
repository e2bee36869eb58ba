// Who lost a session to a run, and which sessions there were before it: what tells a user who came back from
// one who was there all along. Pure; no clock, no network.
//
// A session of a list is a reconnection if
//   1. none of the run's rows asked for it,
//   2. its user lost a session to the run. Whose session a row asked for is known from the lists that had it:
//      the one from before the drops, if there was one, or the one that the outcome was verified against,
//   3. it was not in the list from before the drops,
//   4. it did not start before its user's first loss. Both times are the server's own, the start of the one
//      session and the end of the other, so that neither our clock nor, except in the hour in which clocks
//      are set back, the zone matters. A start up to 30 seconds before that end counts, too: some clients
//      reconnect before the server has written the end of what they lost.
// Where 4 can't be told (no list has the end of the lost session, or a start can't be read), 3 decides alone:
// rather one told too many. Without a list from before the drops it is the other way round: 4 must hold.
//
// Lost is what was confirmed as dropped, what the list shows as ended, and what may have been dropped
// (unknown). What had ended before the run was lost to nobody here: what the list from before the drops had
// as ended; without that list, what had ended more than a minute before the first confirmed drop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bulkdrop/core/status.hpp"
#include "bulkdrop/input/seen_ids.hpp"
#include "bulkdrop/pam/listed_session.hpp"
#include "bulkdrop/pam/server_time.hpp"
#include "bulkdrop/run/row_index.hpp"
#include "bulkdrop/run/session_fetch.hpp"

namespace bulkdrop::run {

// About 9 bytes a row, and 23 for each user and for each session in the list from before the drops that no
// row asked for. The order of the calls is that of the members.
class Losses {
 public:
  // `ids_ignore_case`: as for RowIndex. `zone`: the server's; without one, the hour in which clocks are set
  // back is not told apart from the one before it.
  Losses(bool ids_ignore_case, std::optional<pam::Zone> zone);

  // The list from before the drops, if there is one. Beginning anew forgets what came of one that broke off.
  void begin_list_before(std::uint64_t rows);
  void listed_before(std::optional<std::uint64_t> row, const pam::ListedSession& session);
  // `whole`: false = there is none after all.
  void end_list_before(bool whole);

  // The list that the outcome is verified against; the last one counts.
  void set_rows(std::uint64_t rows);
  void begin_list_after();
  void listed_after(std::uint64_t row, const pam::ListedSession& session);

  // What became of the row in the end.
  void settle(std::uint64_t row, Status status);
  void conclude();

  [[nodiscard]] bool ids_ignore_case() const { return ids_ignore_case_; }

  // After conclude().
  [[nodiscard]] bool is_reconnection(const pam::ListedSession& session) const;
  [[nodiscard]] std::uint64_t sessions_lost() const { return sessions_lost_; }
  [[nodiscard]] std::uint64_t users_lost() const { return users_lost_; }
  // Of the sessions lost, those whose user no list told: nobody can be recognised by them.
  [[nodiscard]] std::uint64_t user_unknown() const { return user_unknown_; }
  // Counts users from 1; 0 = no row's.
  [[nodiscard]] std::uint32_t number_of_user(const pam::ListedSession& session) const;
  // What tells a session from all others, also one whose ID is masked.
  [[nodiscard]] std::string identity(const pam::ListedSession& session) const;

 private:
  using UserNumber = std::uint32_t;  // from 1; 0 = not known
  using Seconds = std::uint32_t;     // Unix time; 0 = not known

  UserNumber number(const pam::ListedSession& session);
  [[nodiscard]] Seconds first_instant(std::string_view written) const;
  [[nodiscard]] Seconds last_instant(std::string_view written) const;
  [[nodiscard]] Seconds first_confirmed_end() const;

  bool ids_ignore_case_;
  std::optional<pam::Zone> zone_;
  bool has_list_before_ = false;
  input::SeenIds users_;            // by name; the place's line is the number
  input::SeenIds others_;           // in the list from before the drops
  std::vector<UserNumber> user_;    // by row
  std::vector<Seconds> end_;        // by row, from the list afterwards
  std::vector<bool> ended_before_;  // by row
  std::vector<bool> lost_;          // by row
  std::vector<bool> confirmed_;     // by row
  std::vector<Seconds> since_;      // by user number: the first loss; kNever = none
  std::uint64_t sessions_lost_ = 0;
  std::uint64_t users_lost_ = 0;
  std::uint64_t user_unknown_ = 0;
};

// Takes the list from before the drops.
class ListBefore final : public SessionTaker {
 public:
  // `index` has the run's `rows`. All must live as long.
  ListBefore(Losses& losses, RowIndex& index, std::uint64_t rows)
      : losses_(losses), index_(index), rows_(rows) {}
  void restart() override { losses_.begin_list_before(rows_); }
  void take(const pam::ListedSession& session) override {
    losses_.listed_before(pam::has_usable_id(session) ? index_.find(session.session_id) : std::nullopt,
                          session);
  }

 private:
  Losses& losses_;
  RowIndex& index_;
  std::uint64_t rows_;
};

}  // namespace bulkdrop::run
