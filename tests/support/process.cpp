#include "support/process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "bulkdrop/core/error.hpp"

namespace bulkdrop::test {
namespace {

std::vector<std::string> inherited() {
  std::vector<std::string> variables;
  for (const char* name : {"PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS",
                           "TSAN_OPTIONS", "LSAN_OPTIONS"})
    if (const char* value = std::getenv(name)) variables.push_back(std::string(name) + "=" + value);
  return variables;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  all.reserve(texts.size() + 1);
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

std::array<Fd, 2> pipe_pair() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2: " + describe_errno(errno));
  return {Fd(ends[0]), Fd(ends[1])};
}

// Between fork() and execve(): nothing that takes a lock or memory.
[[noreturn]] void become(const Command& command, const std::vector<char*>& argv,
                         const std::vector<char*>& envp, int in, int out, int err, int terminal) {
  ::signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::setsid();  // away from the test's own terminal
  bool ready = terminal < 0 || ::ioctl(terminal, TIOCSCTTY, 0) == 0;
  ready = ready && ::dup2(in, 0) == 0 && ::dup2(out, 1) == 1 && ::dup2(err, 2) == 2;
  ready = ready && (command.directory.empty() || ::chdir(command.directory.c_str()) == 0);
  if (ready) ::execve(argv[0], argv.data(), envp.data());
  ::_exit(127);
}

void drain(Fd& from, std::string& into) {
  char buffer[65536];
  const ssize_t n = ::read(from.get(), buffer, sizeof buffer);
  if (n > 0) {
    into.append(buffer, static_cast<std::size_t>(n));
  } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {  // EIO: the terminal's other side is closed
    from.reset();
  }
}

}  // namespace

Process::Process(const Command& command) : started_(Clock::now()) {
  std::signal(SIGPIPE, SIG_IGN);  // a child that does not read its input is no reason to die
  std::vector<std::string> words = {command.program};
  words.insert(words.end(), command.arguments.begin(), command.arguments.end());
  std::vector<std::string> variables = inherited();
  for (const auto& [name, value] : command.environment) variables.push_back(name + "=" + value);
  if (command.on_terminal && !command.environment.contains("TERM")) variables.emplace_back("TERM=xterm");
  const std::vector<char*> argv = pointers(words);
  const std::vector<char*> envp = pointers(variables);

  Fd child_input;
  Fd child_error;
  std::array<Fd, 2> out = pipe_pair();
  const bool piped = command.input || command.keep_input_open;
  if (piped) {
    std::array<Fd, 2> in = pipe_pair();
    child_input = std::move(in[0]);
    input_ = std::move(in[1]);
    pending_ = command.input.value_or("");
    close_when_written_ = !command.keep_input_open;
  }
  Fd terminal;
  if (command.on_terminal) {
    terminal = open_terminal();
  } else {
    std::array<Fd, 2> err = pipe_pair();
    err_ = std::move(err[0]);
    child_error = std::move(err[1]);
    if (!piped) child_input = Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  }
  const int in_fd = child_input ? child_input.get() : terminal.get();
  const int err_fd = child_error ? child_error.get() : terminal.get();

  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork: " + describe_errno(errno));
  if (pid_ == 0) become(command, argv, envp, in_fd, out[1].get(), err_fd, terminal.get());
  out_ = std::move(out[0]);
  for (const Fd* fd : {&out_, &err_, &input_})
    if (*fd) ::fcntl(fd->get(), F_SETFL, O_NONBLOCK);
}

Process::~Process() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void Process::signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

bool Process::runs() const {
  siginfo_t info{};
  return pid_ > 0 && ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == 0;
}

void Process::write(std::string_view text) {
  pending_.append(text);
  while (!pending_.empty() && input_) {
    feed();
    if (!pending_.empty()) pump(Clock::now() + Milliseconds(10));
  }
}

void Process::type(std::string_view keys) {
  while (!keys.empty() && err_) {
    const ssize_t n = ::write(err_.get(), keys.data(), keys.size());
    if (n > 0) keys.remove_prefix(static_cast<std::size_t>(n));
    if (n < 0 && errno != EAGAIN && errno != EINTR) return;
  }
}

void Process::close_input() {
  close_when_written_ = true;
  if (pending_.empty()) input_.reset();
}

bool Process::shows(std::string_view text, Milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  for (;;) {
    if (finished_.out.find(text) != std::string::npos || finished_.err.find(text) != std::string::npos)
      return true;
    if (Clock::now() >= deadline || !pump(deadline)) return false;
  }
}

Finished Process::wait(Milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  while (Clock::now() < deadline && pump(deadline)) {
  }
  rusage usage{};
  int status = 0;
  pid_t ended = 0;
  while ((ended = ::wait4(pid_, &status, WNOHANG, &usage)) == 0 && Clock::now() < deadline) ::usleep(500);
  if (ended == 0) {
    finished_.timed_out = true;
    ::kill(pid_, SIGKILL);
    ::wait4(pid_, &status, 0, &usage);
  }
  pid_ = -1;
  finished_.took = std::chrono::duration_cast<Milliseconds>(Clock::now() - started_);
  finished_.peak_rss_kib = usage.ru_maxrss;
  if (WIFEXITED(status)) finished_.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) {
    finished_.signal = WTERMSIG(status);
    finished_.dumped_core = WCOREDUMP(status);
  }
  return finished_;
}

// The child's side; ours becomes err_.
Fd Process::open_terminal() {
  err_ = Fd(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  char name[128];
  if (!err_ || ::grantpt(err_.get()) != 0 || ::unlockpt(err_.get()) != 0 ||
      ::ptsname_r(err_.get(), name, sizeof name) != 0)
    throw std::runtime_error("no terminal: " + describe_errno(errno));
  Fd side(::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
  const winsize size{30, 120, 0, 0};
  if (!side || ::ioctl(side.get(), TIOCSWINSZ, &size) != 0)
    throw std::runtime_error("no terminal: " + describe_errno(errno));
  return side;
}

// Moves what there is to move, waiting until `deadline` for something. False once its outputs are closed.
bool Process::pump(Clock::time_point deadline) {
  if (!out_ && !err_) return false;
  const auto left = std::chrono::ceil<Milliseconds>(deadline - Clock::now()).count();
  std::array<pollfd, 3> wanted = {
      pollfd{out_ ? out_.get() : -1, POLLIN, 0}, pollfd{err_ ? err_.get() : -1, POLLIN, 0},
      pollfd{input_ && (!pending_.empty() || close_when_written_) ? input_.get() : -1, POLLOUT, 0}};
  ::poll(wanted.data(), wanted.size(), static_cast<int>(std::clamp<long>(left, 0, 60'000)));
  if (wanted[0].revents != 0) drain(out_, finished_.out);
  if (wanted[1].revents != 0) drain(err_, finished_.err);
  if (wanted[2].revents != 0) feed();
  return out_ || err_;
}

void Process::feed() {
  if (!pending_.empty()) {
    const ssize_t n = ::write(input_.get(), pending_.data(), pending_.size());
    if (n > 0) pending_.erase(0, static_cast<std::size_t>(n));
    if (n < 0 && errno != EAGAIN && errno != EINTR) pending_.clear();  // nobody reads it
  }
  if (pending_.empty() && close_when_written_) input_.reset();
}

Finished run(const Command& command, Milliseconds patience) {
  return Process(command).wait(patience);
}

}  // namespace bulkdrop::test
