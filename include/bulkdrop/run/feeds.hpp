// The two ways in which the rows of a new run reach the loop.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "bulkdrop/record/row_store.hpp"
#include "bulkdrop/run/intake.hpp"
#include "bulkdrop/run/seams.hpp"

namespace bulkdrop::run {

// Rows that were all read before the first request: exactly what the person confirmed.
class StoreFeed final : public Feed {
 public:
  explicit StoreFeed(const record::RowStore& store) : cursor_(store.cursor()) {}
  Fed next(Row& row) override { return cursor_.next(row) ? Fed::row : Fed::ended; }

 private:
  record::RowStore::Cursor cursor_;
};

// `--stream`: a thread reads, and hands each row over through a bounded queue.
class StreamFeed final : public Feed {
 public:
  // `wake` is called from the reading thread when the queue was empty and is not any more.
  StreamFeed(Intake& intake, std::function<void()> wake);
  StreamFeed(const StreamFeed&) = delete;
  StreamFeed& operator=(const StreamFeed&) = delete;
  ~StreamFeed() override;

  // Rethrows what ended the reading thread, once the rows before it were handed out.
  Fed next(Row& row) override;
  // No further row is read; afterwards the stores hold all rows that count. Idempotent.
  void stop();

 private:
  struct Item {
    Row row;
    std::string session_id;
    std::string message;
  };
  static constexpr std::size_t kMostQueued = 1024;
  void read();

  Intake& intake_;
  std::function<void()> wake_;
  std::mutex mutex_;
  std::condition_variable room_;
  std::deque<Item> queue_;
  bool ended_ = false;
  bool stopping_ = false;
  std::exception_ptr failure_;
  Item current_;
  std::thread thread_;
};

}  // namespace bulkdrop::run
