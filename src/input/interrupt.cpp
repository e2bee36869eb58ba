#include "bulkdrop/input/interrupt.hpp"

#include <cerrno>
#include <cstdint>

#include <sys/eventfd.h>
#include <unistd.h>

#include "bulkdrop/core/error.hpp"

namespace bulkdrop::input {

Interrupt::Interrupt() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!event_)
    throw Error(ExitCode::usage, "no descriptor is left for reading the input: " + describe_errno(errno) +
                                     "; raise the limit of open files (ulimit -n)");
}

void Interrupt::raise() noexcept {
  const int saved = errno;  // a signal handler must leave it alone
  raised_.store(true, std::memory_order_relaxed);
  const std::uint64_t one = 1;
  // Fails only when the counter is full: then it is readable already.
  [[maybe_unused]] const auto written = ::write(event_.get(), &one, sizeof one);
  errno = saved;
}

void Interrupt::lower() noexcept {
  std::uint64_t raised = 0;
  [[maybe_unused]] const auto got = ::read(event_.get(), &raised, sizeof raised);
  raised_.store(false, std::memory_order_relaxed);
}

}  // namespace bulkdrop::input
