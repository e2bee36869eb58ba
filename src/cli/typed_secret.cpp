#include "bulkdrop/cli/typed_secret.hpp"

#include <cerrno>
#include <cstdio>

#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/secret.hpp"

namespace bulkdrop::cli {
namespace {

constexpr char kInterrupt = 3;   // Ctrl-C
constexpr char kEnd = 4;         // Ctrl-D
constexpr char kEraseLine = 21;  // Ctrl-U
constexpr char kDelete = 127;
constexpr int kLookForSignals = 100;  // milliseconds

// Signals that would end the program wait until the terminal is as it was.
class HeldSignals {
 public:
  HeldSignals() {
    sigset_t held;
    ::sigemptyset(&held);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) ::sigaddset(&held, number);
    ::pthread_sigmask(SIG_BLOCK, &held, &before_);
  }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;
  ~HeldSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  [[nodiscard]] static bool wait() {
    sigset_t pending;
    ::sigpending(&pending);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT})
      if (::sigismember(&pending, number) == 1) return true;
    return false;
  }

 private:
  sigset_t before_{};
};

// Keys come one by one and unseen, Ctrl-C as a key.
class Unseen {
 public:
  explicit Unseen(int fd) : fd_(fd), known_(::tcgetattr(fd, &before_) == 0) {
    termios now = before_;
    now.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL | ICANON | ISIG);
    now.c_cc[VMIN] = 1;
    now.c_cc[VTIME] = 0;
    if (!known_ || ::tcsetattr(fd, TCSAFLUSH, &now) != 0)
      throw Error(ExitCode::usage, "the terminal can't be kept from showing the secret: give it in a file");
  }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;
  ~Unseen() {
    ::tcsetattr(fd_, TCSAFLUSH, &before_);
    std::fputs("\n", stderr);  // the Enter was not shown either
  }

 private:
  int fd_;
  termios before_{};
  bool known_;
};

[[noreturn]] void interrupted(std::string& line) {
  wipe(line);
  throw Error(ExitCode::interrupted, "stopped at the question for the secret: nothing was sent");
}

}  // namespace

std::string typed_secret(int fd, std::string_view what, std::size_t longest) {
  std::string line;
  line.reserve(longest);
  const HeldSignals held;
  const Unseen unseen(fd);
  std::fputs(fmt::format("{} (not shown): ", what).c_str(), stderr);
  std::fflush(stderr);
  while (line.size() < longest) {
    if (HeldSignals::wait()) interrupted(line);
    pollfd ready{fd, POLLIN, 0};
    if (::poll(&ready, 1, kLookForSignals) <= 0) continue;
    char key = 0;
    const ssize_t n = ::read(fd, &key, 1);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0 || key == '\n' || key == '\r' || key == kEnd) break;
    if (key == kInterrupt) interrupted(line);
    if (key == kEraseLine) {
      wipe(line);
      line.clear();
    } else if (key == kDelete || key == '\b') {
      if (!line.empty()) line.pop_back();
    } else {
      line.push_back(key);
    }
  }
  return line;
}

}  // namespace bulkdrop::cli
