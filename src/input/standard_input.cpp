#include "bulkdrop/input/standard_input.hpp"

#include <array>
#include <cerrno>

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/file.hpp"

namespace bulkdrop::input {

Arrival await_standard_input(const Interrupt& interrupt) {
  std::array<pollfd, 2> wanted = {pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{interrupt.descriptor(), POLLIN, 0}};
  while (::poll(wanted.data(), wanted.size(), -1) < 0)
    if (errno != EINTR)
      throw Error(ExitCode::bad_input, "standard input: can't be waited for: " + describe_errno(errno));
  if (interrupt.raised()) return Arrival::interrupted;
  // Readable, and nothing to be read: the end. A device that can't tell may have something.
  int bytes = 0;
  return ::ioctl(STDIN_FILENO, FIONREAD, &bytes) == 0 && bytes == 0 ? Arrival::end : Arrival::bytes;
}

}  // namespace bulkdrop::input
