// How many answers in a row must say that something is wrong for every session before it is believed.
#pragma once

#include <cstdint>

#include "bulkdrop/policy/row_queue.hpp"

namespace bulkdrop::policy {

class Confirmations {
 public:
  static constexpr int kNeeded = 3;

  // The server let a session through, or answered as the API documents: the opposite is proven.
  void disproved() {
    trusted_once_ = true;
    in_a_row_ = 0;
    ++round_;
  }
  // One answer says so; true if that is enough. Once the server has let one session through they must be of
  // different rows: one row can be the cause of all of its own. What keeps a request from leaving at all (a
  // certificate) has nothing to do with its row.
  bool accused(Entry& entry, bool on_wire) {
    const bool counts = !trusted_once_ || !on_wire || entry.accused_in != round_;
    entry.accused_in = round_;
    if (counts) ++in_a_row_;
    return in_a_row_ >= kNeeded;
  }
  // The server gave a documented answer at least once.
  [[nodiscard]] bool trusted_once() const { return trusted_once_; }

 private:
  bool trusted_once_ = false;
  int in_a_row_ = 0;
  std::uint64_t round_ = 1;  // counts the times that an answer proved the opposite
};

}  // namespace bulkdrop::policy
