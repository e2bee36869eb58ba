#include "bulkdrop/run/signals.hpp"

#include <utility>

#include <pthread.h>
#include <signal.h>

namespace bulkdrop::run {
namespace {

// SIGUSR2 ends the watching thread; nobody else uses it.
sigset_t watched() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2}) ::sigaddset(&set, number);
  return set;
}

}  // namespace

Signals::Signals() {
  ::signal(SIGPIPE, SIG_IGN);
  const sigset_t set = watched();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
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
  const sigset_t set = watched();
  while (!ending_) {
    int number = 0;
    if (::sigwait(&set, &number) != 0 || ending_) continue;
    if (number == SIGUSR1) {
      progress_requested_ = true;
    } else if (number != SIGUSR2) {
      int none = 0;
      stop_signal_.compare_exchange_strong(none, number == SIGHUP ? SIGTERM : number);
      ++stops_;
    }
    const std::lock_guard lock(mutex_);
    if (wake_) wake_();
  }
}

}  // namespace bulkdrop::run
