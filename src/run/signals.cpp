#include "bulkdrop/run/signals.hpp"

#include <utility>

#include <pthread.h>
#include <signal.h>

namespace bulkdrop::run {
namespace {

bool is_ignored(int number) {
  struct sigaction action {};
  return ::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

// A blocked signal is received even if it is set to be ignored: those must not be blocked.
// SIGUSR2 ends the watching thread; nobody else uses it.
sigset_t signals_to_watch() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : {SIGTERM, SIGUSR1, SIGUSR2}) ::sigaddset(&set, number);
  for (const int number : {SIGINT, SIGHUP})
    if (!is_ignored(number)) ::sigaddset(&set, number);
  return set;
}

}  // namespace

std::string_view signal_name(int number) {
  return number == SIGINT ? "SIGINT" : number == SIGHUP ? "SIGHUP" : "SIGTERM";
}

ExitCode exit_code_of_signal(int number) {
  return number == SIGINT ? ExitCode::interrupted : ExitCode::terminated;
}

bool StopCount::came(int number, TimePoint now) {
  const bool same_event = hung_up_ && now - *hung_up_ < kSameEvent;
  if (number == SIGHUP) hung_up_ = now;
  const bool counts = count_ == 0 || !(number == SIGHUP || (number == SIGTERM && same_event));
  if (counts) ++count_;
  return counts;
}

Signals::Signals() : watched_(signals_to_watch()) {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
  ::pthread_sigmask(SIG_BLOCK, &watched_, nullptr);
  thread_ = std::thread([this] { watch(); });
}

Signals::~Signals() {
  ending_ = true;
  ::pthread_kill(thread_.native_handle(), SIGUSR2);
  thread_.join();
}

void Signals::on_signal(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
}

void Signals::watch() {
  while (!ending_) {
    int number = 0;
    if (::sigwait(&watched_, &number) != 0 || ending_) continue;
    if (number == SIGUSR1) {
      progress_requested_ = true;
    } else if (number != SIGUSR2) {
      int none = 0;
      stop_signal_.compare_exchange_strong(none, number);
      count_.came(number, std::chrono::steady_clock::now());
      stops_ = count_.count();
    }
    const std::lock_guard lock(mutex_);
    if (wake_) wake_();
  }
}

}  // namespace bulkdrop::run
