// Makes system calls on the tests' files fail, as a full disk, a broken one or a vanished mount would: for
// any user, on any machine. The calls themselves are replaced for the whole test program (faults.cpp).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace bulkdrop::record {

enum class Call { write, fdatasync, ftruncate, fallocate };

// As long as one lives. One at a time.
class Faults {
 public:
  Faults();
  Faults(const Faults&) = delete;
  Faults& operator=(const Faults&) = delete;
  ~Faults();

  static constexpr int kForEver = -1;
  // Lets `spare` more calls through; then so many fail with this errno value.
  void fail(Call call, int error, int spare = 0, int times = kForEver);
  void repair(Call call);
  // A write takes at most so many bytes.
  void shorten_writes(std::size_t most);
  // What was called so far, such as "fdatasync journal.jsonl".
  [[nodiscard]] std::vector<std::string> calls() const;
};

}  // namespace bulkdrop::record
