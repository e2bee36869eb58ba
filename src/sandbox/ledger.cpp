#include "bulkdrop/sandbox/ledger.hpp"

#include <array>
#include <cerrno>
#include <iterator>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bulkdrop/core/text.hpp"

namespace bulkdrop::sandbox {
namespace {

constexpr std::size_t kFlushBytes = 64 * 1024;
constexpr std::size_t kTimeLength = 24;

std::string_view time_text(WallTime time, std::array<char, kTimeLength>& buffer) {
  rfc3339_to(time, buffer.data());
  return {buffer.data(), buffer.size()};
}

}  // namespace

Ledger::Ledger(const std::string& path) : path_(path) {
  if (path.empty()) return;
  fd_ = Fd(::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
  if (!fd_)
    throw Error(ExitCode::run_directory,
                fmt::format("{}: cannot open the ledger: {}", path, describe_errno(errno)));
  // A sandbox that was killed may have left half a line.
  struct stat info {};
  char last = '\n';
  if (::fstat(fd_.get(), &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0)
    read_at(fd_.get(), &last, 1, static_cast<std::uint64_t>(info.st_size) - 1, path);
  if (last != '\n') lines_ += '\n';
}

void Ledger::add(const LedgerEntry& entry) {
  if (!fd_) return;
  const auto out = std::back_inserter(lines_);
  std::array<char, kTimeLength> buffer{};
  fmt::format_to(out, R"({{"event":"request","at":"{}","seq":{},"id":)", time_text(entry.received, buffer),
                 entry.seq);
  append_json_string(lines_, entry.session_id);
  fmt::format_to(out, R"(,"n":{},"at_once":{},"answer":"{}","ended":{}}})", entry.nth_of_id, entry.at_once,
                 entry.answer, entry.ended);
  lines_ += '\n';
  if (entry.ended) {
    fmt::format_to(out, R"({{"event":"ended","at":"{}","seq":{},"id":)", time_text(entry.now, buffer),
                   entry.seq);
    append_json_string(lines_, entry.session_id);
    lines_ += "}\n";
  }
  if (lines_.size() >= kFlushBytes) flush();
}

void Ledger::add_opened(WallTime now, std::uint64_t seq, std::string_view session_id,
                        std::string_view after) {
  if (!fd_) return;
  std::array<char, kTimeLength> buffer{};
  fmt::format_to(std::back_inserter(lines_),
                 R"({{"event":"opened","at":"{}","seq":{},"id":"{}","after":"{}"}})", time_text(now, buffer),
                 seq, session_id, after);
  lines_ += '\n';
}

void Ledger::flush() {
  if (lines_.empty()) return;
  write_all(fd_.get(), lines_, path_);
  lines_.clear();
}

}  // namespace bulkdrop::sandbox
