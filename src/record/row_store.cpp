#include "bulkdrop/record/row_store.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <exception>
#include <optional>
#include <vector>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/text.hpp"

namespace bulkdrop::record {
namespace {

constexpr std::size_t kBufferBytes = 256 * 1024;
constexpr std::size_t kMaxTextBytes = 300;

// What stands in front of a row's ID and message.
struct Head {
  std::uint64_t line = 0;
  std::uint64_t offset = 0;
  std::uint32_t length = 0;
  std::uint32_t check = 0;
  std::uint32_t source = 0;
  std::uint16_t id_bytes = 0;
  std::uint16_t message_bytes = 0;
  Admission admission = Admission::to_drop;
  Reason reason = Reason::not_started;
};

constexpr std::size_t kHeadBytes = 34;
constexpr std::size_t kMaxRowBytes = kHeadBytes + 2 * kMaxTextBytes;

// Visits the members in the order in which they stand in the file.
template <typename AnyHead, typename Visit>
void each_member(AnyHead& head, Visit&& visit) {
  visit(head.line);
  visit(head.offset);
  visit(head.length);
  visit(head.check);
  visit(head.source);
  visit(head.id_bytes);
  visit(head.message_bytes);
  visit(head.admission);
  visit(head.reason);
}

void write_head(const Head& head, char* out) {
  each_member(head, [&](const auto& member) {
    std::memcpy(out, &member, sizeof member);
    out += sizeof member;
  });
}

Head read_head(const char* in) {
  Head head;
  each_member(head, [&](auto& member) {
    std::memcpy(&member, in, sizeof member);
    in += sizeof member;
  });
  return head;
}

}  // namespace

struct RowStore::Impl {
  explicit Impl(const std::string& directory)
      : path(directory + " (a copy of the rows there)"), file(anonymous_file(directory)) {
    buffer.reserve(kBufferBytes);
  }

  void flush() {
    if (broken) std::rethrow_exception(broken);
    if (buffer.empty()) return;
    try {
      write_all(file.get(), buffer, path);
    } catch (...) {
      broken = std::current_exception();
      throw;
    }
    visible.store(visible.load(std::memory_order_relaxed) + buffer.size(), std::memory_order_release);
    buffer.clear();
  }

  std::string path;  // for messages
  Fd file;
  std::string buffer;  // whole rows that are not in the file yet
  std::exception_ptr broken;
  std::atomic<std::uint64_t> visible{0};  // bytes of the file that cursors may read; always whole rows
  std::atomic<std::uint64_t> rows{0};
  std::array<std::atomic<std::uint64_t>, 4> by_admission{};
};

RowStore::RowStore(const std::string& directory) : impl_(std::make_unique<Impl>(directory)) {}
RowStore::~RowStore() = default;

void RowStore::append(Row& row) {
  Impl& to = *impl_;
  if (to.broken) std::rethrow_exception(to.broken);
  if (to.buffer.size() + kMaxRowBytes > kBufferBytes) to.flush();

  std::string cut_id;
  std::string cut_message;
  std::string_view id = row.session_id;
  std::string_view message = row.message;
  if (id.size() > kMaxTextBytes) id = cut_id = shortened(id, kMaxTextBytes);
  if (message.size() > kMaxTextBytes) message = cut_message = shortened(message, kMaxTextBytes);

  std::array<char, kHeadBytes> head{};
  write_head({row.line, row.offset, row.length, row.check, row.source, static_cast<std::uint16_t>(id.size()),
              static_cast<std::uint16_t>(message.size()), row.admission, row.reason},
             head.data());
  to.buffer.append(head.data(), head.size());
  to.buffer += id;
  to.buffer += message;

  row.number = to.rows.fetch_add(1, std::memory_order_relaxed);
  to.by_admission[static_cast<std::size_t>(row.admission)].fetch_add(1, std::memory_order_relaxed);
}

void RowStore::flush() {
  impl_->flush();
}

std::uint64_t RowStore::rows() const {
  return impl_->rows.load(std::memory_order_relaxed);
}

std::uint64_t RowStore::to_drop() const {
  return with(Admission::to_drop);
}

std::uint64_t RowStore::with(Admission admission) const {
  return impl_->by_admission[static_cast<std::size_t>(admission)].load(std::memory_order_relaxed);
}

struct RowStore::Cursor::Impl {
  explicit Impl(const RowStore::Impl& from) : store(from), buffer(kBufferBytes) {}

  // Whether a whole row stands at `at`.
  [[nodiscard]] bool has_row() const {
    if (filled - at < kHeadBytes) return false;
    const Head head = read_head(buffer.data() + at);
    return filled - at >= kHeadBytes + head.id_bytes + head.message_bytes;
  }

  void refill() {
    std::memmove(buffer.data(), buffer.data() + at, filled - at);
    filled -= at;
    at = 0;
    const std::uint64_t left = store.visible.load(std::memory_order_acquire) - next_byte;
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer.size() - filled));
    const std::size_t got = read_at(store.file.get(), buffer.data() + filled, wanted, next_byte, store.path);
    filled += got;
    next_byte += got;
  }

  const RowStore::Impl& store;
  std::vector<char> buffer;
  std::size_t at = 0;           // the next row's place in the buffer
  std::size_t filled = 0;       // bytes of the buffer in use
  std::uint64_t next_byte = 0;  // of the file, to be read next
  std::uint64_t next_row = 0;
};

RowStore::Cursor::Cursor(const RowStore& store) : impl_(std::make_unique<Impl>(*store.impl_)) {}
RowStore::Cursor::Cursor(Cursor&&) noexcept = default;
RowStore::Cursor::~Cursor() = default;

bool RowStore::Cursor::next(Row& row) {
  Impl& from = *impl_;
  if (!from.has_row()) {
    from.refill();
    if (!from.has_row()) return false;
  }
  const char* start = from.buffer.data() + from.at;
  const Head head = read_head(start);
  row.number = from.next_row++;
  row.source = head.source;
  row.line = head.line;
  row.offset = head.offset;
  row.length = head.length;
  row.check = head.check;
  row.session_id = {start + kHeadBytes, head.id_bytes};
  row.admission = head.admission;
  row.reason = head.reason;
  row.message = {start + kHeadBytes + head.id_bytes, head.message_bytes};
  from.at += kHeadBytes + head.id_bytes + head.message_bytes;
  return true;
}

}  // namespace bulkdrop::record
