// Preloaded into a program (LD_PRELOAD): makes its system calls on the files of one directory fail, as a full
// disk, a broken one or a vanished mount would; and its name look-ups hang. trouble.hpp says how it is told.
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>

#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

std::string_view variable(const char* name) {
  const char* value = ::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

int number(const char* name) {
  return std::atoi(std::string(variable(name)).c_str());
}

// At once: later the process may not be allowed to.
int opened(std::string_view path) {
  if (path.empty()) return -1;
  return static_cast<int>(
      ::syscall(SYS_openat, AT_FDCWD, std::string(path).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

struct Plan {
  std::string directory{variable("TROUBLE_DIR")};
  std::string call{variable("TROUBLE_CALL")};
  std::string file{variable("TROUBLE_FILE")};  // part of the path; empty = any
  int error = number("TROUBLE_ERRNO");         // 0 = nothing fails
  int spare = number("TROUBLE_SPARE");
  int times = number("TROUBLE_TIMES");  // 0 = for ever
  bool all_calls_after = !variable("TROUBLE_ALL_AFTER").empty();
  std::size_t most = static_cast<std::size_t>(number("TROUBLE_MOST"));  // bytes a write takes; 0 = all
  int mark = opened(variable("TROUBLE_MARK"));  // gets a byte when the first call fails
  std::string hang_host{variable("TROUBLE_HANG_HOST")};
  std::atomic<int> seen{0};
  std::atomic<bool> struck{false};
};

Plan& plan() {
  static Plan the_one;
  return the_one;
}

[[gnu::constructor]] void begin() {
  plan();
}

std::string path_of(int fd) {
  std::array<char, 4096> text{};
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t size = ::readlink(link.c_str(), text.data(), text.size());
  return size < 0 ? std::string() : std::string(text.data(), static_cast<std::size_t>(size));
}

bool concerned(const std::string& path) {
  const Plan& now = plan();
  return !now.directory.empty() && path.compare(0, now.directory.size(), now.directory) == 0;
}

// What is to happen to this call: 0 lets it through, all else is its errno.
int verdict(std::string_view call, const std::string& path) {
  Plan& now = plan();
  if (now.error == 0 || !concerned(path)) return 0;
  if (now.all_calls_after && now.struck) return now.error;
  if (call != now.call || path.find(now.file) == std::string::npos) return 0;
  const int index = now.seen.fetch_add(1);
  if (index < now.spare || (now.times != 0 && index >= now.spare + now.times)) return 0;
  if (!now.struck.exchange(true) && now.mark >= 0) ::syscall(SYS_write, now.mark, "x", 1);
  return now.error;
}

template <typename Answer>
Answer failed(int error) {
  errno = error;
  return -1;
}

// The one that would be called without this.
template <typename Function>
Function* real(const char* name) {
  void* found = ::dlsym(RTLD_NEXT, name);
  Function* function = nullptr;
  std::memcpy(&function, &found, sizeof function);
  return function;
}

int open_checked(int at, const char* path, int flags, mode_t mode) {
  if (const int error = verdict("open", path)) return failed<int>(error);
  return static_cast<int>(::syscall(SYS_openat, at, path, flags, mode));
}

mode_t mode_in(int flags, va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

extern "C" {

ssize_t write(int fd, const void* bytes, size_t size) {
  const std::string path = path_of(fd);
  if (const int error = verdict("write", path)) return failed<ssize_t>(error);
  const std::size_t most = plan().most;
  if (most > 0 && size > most && concerned(path)) size = most;
  return ::syscall(SYS_write, fd, bytes, size);
}

ssize_t pread(int fd, void* bytes, size_t size, off_t offset) {
  if (const int error = verdict("read", path_of(fd))) return failed<ssize_t>(error);
  return ::syscall(SYS_pread64, fd, bytes, size, offset);
}

ssize_t pread64(int fd, void* bytes, size_t size, off_t offset) {
  return pread(fd, bytes, size, offset);
}

int fdatasync(int fd) {
  if (const int error = verdict("fdatasync", path_of(fd))) return failed<int>(error);
  return static_cast<int>(::syscall(SYS_fdatasync, fd));
}

int fsync(int fd) {
  if (const int error = verdict("fsync", path_of(fd))) return failed<int>(error);
  return static_cast<int>(::syscall(SYS_fsync, fd));
}

int ftruncate(int fd, off_t size) noexcept {
  if (const int error = verdict("ftruncate", path_of(fd))) return failed<int>(error);
  return static_cast<int>(::syscall(SYS_ftruncate, fd, size));
}

int fallocate(int fd, int mode, off_t offset, off_t size) {
  if (const int error = verdict("fallocate", path_of(fd))) return failed<int>(error);
  return static_cast<int>(::syscall(SYS_fallocate, fd, mode, offset, size));
}

int rename(const char* from, const char* to) noexcept {
  if (const int error = verdict("rename", to)) return failed<int>(error);
  return static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_in(flags, arguments);
  va_end(arguments);
  return open_checked(AT_FDCWD, path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_in(flags, arguments);
  va_end(arguments);
  return open_checked(AT_FDCWD, path, flags, mode);
}

int __open_2(const char* path, int flags) {
  return open_checked(AT_FDCWD, path, flags, 0);
}

int __open64_2(const char* path, int flags) {
  return open_checked(AT_FDCWD, path, flags, 0);
}

int mkostemp(char* pattern, int flags) {
  if (const int error = verdict("open", pattern)) return failed<int>(error);
  return real<int(char*, int)>("mkostemp")(pattern, flags);
}

int mkostemp64(char* pattern, int flags) {
  return mkostemp(pattern, flags);
}

int getaddrinfo(const char* host, const char* service, const addrinfo* hints, addrinfo** found) {
  if (host != nullptr && !plan().hang_host.empty() && plan().hang_host == host)
    std::this_thread::sleep_for(std::chrono::minutes(5));
  using Lookup = int(const char*, const char*, const addrinfo*, addrinfo**);
  return real<Lookup>("getaddrinfo")(host, service, hints, found);
}

}  // extern "C"
