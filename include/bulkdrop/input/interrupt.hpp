// A flag that wakes a blocked read.
#pragma once

#include <atomic>

#include "bulkdrop/core/file.hpp"

namespace bulkdrop::input {

// raise() may be called from any thread and from a signal handler: it touches a lock-free atomic and
// write(2).
class Interrupt {
 public:
  Interrupt();
  void raise() noexcept;
  // As if it had never been raised. Not while another thread may raise it.
  void lower() noexcept;
  [[nodiscard]] bool raised() const { return raised_.load(std::memory_order_relaxed); }
  // Readable once raised; for poll.
  [[nodiscard]] int descriptor() const { return event_.get(); }

 private:
  static_assert(std::atomic<bool>::is_always_lock_free);
  std::atomic<bool> raised_ = false;
  Fd event_;
};

// Thrown inside the room when a read was given up: half a row must never be taken for a whole one.
struct Interrupted {};

}  // namespace bulkdrop::input
