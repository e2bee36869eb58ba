// Ports of the test's own: one where nobody answers and every caller is noticed, and one where nobody
// listens.
#pragma once

#include <string>

#include "support/loopback.hpp"

namespace bulkdrop::test {

class ListeningPort {
 public:
  ListeningPort();
  [[nodiscard]] std::string url() const;
  // True if somebody has connected since this was asked last.
  [[nodiscard]] bool was_called() const;

 private:
  Listener listener_;
};

// Free a moment ago, and not likely to be given to anybody else soon.
std::string url_of_nobody();

}  // namespace bulkdrop::test
