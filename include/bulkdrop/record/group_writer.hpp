// Appends records to a descriptor through a thread of its own, and makes them durable in groups: one
// fdatasync serves all records of a group, so that the caller never waits for the disk.
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

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/file.hpp"

namespace bulkdrop::record {

class GroupWriter {
 public:
  // A group is written when it holds `records`, or when its oldest record is `delay` old, or when it holds an
  // urgent record. append() waits while more than `pending_bytes` are not yet written.
  struct Limits {
    std::uint64_t records = 64;
    Duration delay = std::chrono::milliseconds{20};
    std::size_t pending_bytes = std::size_t{8} << 20;
  };
  // How far the record is: totals that the caller counts, published once they are durable.
  struct Marks {
    std::uint64_t results = 0;
    std::uint64_t leased = 0;
  };

  // `path` is for messages. `on_change` is called from the writer's thread after every durable group and
  // after a failure, until the destructor has returned; it must not throw.
  GroupWriter(Fd file, std::string path, std::function<void()> on_change, Limits limits);
  GroupWriter(const GroupWriter&) = delete;
  GroupWriter& operator=(const GroupWriter&) = delete;
  // Writes and syncs what is pending, unless writing has failed.
  ~GroupWriter();

  // Appends `record`; once it is durable, marks() is at least `marks`. Records stand in the file in the order
  // of the calls. Does nothing after a failure. One thread.
  void append(std::string_view record, const Marks& marks, bool urgent);

  // Waits until everything appended is durable. False after a failure.
  bool drain();

  [[nodiscard]] std::uint64_t durable_results() const {
    return durable_results_.load(std::memory_order_acquire);
  }
  [[nodiscard]] std::uint64_t durable_leased() const {
    return durable_leased_.load(std::memory_order_acquire);
  }

  // The first error of a write or a sync. It is final: after a failed sync the kernel may have thrown the
  // pages away and call a second sync a success, so neither is ever tried again. Any thread.
  [[nodiscard]] std::optional<std::string> failed() const;

 private:
  void run();
  bool is_due() const;
  std::optional<std::string> write_group();

  const Fd file_;
  const std::string path_;
  const std::function<void()> on_change_;
  const Limits limits_;

  mutable std::mutex mutex_;
  std::condition_variable work_;   // for the writer: there is something to do
  std::condition_variable moved_;  // for the caller: the writer took a group, finished one, or failed
  std::string pending_;            // what the next group will hold
  std::uint64_t pending_records_ = 0;
  Marks pending_marks_;
  TimePoint pending_since_{};
  bool urgent_ = false;
  bool stopping_ = false;
  bool writing_now_ = false;
  std::optional<std::string> error_;

  std::string writing_;  // the writer's alone
  std::atomic<std::uint64_t> durable_results_{0};
  std::atomic<std::uint64_t> durable_leased_{0};
  std::thread thread_;
};

}  // namespace bulkdrop::record
