// Where secrets come from: files, descriptors, systemd credentials, the environment. Never the command line.
#pragma once

#include <map>
#include <optional>
#include <string>

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

  // True if read() would find something without a file.
  [[nodiscard]] bool has(const std::string& variable, const std::string& credential) const;

 private:
  std::map<std::string, Secret> variables_;
  std::string credentials_directory_;
};

}  // namespace bulkdrop::cli
