// How many requests at once a run allowed itself, and when it waited: in bounded memory, however long it
// lasts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bulkdrop/core/clock.hpp"

namespace bulkdrop::report {

// One pause, or several that follow each other.
struct Pause {
  WallTime from{};
  WallTime until{};
  std::uint64_t waited_ms = 0;  // less than between the two, if there are several
};

// From `at` on; 0 = nobody was at work.
struct WindowStep {
  WallTime at{};
  std::uint64_t requests = 0;
};

class PaceHistory {
 public:
  // More are told in less detail: neighbours become one.
  static constexpr std::size_t kMost = 1024;

  // In the order of time.
  void paused(WallTime now, std::string_view why);
  void resumed(WallTime now);
  void window(WallTime now, std::uint64_t requests);
  // A part of the run is over.
  void over(WallTime now);

  [[nodiscard]] const std::vector<Pause>& pauses() const { return pauses_; }
  [[nodiscard]] const std::vector<WindowStep>& windows() const { return windows_; }
  [[nodiscard]] std::uint64_t pause_count() const { return pause_count_; }
  [[nodiscard]] std::uint64_t waited_ms() const { return waited_ms_; }
  [[nodiscard]] std::uint64_t longest_ms() const { return longest_ms_; }
  [[nodiscard]] const std::string& longest_why() const { return longest_why_; }

 private:
  std::vector<Pause> pauses_;
  std::vector<WindowStep> windows_;
  std::optional<WallTime> paused_since_;
  std::string why_;
  std::uint64_t pause_count_ = 0;
  std::uint64_t waited_ms_ = 0;
  std::uint64_t longest_ms_ = 0;
  std::string longest_why_;
};

}  // namespace bulkdrop::report
