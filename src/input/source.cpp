#include "bulkdrop/input/source.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/input/limits.hpp"

namespace bulkdrop::input {

namespace {

constexpr std::size_t kPadding = 64;
constexpr std::size_t kRawUtf16Bytes = 64 * 1024;

// How many bytes of the file are whole lines.
std::uint64_t bytes_of_whole_lines(const Fd& file, const std::string& path) {
  std::array<char, 64 * 1024> block;
  const auto size = ::lseek(file.get(), 0, SEEK_END);
  ::lseek(file.get(), 0, SEEK_SET);
  auto end = static_cast<std::uint64_t>(std::max<off_t>(0, size));
  while (end > 0) {
    const std::uint64_t start = end > block.size() ? end - block.size() : 0;
    const std::string_view bytes(
        block.data(), read_at(file.get(), block.data(), static_cast<std::size_t>(end - start), start, path,
                              ExitCode::bad_input));
    const std::size_t last = bytes.rfind('\n');
    if (last != std::string_view::npos) {
      // A line end in UTF-16LE goes on with a NUL.
      const bool wide = last + 1 < bytes.size() && bytes[last + 1] == '\0';
      return start + last + (wide ? 2 : 1);
    }
    end = start;
  }
  return 0;
}

// A name that means something to this process only, or for as long as it lives.
bool passes(std::string_view path) {
  return path.starts_with("/dev/") || path.starts_with("/proc/");
}

}  // namespace

std::string resolved(const std::string& name, const std::string& directory) {
  if (directory.empty() || name == "-" || name.starts_with('/')) return name;
  return directory + (directory.ends_with('/') ? "" : "/") + name;
}

Source::Source(std::string name, std::size_t number, const Options& options, const Interrupt& interrupt)
    : name_(std::move(name)),
      label_(name_ == "-" ? "standard input" : name_),
      scratch_directory_(options.scratch_directory),
      interrupt_(interrupt) {
  if (options.digest) digest_ = std::make_unique<Sha256>();
  std::string earlier_copy = number < options.copies.size() ? options.copies[number] : std::string();
  if (name_ == "-") {
    carried_ = options.carried;
    continued_ = options.continued;
    if (earlier_copy.empty()) earlier_copy = options.stdin_file;
  }
  if (!earlier_copy.empty()) {
    open_file(earlier_copy);
    if (!options.stdin_whole) most_bytes_ = bytes_of_whole_lines(fd_, earlier_copy);
  } else if (name_ == "-") {
    open_standard_input();
    begin_copy(options.stdin_copy);
  } else {
    const std::string path = resolved(name_, options.directory);
    open_file(path);
    if (!options.pipe_copies.empty() && (!regular_ || passes(path)))
      begin_copy(fmt::format("{}-{}", options.pipe_copies, number + 1));
  }
}

Source::~Source() = default;

void Source::fail(const std::string& what) const {
  throw Error(ExitCode::bad_input, label_ + ": " + what);
}

void Source::open_file(const std::string& path) {
  // O_NONBLOCK: opening a FIFO does not wait for its writer, so the wait can be interrupted (poll does it).
  fd_ = Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd_) fail("can't be opened: " + describe_errno(errno) + "; check the name and its permissions");
  struct stat status {};
  if (::fstat(fd_.get(), &status) != 0) fail("can't be examined: " + describe_errno(errno));
  if (S_ISDIR(status.st_mode)) fail("is a directory; name the files in it");
  regular_ = S_ISREG(status.st_mode);
  opened_ = state_of(status);
}

void Source::open_standard_input() {
  // A descriptor of our own, so that closing it leaves the process's standard input alone.
  fd_ = Fd(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
  if (!fd_) fail("can't be used: " + describe_errno(errno) + "; name a file, or pipe the sessions in");
  struct stat status {};
  if (::fstat(fd_.get(), &status) != 0) fail("can't be examined: " + describe_errno(errno));
  if (S_ISDIR(status.st_mode)) fail("is a directory; name the files in it");
  if (S_ISREG(status.st_mode)) {
    regular_ = true;
    opened_ = state_of(status);
    const auto position = ::lseek(fd_.get(), 0, SEEK_CUR);
    first_byte_ = position > 0 ? static_cast<std::uint64_t>(position) : 0;
  }
}

void Source::begin_copy(std::string path) {
  copy_ = std::move(path);
  if (copy_.empty()) return;
  raw_copy_ = Fd(::open(copy_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!raw_copy_)
    throw Error(ExitCode::run_directory, copy_ + ": can't be created: " + describe_errno(errno));
}

void Source::wait_until_readable() {
  std::array<pollfd, 2> wanted = {pollfd{fd_.get(), POLLIN, 0}, pollfd{interrupt_.descriptor(), POLLIN, 0}};
  while (::poll(wanted.data(), wanted.size(), -1) < 0)
    if (errno != EINTR) fail("can't be waited for: " + describe_errno(errno));
}

std::size_t Source::read_raw(char* out, std::size_t size) {
  const auto took = [&](std::string_view bytes) {
    raw_bytes_ += bytes.size();
    if (digest_ && utf16_) digest_->add(bytes);
    if (raw_copy_) write_all(raw_copy_.get(), bytes, copy_);
    return bytes.size();
  };
  for (;;) {
    if (interrupt_.raised()) throw Interrupted{};
    if (!carried_.empty()) {
      const auto carried = carried_.copy(out, size);
      carried_.erase(0, carried);
      return took({out, carried});
    }
    if (!regular_) {
      wait_until_readable();
      if (interrupt_.raised()) throw Interrupted{};
    }
    const auto got = ::read(fd_.get(), out, std::min<std::uint64_t>(size, most_bytes_ - raw_bytes_));
    if (got < 0) {
      if (errno == EINTR || errno == EAGAIN) continue;
      fail("can't be read: " + describe_errno(errno));
    }
    return took({out, static_cast<std::size_t>(got)});
  }
}

void Source::make_room(std::size_t bytes) {
  if (capacity_ - end_ >= bytes) return;
  const std::size_t unread = end_ - begin_;
  digest_up_to(begin_);
  if (capacity_ - unread >= bytes && !holds_) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, unread);
  } else {
    const bool fits = capacity_ - unread >= bytes;
    const std::size_t larger =
        fits ? capacity_
             : std::max(unread + bytes, std::min(2 * capacity_, kMaxRecordBytes + 2 * kChunkBytes));
    std::unique_ptr<char[]> fresh(new char[larger + kPadding]);
    if (unread > 0) std::memcpy(fresh.get(), buffer_.get() + begin_, unread);
    if (holds_) held_.push_back(std::move(buffer_));
    buffer_ = std::move(fresh);
    capacity_ = larger;
    // Nobody interprets the padding, but a sanitizer wants to see it written.
    std::memset(buffer_.get() + capacity_, 0, kPadding);
  }
  begin_ = 0;
  end_ = unread;
  digested_ = 0;
}

// What was consumed can't be cut off any more.
void Source::digest_up_to(std::size_t position) {
  if (digest_ && !utf16_) digest_->add({buffer_.get() + digested_, position - digested_});
  digested_ = position;
}

void Source::start() {
  started_ = true;
  make_room(kChunkBytes);
  std::optional<Signature> signature;
  do {
    const auto got = read_raw(buffer_.get() + end_, capacity_ - end_);
    end_ += got;
    ended_ = got == 0;
    signature = continued_ ? Signature{} : read_signature(rest(), ended_);
  } while (!signature);
  if (!signature->not_text.empty()) fail(std::string(signature->not_text));
  encoding_ = signature->encoding;
  mark_ = signature->mark;
  if (encoding_ != Encoding::utf8) return start_utf16(signature->mark);
  if (const auto not_text = find_nuls(rest()); !continued_ && !not_text.empty()) fail(std::string(not_text));
  begin_ = signature->mark;
  if (!regular_ && !raw_copy_ && !scratch_directory_.empty())
    decoded_copy_ = anonymous_file(scratch_directory_);
  keep_decoded(rest());
}

void Source::start_utf16(std::size_t mark) {
  digest_up_to(end_);
  utf16_.emplace(encoding_ == Encoding::utf16le ? ByteOrder::little : ByteOrder::big);
  if (!scratch_directory_.empty()) decoded_copy_ = anonymous_file(scratch_directory_);
  const std::string raw(rest().substr(mark));
  begin_ = end_ = 0;
  raw_.reset(new char[kRawUtf16Bytes]);
  if (!raw.empty()) decode(raw);
  if (ended_) decode({});
}

void Source::decode(std::string_view raw) {
  make_room(Utf16Decoder::room_for(raw.size()));
  char* const out = buffer_.get() + end_;
  const auto got = raw.empty() ? utf16_->finish(out) : utf16_->decode(raw, out);
  end_ += got;
  keep_decoded({out, got});
}

void Source::keep_decoded(std::string_view bytes) {
  if (decoded_copy_) write_all(decoded_copy_.get(), bytes, scratch_directory_);
}

bool Source::append_decoded() {
  const std::size_t before = rest().size();
  while (!ended_ && rest().size() == before) {
    if (utf16_) {
      const auto got = read_raw(raw_.get(), kRawUtf16Bytes);
      ended_ = got == 0;
      decode({raw_.get(), got});
    } else {
      make_room(kChunkBytes / 2);
      char* const out = buffer_.get() + end_;
      const auto got = read_raw(out, capacity_ - end_);
      ended_ = got == 0;
      end_ += got;
      keep_decoded({out, got});
    }
  }
  return rest().size() > before;
}

bool Source::more() {
  if (!started_) {
    start();
    if (!rest().empty()) return true;
  }
  return append_decoded();
}

std::string Source::sha256() {
  if (!digest_) return {};
  digest_up_to(end_);
  return digest_->finish();
}

std::string Source::cut() {
  std::string rest(this->rest());
  end_ = begin_;
  raw_bytes_ -= rest.size();
  ended_ = true;
  if (raw_copy_ && ::ftruncate(raw_copy_.get(), static_cast<off_t>(raw_bytes_)) != 0)
    throw Error(ExitCode::run_directory, copy_ + ": can't be cut: " + describe_errno(errno));
  return rest + std::exchange(carried_, {});
}

void Source::drop_window() {
  buffer_.reset();
  held_.clear();
  raw_.reset();
  capacity_ = begin_ = end_ = 0;
}

Source::State Source::state_of(const struct stat& status) {
  return {status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

bool Source::changed() const {
  struct stat status {};
  return regular_ && ::fstat(fd_.get(), &status) == 0 && state_of(status) != opened_;
}

Replay Source::replay() const {
  // A descriptor of its own: the reports of a run may be written more than once.
  const auto another = [](const Fd& file) { return Fd(::fcntl(file.get(), F_DUPFD_CLOEXEC, 0)); };
  if (decoded_copy_) return {another(decoded_copy_), 0, "the copy of " + label_};
  if (encoding_ != Encoding::utf8) return {};
  if (raw_copy_) return {another(raw_copy_), mark_, copy_};
  if (regular_) return {another(fd_), first_byte_ + mark_, label_};
  return {};
}

}  // namespace bulkdrop::input
