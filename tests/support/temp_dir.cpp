#include "support/temp_dir.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <sys/stat.h>

namespace bulkdrop::test {

TempDir::TempDir() : path_((std::filesystem::temp_directory_path() / "bulkdrop-test-XXXXXX").string()) {
  if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("mkdtemp failed for " + path_);
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempDir::path(std::string_view name) const {
  return (std::filesystem::path(path_) / name).string();
}

std::string TempDir::file(std::string_view name, std::string_view content) const {
  std::ofstream out(path(name), std::ios::binary);
  ::chmod(path(name).c_str(), 0600);  // it may be a secret
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  return path(name);
}

std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot open " + path);
  std::ostringstream content;
  content << in.rdbuf();
  return content.str();
}

}  // namespace bulkdrop::test
