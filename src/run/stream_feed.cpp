#include <utility>

#include "bulkdrop/run/feeds.hpp"

namespace bulkdrop::run {

StreamFeed::StreamFeed(Intake& intake, std::function<void()> wake)
    : intake_(intake), wake_(std::move(wake)), thread_([this] { read(); }) {}

StreamFeed::~StreamFeed() {
  stop();
}

void StreamFeed::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  room_.notify_all();
  intake_.interrupt();
  if (thread_.joinable()) thread_.join();
}

void StreamFeed::read() {
  try {
    Row row;
    while (intake_.next(row)) {
      Item item{row, std::string(row.session_id), std::string(row.message)};
      std::unique_lock lock(mutex_);
      room_.wait(lock, [this] { return stopping_ || queue_.size() < kMostQueued; });
      if (stopping_) break;
      const bool was_empty = queue_.empty();
      queue_.push_back(std::move(item));
      lock.unlock();
      if (was_empty) wake_();
    }
    intake_.finish();
  } catch (...) {
    const std::lock_guard lock(mutex_);
    failure_ = std::current_exception();
  }
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  wake_();
}

Feed::Fed StreamFeed::next(Row& row) {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.empty()) {
      if (!ended_) return Fed::nothing_yet;
      if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
      return Fed::ended;
    }
    current_ = std::move(queue_.front());
    queue_.pop_front();
  }
  room_.notify_one();
  row = current_.row;
  row.session_id = current_.session_id;
  row.message = current_.message;
  return Fed::row;
}

}  // namespace bulkdrop::run
