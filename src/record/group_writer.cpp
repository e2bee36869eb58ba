#include "bulkdrop/record/group_writer.hpp"

#include <cerrno>
#include <csignal>
#include <utility>

#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

#include "bulkdrop/core/error.hpp"

namespace bulkdrop::record {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;

// A thread inherits its creator's signal mask. Signals are for the thread that waits for them; and with
// SIGXFSZ blocked, a write beyond the file size limit is an error like any other.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

GroupWriter::GroupWriter(Fd file, std::string path, std::function<void()> on_change, Limits limits)
    : file_(std::move(file)), path_(std::move(path)), on_change_(std::move(on_change)), limits_(limits) {
  pending_.reserve(kBufferBytes);
  writing_.reserve(kBufferBytes);
  const SignalsBlocked guard;
  thread_ = std::thread([this] { run(); });
}

GroupWriter::~GroupWriter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_one();
  thread_.join();
}

void GroupWriter::append(std::string_view record, const Marks& marks, bool urgent) {
  bool wake = false;
  {
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [&] { return error_ || pending_.size() <= limits_.pending_bytes; });
    if (error_) return;
    if (pending_.empty()) {
      pending_since_ = std::chrono::steady_clock::now();
      wake = true;
    }
    pending_ += record;
    ++pending_records_;
    pending_marks_ = marks;
    wake = wake || pending_records_ == limits_.records || (urgent && !urgent_);
    urgent_ = urgent_ || urgent;
  }
  if (wake) work_.notify_one();
}

bool GroupWriter::drain() {
  std::unique_lock lock(mutex_);
  if (!pending_.empty()) {
    urgent_ = true;
    work_.notify_one();
  }
  moved_.wait(lock, [&] { return error_ || (pending_.empty() && !writing_now_); });
  return !error_;
}

std::optional<std::string> GroupWriter::failed() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

bool GroupWriter::is_due() const {
  return urgent_ || stopping_ || pending_records_ >= limits_.records;
}

void GroupWriter::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    work_.wait(lock, [&] { return stopping_ || !pending_.empty(); });
    if (pending_.empty()) return;
    work_.wait_until(lock, pending_since_ + limits_.delay, [&] { return is_due(); });
    std::swap(pending_, writing_);
    const Marks marks = pending_marks_;
    pending_records_ = 0;
    urgent_ = false;
    writing_now_ = true;
    lock.unlock();
    moved_.notify_all();

    std::optional<std::string> error = write_group();
    writing_.clear();

    lock.lock();
    writing_now_ = false;
    const bool stop = error.has_value();
    if (stop) {
      error_ = std::move(error);
      pending_.clear();
    } else {
      durable_results_.store(marks.results, std::memory_order_release);
      durable_leased_.store(marks.leased, std::memory_order_release);
    }
    lock.unlock();
    moved_.notify_all();
    on_change_();
    if (stop) return;
    lock.lock();
  }
}

std::optional<std::string> GroupWriter::write_group() {
  std::string_view left = writing_;
  while (!left.empty()) {
    const ssize_t written = ::write(file_.get(), left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      const int number = written < 0 ? errno : EIO;
      return fmt::format("cannot write to {}: {}; nothing was recorded after that", path_,
                         describe_errno(number));
    }
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fdatasync(file_.get()) != 0) {
    return fmt::format("cannot make {} durable: {}; what was written last may be lost", path_,
                       describe_errno(errno));
  }
  return std::nullopt;
}

}  // namespace bulkdrop::record
