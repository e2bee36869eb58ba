#include "bulkdrop/record/run_directory.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/random.hpp"
#include "bulkdrop/core/temporary_name.hpp"
#include "bulkdrop/record/run_record.hpp"

namespace bulkdrop::record {
namespace {

constexpr mode_t kMode = 0700;
constexpr const char* kJournal = "journal.jsonl";
constexpr const char* kRunJson = "run.json";
constexpr const char* kInputCopy = "input";
constexpr std::array<const char*, 6> kReports = {"sessions.csv", "sessions.jsonl", "failed.csv",
                                                 "failed.jsonl", "summary.json",   "report.html"};
constexpr std::array<const char*, 9> kOtherFiles = {kRunJson,    kInputCopy,  kReports[0],
                                                    kReports[1], kReports[2], kReports[3],
                                                    kReports[4], kReports[5], kMergedFile};

constexpr std::size_t kMostLeftovers = 64;

constexpr std::string_view kNotDirectory = "not a directory: name a new or empty one";
constexpr std::string_view kNothingAbove = "the directory above it does not exist: make it first";

[[noreturn]] void fail(ExitCode code, const std::string& path, std::string_view what) {
  throw Error(code, fmt::format("run directory {}: {}", path, what));
}

std::string parent_of(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

std::string why_not_made(const std::string& path, int number) {
  const std::string above = parent_of(path);
  const bool is_there = ::access(above.c_str(), F_OK) == 0;
  if (number == ENOENT && !is_there) return std::string(kNothingAbove);
  // In /proc, where nothing can be made at all, that is ENOENT, too.
  if (is_there && (number == ENOENT || number == EACCES || number == EROFS || number == EPERM))
    return fmt::format("cannot make it: {} can't be written: {}; name another place with --out",
                       above == "." ? "the current directory" : above, describe_errno(number));
  return "cannot make it: " + describe_errno(number);
}

std::vector<std::string> names_in(int directory, const std::string& path) {
  // fdopendir takes its descriptor over, and a duplicate would share the lock's file description.
  const int number = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (number < 0) fail(ExitCode::run_directory, path, describe_errno(errno));
  const auto close = [](DIR* stream) { ::closedir(stream); };
  const std::unique_ptr<DIR, decltype(close)> stream(::fdopendir(number), close);
  if (stream == nullptr) {
    const Fd closed(number);
    fail(ExitCode::run_directory, path, describe_errno(errno));
  }
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string_view name = &entry->d_name[0];
    if (name != "." && name != "..") names.emplace_back(name);
    // More than a run has are somebody's.
    if (names.size() > kMostLeftovers) break;
  }
  return names;
}

// `input`, and `input-2` of the second source.
bool is_input_copy(std::string_view name) {
  const std::string_view copy(kInputCopy);
  if (!name.starts_with(copy)) return false;
  name.remove_prefix(copy.size());
  return name.empty() ||
         (name.size() > 1 && name[0] == '-' &&
          std::all_of(name.begin() + 1, name.end(), [](char c) { return c >= '0' && c <= '9'; }));
}

bool is_leftover(std::string_view entry) {
  return is_passing_name(entry) ||
         std::any_of(kOtherFiles.begin(), kOtherFiles.end(),
                     [entry](const char* name) { return is_temporary_name_of(entry, name); });
}

}  // namespace

RunDirectory::RunDirectory(std::string path, WallTime now, const std::string& run_id)
    : path_(std::move(path)) {
  if (path_.empty()) path_ = default_name(now, run_id);
  while (path_.size() > 1 && path_.back() == '/') path_.pop_back();

  made_ = ::mkdir(path_.c_str(), kMode) == 0;
  if (!made_ && errno != EEXIST) {
    const int number = errno;
    fail(ExitCode::run_directory, path_, why_not_made(path_, number));
  }
  // The umask may have taken our own rights away, so that it could not even be opened.
  if (made_ && ::chmod(path_.c_str(), kMode) != 0) {
    fail(ExitCode::run_directory, path_, "cannot set its mode to 0700: " + describe_errno(errno));
  }
  lock_ = Fd(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock_) {
    const int number = errno;
    fail(number == ENOTDIR || number == EACCES ? ExitCode::usage : ExitCode::run_directory, path_,
         number == ENOTDIR
             ? std::string(kNotDirectory)
             : "cannot open it: " + describe_errno(number) + "; name one that does not exist yet");
  }
  // Some network file systems can't lock a directory; the journal's own lock stands there all the same.
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    fail(ExitCode::usage, path_, "another bulkdrop is using it: name another one");
  }
  for (const std::string& name : leftovers()) ::unlinkat(lock_.get(), name.c_str(), 0);
  if (!made_ && ::fchmod(lock_.get(), kMode) != 0) {
    const int number = errno;
    fail(number == EPERM ? ExitCode::usage : ExitCode::run_directory, path_,
         number == EPERM ? std::string("it belongs to another user: name one that does not exist yet")
                         : "cannot set its mode to 0700: " + describe_errno(number));
  }
  if (::access(path_.c_str(), W_OK | X_OK) != 0) {
    fail(ExitCode::run_directory, path_, "cannot write to it: " + describe_errno(errno));
  }
  if (made_) sync_directory(parent_of(path_));
}

bool RunDirectory::never_began(const std::string& name) const {
  struct stat status {};
  if (::fstatat(lock_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode))
    return false;
  if (is_input_copy(name)) return status.st_size == 0;
  if (name != kRunJson) return is_leftover(name);
  try {
    static_cast<void>(read_run_json(file(kRunJson)));
    return true;
  } catch (const Error&) {
    return false;  // somebody else's
  }
}

void RunDirectory::check_usable(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  Fd looked_at(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (looked_at) return static_cast<void>(RunDirectory(std::move(path), std::move(looked_at)).leftovers());
  if (errno == ENOTDIR) fail(ExitCode::usage, path, kNotDirectory);
  if (errno == ENOENT && ::access(parent_of(path).c_str(), F_OK) != 0)
    fail(ExitCode::run_directory, path, kNothingAbove);
}

std::vector<std::string> RunDirectory::leftovers() const {
  std::vector<std::string> names = names_in(lock_.get(), path_);
  const auto ours = [this](const std::string& name) { return never_began(name); };
  if (!std::all_of(names.begin(), names.end(), ours)) {
    // Whoever has no journal there and a copy of standard input should know what it is.
    const bool copy = std::any_of(names.begin(), names.end(), is_input_copy) &&
                      std::find(names.begin(), names.end(), kJournal) == names.end();
    fail(ExitCode::usage, path_,
         std::string("not empty; a run needs a directory of its own: name a new or empty one") +
             (copy ? " (`input` may be the standard input of a run that was cut off before it began)" : ""));
  }
  return names;
}

RunDirectory RunDirectory::reopen(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  Fd lock(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock) fail(ExitCode::usage, path, "cannot open it: " + describe_errno(errno));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    fail(ExitCode::usage, path, "the run is still going on, or another bulkdrop is working on it");
  return {std::move(path), std::move(lock)};
}

std::string RunDirectory::file(std::string_view name) const {
  return fmt::format("{}{}{}", path_, path_.ends_with('/') ? "" : "/", name);
}

std::vector<std::string> RunDirectory::reports() const {
  std::vector<std::string> files;
  for (const char* name : kReports)
    if (::faccessat(lock_.get(), name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) files.push_back(file(name));
  return files;
}

void RunDirectory::remove_leftovers() const noexcept {
  std::error_code error;  // what can't be removed does no harm
  for (std::filesystem::directory_iterator entry(path_, error), end; !error && entry != end;
       entry.increment(error))
    if (is_leftover(entry->path().filename().native()))
      ::unlinkat(lock_.get(), entry->path().filename().c_str(), 0);
}

void RunDirectory::discard() noexcept {
  if (!lock_ || ::faccessat(lock_.get(), kJournal, F_OK, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT) return;
  for (const char* name : kOtherFiles) ::unlinkat(lock_.get(), name, 0);
  std::error_code error;
  for (std::filesystem::directory_iterator entry(path_, error), end; !error && entry != end;
       entry.increment(error))
    if (is_input_copy(entry->path().filename().native()))
      ::unlinkat(lock_.get(), entry->path().filename().c_str(), 0);
  if (made_) ::rmdir(path_.c_str());
}

void sync_directory(const std::string& path) {
  const Fd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory && errno == EACCES) return;
  if (!directory || (::fsync(directory.get()) != 0 && errno != EINVAL)) {
    throw Error(ExitCode::run_directory,
                fmt::format("cannot make the directory {} durable: {}", path, describe_errno(errno)));
  }
}

std::string default_name(WallTime now, const std::string& run_id) {
  return fmt::format("bulkdrop-{}-{}", compact_utc(now), run_id);
}

std::string new_run_id() {
  return fmt::format("{:08x}", fresh_seed() & 0xFFFFFFFF);
}

}  // namespace bulkdrop::record
