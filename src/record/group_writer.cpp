#include "bulkdrop/record/group_writer.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <exception>
#include <utility>

#include <fmt/format.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/record/journal_format.hpp"

namespace bulkdrop::record {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;
// After a group that held so much of what it may, the next one gets more time: a quick server would make a
// tenth of all CPU time syncs.
constexpr std::uint64_t kManyShare = 8;
constexpr int kDelayIfMany = 3;

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

// Written to all the same, but nobody will find it. Inode numbers are not compared: some network file systems
// change them.
bool is_gone(const Fd& file, const std::string& path) {
  struct stat written {};
  struct stat found {};
  return ::fstat(file.get(), &written) == 0 && S_ISREG(written.st_mode) &&
         ::stat(path.c_str(), &found) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

}  // namespace

void GroupWriter::Batch::clear() {
  text.clear();
  leases.clear();
  records = 0;
  results = 0;
}

GroupWriter::GroupWriter(Fd file, std::string path, Start start, std::function<void()> on_change,
                         Limits limits, Fd input_copy)
    : file_(std::move(file)),
      input_copy_(std::move(input_copy)),
      path_(std::move(path)),
      on_change_(std::move(on_change)),
      limits_(limits),
      bytes_(start.bytes),
      durable_bytes_(start.bytes),
      hash_(std::move(start.hash)),
      room_(file_.get()) {
  pending_.text.reserve(kBufferBytes);
  writing_.text.reserve(kBufferBytes);
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
  if (!error_) room_.give_back(bytes_);
}

void GroupWriter::append(std::string_view record, bool is_result) {
  add(record, is_result, std::nullopt);
}

void GroupWriter::append_lease(std::string_view record, std::uint64_t leased, std::uint64_t room) {
  add(record, false, Lease{0, record.size(), leased, room});
}

void GroupWriter::add(std::string_view record, bool is_result, const std::optional<Lease>& lease) {
  bool wake = false;
  {
    std::unique_lock lock(mutex_);
    // Counted first, so that what is lost is never thought written.
    if (is_result) appended_results_.fetch_add(1, std::memory_order_release);
    moved_.wait(lock, [&] { return error_ || pending_.text.size() <= limits_.pending_bytes; });
    if (error_ || (lease && full_)) return;
    if (!has_work()) {
      group_since_ = std::chrono::steady_clock::now();
      wake = true;
    }
    if (lease) {
      pending_.leases.push_back(*lease);
      pending_.leases.back().at = pending_.text.size();
    }
    pending_.text += record;
    ++pending_.records;
    if (is_result) ++pending_.results;
    wake = wake || open_records_ + pending_.records == limits_.records || (lease && !urgent_);
    urgent_ = urgent_ || lease;
  }
  if (wake) work_.notify_one();
}

void GroupWriter::restart_leases() {
  const std::lock_guard lock(mutex_);
  granted_ = 0;
  durable_leased_.store(0, std::memory_order_release);
}

void GroupWriter::hurry() {
  const std::lock_guard writing(writing_mutex_);
  {
    const std::lock_guard lock(mutex_);
    // A lease may take its time, and the writer is about to see to it.
    if (error_ || pending_.text.empty() || !pending_.leases.empty()) return;
    std::swap(pending_, writing_);
    open_records_ += writing_.records;
  }
  moved_.notify_all();
  hash_.add(writing_.text);
  auto error = write_text();
  if (!error) return;
  {
    const std::lock_guard lock(mutex_);
    fail(*std::move(error));
  }
  on_change_();
}

bool GroupWriter::drain() {
  std::unique_lock lock(mutex_);
  if (has_work()) {
    urgent_ = true;
    work_.notify_one();
  }
  moved_.wait(lock, [&] { return error_ || (!has_work() && !closing_now_); });
  return !error_;
}

void GroupWriter::release_room() {
  if (!drain()) return;
  const std::lock_guard writing(writing_mutex_);
  room_.give_back(bytes_);
}

std::optional<std::string> GroupWriter::failed() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

std::optional<std::string> GroupWriter::full() const {
  const std::lock_guard lock(mutex_);
  return full_;
}

bool GroupWriter::is_due() const {
  return urgent_ || stopping_ || open_records_ + pending_.records >= limits_.records;
}

void GroupWriter::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    work_.wait(lock, [&] { return stopping_ || has_work(); });
    if (!has_work()) return;
    const Duration delay =
        last_group_ > limits_.records / kManyShare ? kDelayIfMany * limits_.delay : limits_.delay;
    work_.wait_until(lock, group_since_ + delay, [&] { return is_due(); });
    last_group_ = open_records_ + pending_.records;
    closing_now_ = true;
    lock.unlock();

    std::optional<std::string> error;
    try {
      error = close_group();
    } catch (const std::exception& exception) {  // no memory, no SHA-256
      error = fmt::format("cannot write to {}: {}", path_, exception.what());
    }

    {
      const std::lock_guard writing(writing_mutex_);
      lock.lock();
      closing_now_ = false;
      if (error) fail(*std::move(error));
    }
    const bool stop = error_.has_value();
    lock.unlock();
    moved_.notify_all();
    on_change_();
    if (stop) return;
    lock.lock();
  }
}

// What was written since the last commit, what is pending, and a commit behind it; then the sync, during
// which hurry() may write on.
std::optional<std::string> GroupWriter::close_group() {
  Committed committed;
  {
    const std::lock_guard writing(writing_mutex_);
    {
      const std::lock_guard lock(mutex_);
      std::swap(pending_, writing_);
      // What comes from now on begins a group of its own.
      open_records_ = 0;
      urgent_ = false;
      if (error_) return error_;
    }
    moved_.notify_all();
    // Behind the batch, not before it: what came in between would be on record without its row.
    if (input_copy_)
      if (auto error = sync(input_copy_, "the copy of standard input beside " + path_)) return error;
    if (auto full = grant_leases()) {
      const std::lock_guard lock(mutex_);
      full_ = std::move(full);
    }
    const std::size_t records_end = writing_.text.size();
    if (bytes_ + records_end == durable_bytes_) {  // nothing but a lease that was not granted
      writing_.clear();
      return std::nullopt;
    }
    hash_.add(writing_.text);
    append_commit_line(writing_.text, bytes_ + records_end, hash_.finish());
    hash_.add(std::string_view(writing_.text).substr(records_end));
    if (auto error = write_text()) return error;
    committed = {bytes_, written_results_.load(std::memory_order_relaxed), granted_};
  }
  if (auto error = sync(file_, path_)) return error;
  const std::lock_guard lock(mutex_);
  durable_bytes_ = committed.bytes;
  durable_results_.store(committed.results, std::memory_order_release);
  durable_leased_.store(committed.leased, std::memory_order_release);
  return std::nullopt;
}

void GroupWriter::fail(std::string error) {
  error_ = std::move(error);
  pending_.clear();
  open_records_ = 0;
  written_results_.store(durable_results_.load(std::memory_order_relaxed), std::memory_order_release);
  // What may not be on the disk must not be believed by a later reader: it was never reported. Best effort,
  // because the disk is in trouble.
  room_.give_back(durable_bytes_);
}

// Takes the lines of leases without room out of the batch. Gives the reason, if there are any.
std::optional<std::string> GroupWriter::grant_leases() {
  std::optional<std::string> full = full_;
  if (!full && !writing_.leases.empty() && is_gone(file_, path_))
    full = fmt::format("{} is not there any more: it was removed or moved away", path_);
  std::size_t removed = 0;
  for (const Lease& lease : writing_.leases) {
    if (!full) {
      const auto error = room_.ensure(bytes_, bytes_ + writing_.text.size() + lease.room);
      if (error)
        full = fmt::format("no room for the results of further sessions in {}: {}", path_,
                           describe_errno(*error));
    }
    if (full) {
      writing_.text.erase(lease.at - removed, lease.bytes);
      removed += lease.bytes;
    } else {
      granted_ = lease.leased;
    }
  }
  return full;
}

// The batch, which is empty afterwards.
std::optional<std::string> GroupWriter::write_text() {
  std::string_view left = writing_.text;
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
  bytes_ += writing_.text.size();
  written_results_.fetch_add(writing_.results, std::memory_order_release);
  writing_.clear();
  return std::nullopt;
}

std::optional<std::string> GroupWriter::sync(const Fd& file, const std::string& name) {
  if (::fdatasync(file.get()) == 0) return std::nullopt;
  return fmt::format("cannot make {} durable: {}; what was written last may be lost", name,
                     describe_errno(errno));
}

}  // namespace bulkdrop::record
