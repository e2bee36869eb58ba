// Where secrets come from: files, descriptors, systemd credentials, the environment. Never the command line.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bulkdrop/core/secret.hpp"

namespace bulkdrop::cli {

class SecretSources {
 public:
  // Takes every secret variable of the contract out of the environment, overwriting its text in place so that
  // /proc/PID/environ does not show it either. Make one before any thread exists.
  SecretSources();

  // One secret: from `file` (a path, `-` for standard input, /dev/fd/N) if that is not empty, else from the
  // variable, else from $CREDENTIALS_DIRECTORY/`credential` (systemd). Empty if none of them has it. Line
  // ends at the end are taken off; what is left must be one line of printable ASCII of at most 16 KiB. Throws
  // Error(usage) naming the place, never the content.
  std::optional<Secret> read(const std::string& file, const std::string& variable,
                             const std::string& credential);

  // Files that libcurl reads: a private key, and a client certificate, which may have its key beside it. What
  // can't be looked at is left to libcurl.
  void look_at_key(const std::string& file);
  void look_at_certificate(const std::string& file);

  // What is odd about the files read and looked at since the last call, each file once: `token.txt can be
  // read by others …`.
  std::vector<std::string> take_warnings();

  // True if read() would find something without a file.
  [[nodiscard]] bool has(const std::string& variable, const std::string& credential) const;

 private:
  void look_at(int fd, const std::string& path);

  std::map<std::string, Secret> variables_;
  std::string credentials_directory_;
  std::set<std::string> looked_at_;
  std::vector<std::string> warnings_;
};

}  // namespace bulkdrop::cli
