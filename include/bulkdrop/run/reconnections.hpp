// The sessions that were opened by users who had lost one, as one list after the other shows them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/input/seen_ids.hpp"
#include "bulkdrop/report/reconnection.hpp"
#include "bulkdrop/run/kept_texts.hpp"
#include "bulkdrop/run/losses.hpp"
#include "bulkdrop/run/row_index.hpp"
#include "bulkdrop/run/session_fetch.hpp"

namespace bulkdrop::run {

// About 40 bytes for each of them; their texts are in a scratch file. Of one list, the first
// kMostOfOneList new ones are taken, the others from the next.
class Reconnections final : public SessionTaker {
 public:
  static constexpr std::size_t kMostOfOneList = 10'000;

  // `losses`: concluded. `index` has the run's rows. Both must live as long. `directory`: for the scratch
  // file.
  Reconnections(const Losses& losses, RowIndex& index, const std::string& directory);

  void restart() override;
  void take(const pam::ListedSession& session) override;
  // The list came whole: those that it shows and no list before did, in its order.
  std::vector<report::Reconnection> settle(WallTime now);

  [[nodiscard]] std::uint64_t sessions() const { return known_.size(); }
  // Those that no list has shown as ended. One that is not listed any more may live.
  [[nodiscard]] std::uint64_t alive() const { return alive_; }
  [[nodiscard]] std::uint64_t users() const { return users_; }
  // The first ones, as the last list left them.
  [[nodiscard]] const std::vector<report::Reconnection>& first() const { return first_; }

  // `path` appears whole: those that are alive, for `bulkdrop drop`. Columns: session_id, user, credential,
  // device, origin_ip, protocol, proxy, start, seen_at (UTC); RFC 4180, safe to open in a spreadsheet.
  void write_csv(const std::string& path) const;

 private:
  struct Known {
    std::uint64_t text;  // its line in texts_
    bool ended = false;
    bool ended_in_this_list = false;
  };
  struct Fresh {
    report::Reconnection reconnection;
    std::string identity;
    std::uint32_t user;
    std::string proxy;
  };

  const Losses& losses_;
  RowIndex& index_;
  input::SeenIds ids_;  // of known_: the place's line is the index + 1
  std::vector<Known> known_;
  KeptTexts texts_;
  std::vector<bool> is_user_back_;  // by number
  std::uint64_t users_ = 0;
  std::uint64_t alive_ = 0;
  std::vector<report::Reconnection> first_;
  // Of the list that is being read.
  std::vector<Fresh> fresh_;
  std::vector<std::size_t> ended_;  // in known_
};

}  // namespace bulkdrop::run
