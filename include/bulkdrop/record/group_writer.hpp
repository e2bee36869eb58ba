// Appends records to a descriptor through a thread of its own, and makes them durable in groups: one
// fdatasync serves all records of a group, so that the caller never waits for the disk. Each group ends with
// a commit line, and no byte of the next one is written before it is durable (journal.hpp says why).
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/sha256.hpp"
#include "bulkdrop/record/room_ahead.hpp"

namespace bulkdrop::record {

class GroupWriter {
 public:
  // A group is made durable when it holds `records`, or when its oldest record is `delay` old (three times
  // that, if the one before held an eighth of `records`), or at once when it holds a lease. An append waits
  // while more than `pending_bytes` are not yet written.
  struct Limits {
    // A quick server gives 64 answers in 5 ms: with as few to a group, syncs were a twelfth of all CPU time.
    std::uint64_t records = 2048;
    Duration delay = std::chrono::milliseconds{20};
    std::size_t pending_bytes = std::size_t{8} << 20;
  };
  // What the file holds at the start, all of it durable.
  struct Start {
    std::uint64_t bytes = 0;
    Sha256 hash;
  };

  // `path` is where the file is: leases are refused once it is not there any more. `on_change` is called from
  // the writer's thread after every sync and after a failure, until the destructor has returned; it must not
  // throw. `input_copy`, if open, is made durable before each group is.
  GroupWriter(Fd file, std::string path, Start start, std::function<void()> on_change, Limits limits,
              Fd input_copy = {});
  GroupWriter(const GroupWriter&) = delete;
  GroupWriter& operator=(const GroupWriter&) = delete;
  // Makes what is pending durable, unless writing has failed, and gives the room ahead back.
  ~GroupWriter();

  // Appends a line. Lines stand in the file in the order of the calls. Does nothing after a failure. One
  // thread, for these and all below that do not say otherwise.
  void append(std::string_view record, bool is_result);
  // A line that is appended only if the file has room for `room` bytes behind it; once it is durable,
  // durable_leased() is at least `leased`. Without room, full() says so, and this does nothing from then on.
  void append_lease(std::string_view record, std::uint64_t leased, std::uint64_t room);
  // Leases begin anew at 0. Call it only when nothing is pending.
  void restart_leases();

  // Writes what is pending, without a sync, on the caller's own thread: that takes less than waking another
  // one. Leaves it to the writer if a lease is among it, which is on its way to the disk then.
  void hurry();
  // Waits until everything appended is durable. False after a failure.
  bool drain();
  // Waits until everything is durable, and gives the room ahead back.
  void release_room();

  // Any thread, all of them.
  [[nodiscard]] std::uint64_t durable_bytes() const { return durable_bytes_.load(std::memory_order_acquire); }
  [[nodiscard]] std::uint64_t durable_results() const {
    return durable_results_.load(std::memory_order_acquire);
  }
  [[nodiscard]] std::uint64_t durable_leased() const {
    return durable_leased_.load(std::memory_order_acquire);
  }
  // Appended and not yet handed to the kernel; after a failure, all that are not durable.
  [[nodiscard]] std::uint64_t unwritten_results() const {
    const std::uint64_t written = written_results_.load(std::memory_order_acquire);  // first: it never leads
    return appended_results_.load(std::memory_order_acquire) - written;
  }
  // The first error of a write or a sync. It is final: after a failed sync the kernel may have thrown the
  // pages away and call a second sync a success, so neither is ever tried again.
  [[nodiscard]] std::optional<std::string> failed() const;
  // Why no further lease is granted.
  [[nodiscard]] std::optional<std::string> full() const;

 private:
  struct Lease {
    std::size_t at;  // where its line stands in the batch
    std::size_t bytes;
    std::uint64_t leased;
    std::uint64_t room;
  };
  // What was appended between two writes.
  struct Batch {
    std::string text;
    std::vector<Lease> leases;
    std::uint64_t records = 0;
    std::uint64_t results = 0;
    void clear();
  };

  // How far the file goes that a sync makes durable.
  struct Committed {
    std::uint64_t bytes = 0;
    std::uint64_t results = 0;
    std::uint64_t leased = 0;
  };

  void add(std::string_view record, bool is_result, const std::optional<Lease>& lease);
  void run();
  [[nodiscard]] bool has_work() const { return !pending_.text.empty() || open_records_ > 0; }
  [[nodiscard]] bool is_due() const;
  // Each gives the error, if there is one.
  std::optional<std::string> close_group();
  std::optional<std::string> grant_leases();
  std::optional<std::string> write_text();
  std::optional<std::string> sync(const Fd& file, const std::string& name);
  void fail(std::string error);

  const Fd file_;
  const Fd input_copy_;
  const std::string path_;
  const std::function<void()> on_change_;
  const Limits limits_;

  mutable std::mutex mutex_;
  std::condition_variable work_;   // for the writer: there is something to do
  std::condition_variable moved_;  // for the caller: the writer took a batch, finished one, or failed
  Batch pending_;
  TimePoint group_since_{};         // when the oldest record that is not durable came
  std::uint64_t open_records_ = 0;  // of the group, written and not durable
  std::uint64_t last_group_ = 0;    // records of the last one
  bool urgent_ = false;
  bool stopping_ = false;
  bool closing_now_ = false;
  std::optional<std::string> error_;
  std::optional<std::string> full_;

  // Whoever writes to the file holds this one, and takes it before the other.
  std::mutex writing_mutex_;
  Batch writing_;
  std::uint64_t bytes_;                       // of the file
  std::atomic<std::uint64_t> durable_bytes_;  // of these
  Sha256 hash_;
  std::uint64_t granted_ = 0;  // leases written
  RoomAhead room_;

  std::atomic<std::uint64_t> appended_results_{0};
  std::atomic<std::uint64_t> written_results_{0};
  std::atomic<std::uint64_t> durable_results_{0};
  std::atomic<std::uint64_t> durable_leased_{0};
  std::thread thread_;
};

}  // namespace bulkdrop::record
