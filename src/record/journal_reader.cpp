#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/file.hpp"
#include "bulkdrop/record/journal.hpp"
#include "bulkdrop/record/journal_format.hpp"

namespace bulkdrop::record {
namespace {

constexpr std::size_t kScanBytes = 256 * 1024;
// Only a header can be long: it names every source.
constexpr std::size_t kMaxLineBytes = std::size_t{16} << 20;
constexpr std::size_t kWindowBytes = 256 * 1024;
constexpr std::size_t kPeekBytes = 8 * 1024;
constexpr std::size_t kLookBehindBytes = 64 * 1024;
// So many reads in a row outside the window, and the window moves there.
constexpr int kStraysToFollow = 8;

Fd open_journal(const std::string& path) {
  Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) {
    throw Error(ExitCode::run_directory, fmt::format("cannot open {}: {}", path, describe_errno(errno)));
  }
  if (!S_ISREG(status.st_mode)) {
    throw Error(ExitCode::run_directory, fmt::format("{} is not a regular file", path));
  }
  return file;
}

// A part of the file in memory.
class Window {
 public:
  explicit Window(std::size_t size) : bytes_(size + ResultDecoder::kPadding), size_(size) {}

  void load(const Fd& file, std::uint64_t start, const std::string& path) {
    filled_ = 0;
    filled_ = read_at(file.get(), bytes_.data(), size_, start, path);
    start_ = start;
  }

  // The line that starts at byte `offset` of the file, without its end; empty if it does not stand here
  // whole.
  [[nodiscard]] std::string_view line_at(std::uint64_t offset) const {
    if (offset < start_ || offset >= end()) return {};
    const std::string_view rest(bytes_.data() + (offset - start_), static_cast<std::size_t>(end() - offset));
    const std::size_t length = rest.find('\n');
    return length == std::string_view::npos ? std::string_view{} : rest.substr(0, length);
  }

  [[nodiscard]] std::uint64_t end() const { return start_ + filled_; }

 private:
  std::vector<char> bytes_;
  std::size_t size_;
  std::size_t filled_ = 0;
  std::uint64_t start_ = 0;
};

}  // namespace

struct JournalReader::Impl {
  Impl(const std::string& name, std::uint64_t rows)
      : path(name), file(open_journal(name)), places(rows), window(kWindowBytes), peek(kPeekBytes) {
    scan();
  }

  [[noreturn]] void refuse(std::uint64_t offset, std::string_view why) const {
    throw Error(
        ExitCode::run_directory,
        fmt::format("{}: {} at byte {}; the file was damaged or altered after it was written: use a copy "
                    "that was not",
                    path, why, offset));
  }

  void scan();
  void take_line(std::string_view line, std::uint64_t offset);
  [[nodiscard]] std::string_view line_at(std::uint64_t offset);

  std::string path;
  Fd file;
  std::vector<std::uint64_t> places;  // of each row's last result, as its line's offset + 1; 0 = none
  std::uint64_t leased = 0;
  std::uint64_t intact_bytes = 0;
  bool ended = false;
  std::optional<Stop> stop;
  std::optional<std::uint64_t> broken;  // where the first line that is not intact starts
  Window window;
  Window peek;
  int strays = 0;
  ResultDecoder decoder;
};

void JournalReader::Impl::scan() {
  std::vector<char> buffer(kScanBytes);
  std::uint64_t base = 0;  // where buffer[0] stands in the file
  std::size_t filled = 0;  // bytes of the buffer in use
  bool too_long = false;   // the line at the front lost its start: it can't be intact
  for (;;) {
    if (filled == buffer.size()) {
      if (buffer.size() < kMaxLineBytes) {
        buffer.resize(buffer.size() * 2);
      } else {
        if (!broken) broken = base;
        too_long = true;
        base += filled;
        filled = 0;
      }
    }
    const std::size_t got =
        read_at(file.get(), buffer.data() + filled, buffer.size() - filled, base + filled, path);
    if (got == 0) break;
    filled += got;
    const std::string_view text(buffer.data(), filled);
    std::size_t start = 0;
    for (std::size_t end = 0; (end = text.find('\n', start)) != std::string_view::npos; start = end + 1) {
      if (!too_long) take_line(text.substr(start, end - start), base + start);
      too_long = false;
    }
    std::memmove(buffer.data(), buffer.data() + start, filled - start);
    base += start;
    filled -= start;
  }
  if (broken == std::uint64_t{0} || base == 0) refuse(0, "no intact header");
}

void JournalReader::Impl::take_line(std::string_view line, std::uint64_t offset) {
  if (!is_intact(line)) {
    if (!broken) broken = offset;
    return;
  }
  if (broken) refuse(*broken, "a record that fails its check, with intact ones after it,");
  intact_bytes = offset + line.size() + 1;
  if (offset == 0) {
    const auto version = header_version(line);
    if (!version) refuse(0, "no header");
    if (*version > kJournalVersion) {
      throw Error(
          ExitCode::run_directory,
          fmt::format(
              "{} was written by a newer bulkdrop (journal format {}, this one reads {}): use that one", path,
              *version, kJournalVersion));
    }
  } else if (is_result_line(line)) {
    const auto row = result_row(line);
    if (!row) refuse(offset, "an unreadable result");
    if (*row >= places.size()) {
      refuse(offset, fmt::format("a result of row {} of a run of {} rows", *row, places.size()));
    }
    places[*row] = offset + 1;
  } else if (is_end_line(line)) {
    ended = true;
    stop = stop_of_end_line(line);
  } else if (is_lease_line(line)) {
    const auto lease = lease_range(line);
    if (!lease) refuse(offset, "an unreadable lease");
    leased = std::max(leased, lease->end);
  }
}

// Results stand in the order in which they came, rows are asked for in input order: nearly the same, but for
// rows that were tried again much later. Those few are peeked at, so that the window stays where the others
// are.
std::string_view JournalReader::Impl::line_at(std::uint64_t offset) {
  if (const auto line = window.line_at(offset); !line.empty()) {
    strays = 0;
    return line;
  }
  const bool next = offset + kLookBehindBytes >= window.end() && offset < window.end() + kWindowBytes;
  if (next || ++strays >= kStraysToFollow) {
    strays = 0;
    window.load(file, offset - std::min<std::uint64_t>(offset, kLookBehindBytes), path);
    return window.line_at(offset);
  }
  if (const auto line = peek.line_at(offset); !line.empty()) return line;
  peek.load(file, offset, path);
  return peek.line_at(offset);
}

JournalReader::JournalReader(const std::string& path, std::uint64_t rows)
    : impl_(std::make_unique<Impl>(path, rows)) {}

JournalReader::~JournalReader() = default;

std::optional<Result> JournalReader::result(std::uint64_t row) {
  if (row >= impl_->places.size() || impl_->places[row] == 0) return std::nullopt;
  const std::uint64_t offset = impl_->places[row] - 1;
  const std::string_view line = impl_->line_at(offset);
  if (!is_intact(line)) impl_->refuse(offset, "a record that changed since it was checked,");
  auto result = impl_->decoder.decode(line);
  if (!result || result->row != row) impl_->refuse(offset, "a result that this version cannot read");
  return result;
}

std::uint64_t JournalReader::leased() const {
  return impl_->leased;
}

std::uint64_t JournalReader::intact_bytes() const {
  return impl_->intact_bytes;
}

bool JournalReader::ended() const {
  return impl_->ended;
}

const std::optional<Stop>& JournalReader::stop() const {
  return impl_->stop;
}

}  // namespace bulkdrop::record
