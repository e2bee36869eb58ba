#include "faults.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <mutex>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace bulkdrop::record {
namespace {

struct Plan {
  int error = 0;
  int spare = 0;
  int times = 0;
};

struct State {
  std::atomic<bool> armed{false};
  std::mutex mutex;
  std::array<Plan, 4> plans;
  std::size_t most = 0;  // bytes a write takes; 0 = all
  std::vector<std::string> calls;
};

State& state() {
  static State the_one;
  return the_one;
}

constexpr std::array<const char*, 4> kNames = {"write", "fdatasync", "ftruncate", "fallocate"};

// The name of a file in a test's directory; empty for all other descriptors.
std::string test_file(int fd) {
  std::error_code none;
  const auto path = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), none);
  if (none || path.string().find("/bulkdrop-test-") == std::string::npos) return {};
  return path.filename().string();
}

// The errno value with which the call is to fail; 0 lets it through.
int verdict(Call call, int fd) {
  State& now = state();
  if (!now.armed.load()) return 0;
  const std::string name = test_file(fd);
  if (name.empty()) return 0;
  const auto index = static_cast<std::size_t>(call);
  const std::lock_guard lock(now.mutex);
  now.calls.push_back(std::string(kNames[index]) + " " + name);
  Plan& plan = now.plans[index];
  if (plan.error == 0 || plan.times == 0) return 0;
  if (plan.spare > 0) {
    --plan.spare;
    return 0;
  }
  if (plan.times > 0) --plan.times;
  return plan.error;
}

std::size_t shortened_write(int fd, std::size_t size) {
  State& now = state();
  if (!now.armed.load() || test_file(fd).empty()) return size;
  const std::lock_guard lock(now.mutex);
  return now.most == 0 ? size : std::min(size, now.most);
}

// As the C library gives it.
template <typename Answer>
Answer failed(int error) {
  errno = error;
  return -1;
}

}  // namespace

Faults::Faults() {
  state().armed = true;
}

Faults::~Faults() {
  State& now = state();
  now.armed = false;
  const std::lock_guard lock(now.mutex);
  now.plans = {};
  now.most = 0;
  now.calls.clear();
}

void Faults::fail(Call call, int error, int spare, int times) {
  const std::lock_guard lock(state().mutex);
  state().plans[static_cast<std::size_t>(call)] = {error, spare, times};
}

void Faults::repair(Call call) {
  fail(call, 0);
}

void Faults::shorten_writes(std::size_t most) {
  const std::lock_guard lock(state().mutex);
  state().most = most;
}

std::vector<std::string> Faults::calls() const {
  const std::lock_guard lock(state().mutex);
  return state().calls;
}

}  // namespace bulkdrop::record

using bulkdrop::record::Call;
using bulkdrop::record::failed;
using bulkdrop::record::verdict;

extern "C" {

ssize_t write(int fd, const void* bytes, std::size_t size) {
  if (const int error = verdict(Call::write, fd)) return failed<ssize_t>(error);
  return ::syscall(SYS_write, fd, bytes, bulkdrop::record::shortened_write(fd, size));
}

int fdatasync(int fd) {
  if (const int error = verdict(Call::fdatasync, fd)) return failed<int>(error);
  return static_cast<int>(::syscall(SYS_fdatasync, fd));
}

int ftruncate(int fd, off_t size) noexcept {
  if (const int error = verdict(Call::ftruncate, fd)) return failed<int>(error);
  return static_cast<int>(::syscall(SYS_ftruncate, fd, size));
}

int fallocate(int fd, int mode, off_t offset, off_t size) {
  if (const int error = verdict(Call::fallocate, fd)) return failed<int>(error);
  return static_cast<int>(::syscall(SYS_fallocate, fd, mode, offset, size));
}

}  // extern "C"
