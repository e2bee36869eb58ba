// A directory of its own for each test, removed afterwards.
#pragma once

#include <string>
#include <string_view>

namespace bulkdrop::test {

class TempDir {
 public:
  TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string path(std::string_view name) const;
  // Writes a file and returns its path.
  [[nodiscard]] std::string file(std::string_view name, std::string_view content) const;

 private:
  std::string path_;
};

// A file's whole content; throws if it cannot be opened.
std::string slurp(const std::string& path);

}  // namespace bulkdrop::test
