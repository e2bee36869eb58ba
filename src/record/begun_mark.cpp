#include "bulkdrop/record/begun_mark.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <simdjson.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/record/journal_format.hpp"
#include "bulkdrop/record/journal_lines.hpp"

namespace bulkdrop::record {
namespace {

constexpr std::size_t kMostBytes = 1024;

// The first bytes of a small file; empty if there is none, or it is no file.
std::string beginning_of(const Fd& file) {
  std::array<char, kMostBytes> bytes{};
  const ssize_t size = file ? ::read(file.get(), bytes.data(), bytes.size()) : 0;
  return {bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

// Empty if the kernel does not tell.
std::string boot_id() {
  std::string id = beginning_of(Fd(::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)));
  while (id.ends_with('\n')) id.pop_back();
  return id;
}

// The line up to its number: what must be the same for it to count. Empty if that can't be known.
std::string start_of_line(const Fd& file, std::string_view run_id, std::uint64_t part) {
  struct stat status {};
  const std::string boot = boot_id();
  if (boot.empty() || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  std::string line = fmt::format(R"({{"k":"begun","v":{},"run_id":)", kBegunVersion);
  append_json_string(line, run_id);
  line += fmt::format(R"(,"part":{},"boot":)", part);
  append_json_string(line, boot);
  line += fmt::format(R"(,"dev":{},"ino":{},"rows":)", status.st_dev, status.st_ino);
  return line;
}

}  // namespace

std::string begun_path(const std::string& journal_path) {
  return journal_path.substr(0, journal_path.rfind('/') + 1) + kBegunFile;
}

std::unique_ptr<BegunMark> BegunMark::make(const std::string& journal_path, std::string_view run_id,
                                           std::uint64_t part) {
  std::string path = begun_path(journal_path);
  remove_begun(journal_path);
  Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return nullptr;
  std::string start = start_of_line(file, run_id, part);
  if (start.empty()) {
    remove_begun(journal_path);
    return nullptr;
  }
  std::unique_ptr<BegunMark> mark(new BegunMark(std::move(path), std::move(file), std::move(start)));
  return mark->write() ? std::move(mark) : nullptr;
}

BegunMark::BegunMark(std::string path, Fd file, std::string start)
    : path_(std::move(path)), file_(std::move(file)), line_(std::move(start)), start_bytes_(line_.size()) {}

bool BegunMark::raise(std::uint64_t rows) {
  if (rows <= rows_) return true;
  rows_ = rows;
  return write();
}

// In one go, which no kill cuts short; a line never gets shorter. Not mapped into memory: there, a file
// system that has no room left for a changed page, or a file that was cut, would end the process.
bool BegunMark::write() {
  line_.resize(start_bytes_);
  fmt::format_to(std::back_inserter(line_), "{}", rows_);
  seal_line(line_, 0);
  ssize_t written = -1;
  do written = ::pwrite(file_.get(), line_.data(), line_.size(), 0);
  while (written < 0 && errno == EINTR);
  if (written == static_cast<ssize_t>(line_.size())) return true;
  const int error = errno;
  if (::ftruncate(file_.get(), 0) == 0 || ::unlink(path_.c_str()) == 0) return false;
  throw Error(ExitCode::run_directory,
              fmt::format("{}: cannot write, nor remove it: {}", path_, describe_errno(error)));
}

std::optional<std::uint64_t> read_begun(const std::string& journal_path, std::string_view run_id,
                                        std::uint64_t part) {
  const Fd file(::open(begun_path(journal_path).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file) return std::nullopt;
  const std::string start = start_of_line(file, run_id, part);
  const std::string text = beginning_of(file);
  if (start.empty() || !text.ends_with('\n')) return std::nullopt;
  std::string_view line = std::string_view(text).substr(0, text.size() - 1);
  if (!is_intact(line) || !line.starts_with(start)) return std::nullopt;
  line.remove_prefix(start.size());
  return number_before_check(line);
}

void remove_begun(const std::string& journal_path) noexcept {
  ::unlink(begun_path(journal_path).c_str());
}

}  // namespace bulkdrop::record
