// What ends the program. Errors of a single session are values (Judgement, Result), never exceptions.
#pragma once

#include <stdexcept>
#include <string>

namespace bulkdrop {

// The process's exit codes, part of the contract.
enum class ExitCode : int {
  all_gone = 0,
  some_may_live = 1,
  usage = 2,
  bad_input = 3,
  not_allowed = 4,
  safety_limit = 5,
  deadline = 6,
  run_directory = 7,
  interrupted = 130,
  terminated = 143,
};

// Thrown by anything, caught once in main(), printed as one line. The message says what, where (file:line
// where there is one) and what to do.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  [[nodiscard]] ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

// "No such file or directory" and the like, for messages; `number` is an errno value.
std::string describe_errno(int number);

}  // namespace bulkdrop
