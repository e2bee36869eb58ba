// How many answers in a row must say that something is wrong for every session before it is believed.
#pragma once

#include "bulkdrop/policy/row_queue.hpp"

namespace bulkdrop::policy {

class Confirmations {
 public:
  // On a server that never answered as the API documents: any answers count, also of one row.
  static constexpr int kNeeded = 3;
  // Once it let a session through, each row counts once: an export may hold a stretch of sessions that this
  // client may not touch, and they must not keep the others alive.
  static constexpr int kNeededOnceTrusted = 20;

  // The server let a session through, or answered as the API documents: the opposite is proven.
  void disproved() {
    trusted_ = true;
    in_a_row_ = 0;
  }
  // One answer says so; true if that is enough to believe it. What keeps a request from leaving at all (a
  // certificate) has nothing to do with its row.
  bool accused(Entry& entry, bool on_wire) {
    ++entry.accusations;
    if (!trusted_ || !on_wire || entry.accusations == 1) ++in_a_row_;
    return in_a_row_ >= (trusted_ && on_wire ? kNeededOnceTrusted : kNeeded);
  }
  // The server gave a documented answer at least once.
  [[nodiscard]] bool trusted() const { return trusted_; }

 private:
  bool trusted_ = false;
  int in_a_row_ = 0;
};

}  // namespace bulkdrop::policy
