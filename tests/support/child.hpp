// Another program, started and ended by a test.
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

namespace bulkdrop::test {

class Child {
 public:
  // What it prints goes to the file `output`.
  Child(std::vector<std::string> words, const std::string& output);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();
  // True while it runs.
  bool runs();
  // Its exit code.
  int wait();

 private:
  pid_t pid_ = 0;
  int status_ = 0;
};

}  // namespace bulkdrop::test
