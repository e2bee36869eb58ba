// What became of one input row. The names are part of the product's contract: they stand in sessions.csv,
// summary.json and the journal, and scripts of users match on them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace bulkdrop {

enum class Status : std::uint8_t {
  dropped,     // the server confirmed our drop
  ended,       // the server's session list shows that the session has ended
  failed,      // the server refused, for good, or the list shows the session alive
  unknown,     // a request may have reached the server, and no trustworthy answer came
  unsent,      // never sent, or turned away for a reason that holds for every session
  invalid,     // the row holds no usable ID
  duplicate,   // the same ID stands in an earlier row
  protected_,  // on the protect list, left alone on purpose
};

inline constexpr std::array<Status, 8> kAllStatuses = {Status::dropped,   Status::ended,     Status::failed,
                                                       Status::unknown,   Status::unsent,    Status::invalid,
                                                       Status::duplicate, Status::protected_};

std::string_view name(Status status);
std::optional<Status> status_from_name(std::string_view name);

// True for the rows that go to failed.csv: nobody can say that the session is gone.
constexpr bool may_be_alive(Status status) {
  return status == Status::failed || status == Status::unknown || status == Status::unsent ||
         status == Status::invalid;
}

// Rows by status. The sum is the number of rows read, always.
class Counts {
 public:
  void add(Status status, std::uint64_t n = 1) { by_status_[static_cast<std::size_t>(status)] += n; }
  void remove(Status status) { --by_status_[static_cast<std::size_t>(status)]; }
  [[nodiscard]] std::uint64_t of(Status status) const { return by_status_[static_cast<std::size_t>(status)]; }
  [[nodiscard]] std::uint64_t total() const {
    std::uint64_t sum = 0;
    for (auto n : by_status_) sum += n;
    return sum;
  }
  bool operator==(const Counts&) const = default;

 private:
  std::array<std::uint64_t, kAllStatuses.size()> by_status_{};
};

}  // namespace bulkdrop
