#include "bulkdrop/cli/secrets.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bulkdrop/cli/typed_secret.hpp"
#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/shell_word.hpp"

namespace bulkdrop::cli {
namespace {

constexpr std::size_t kMaxSecretBytes = 16 * 1024;
constexpr std::size_t kMaxCertificateBytes = 256 * 1024;  // with its chain

constexpr std::array kVariables = {"BULKDROP_CLIENT_SECRET", "BULKDROP_TOKEN", "BULKDROP_CONSUMER_SECRET",
                                   "BULKDROP_OAUTH_TOKEN_SECRET"};

// Takes the text over, without the line ends at its end.
Secret checked(std::string& content, const std::string& place) {
  while (!content.empty() && (content.back() == '\n' || content.back() == '\r')) content.pop_back();
  const auto refuse = [&](const char* why) {
    wipe(content);
    throw Error(ExitCode::usage, fmt::format("{}: {}", place, why));
  };
  if (content.empty()) refuse("the secret is empty");
  if (content.size() > kMaxSecretBytes) refuse("the secret is longer than 16 KiB");
  if (!std::all_of(content.begin(), content.end(), [](char c) { return c >= 0x20 && c < 0x7F; }))
    refuse("the secret must be one line of printable ASCII");
  return Secret(content);
}

// One fixed buffer, so that no outgrown copy of the secret stays behind in memory.
Secret read_descriptor(int fd, const std::string& place, std::string_view what) {
  std::string content;
  if (::isatty(fd) == 1) {
    content = typed_secret(fd, what.empty() ? "secret" : what, kMaxSecretBytes + 2);
    return checked(content, place);
  }
  content.resize(kMaxSecretBytes + 2);
  std::size_t size = 0;
  while (size < content.size()) {
    const ssize_t n = ::read(fd, content.data() + size, content.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const int error = errno;
      wipe(content);
      throw Error(ExitCode::usage,
                  fmt::format("{}: cannot read the secret: {}", place, describe_errno(error)));
    }
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  content.resize(size);
  return checked(content, place);
}

// `/dev/fd/N`: read as it was handed over. To open it by that name would ask for the right to open the file
// anew, and start it anew.
std::optional<int> inherited_descriptor(std::string_view path) {
  constexpr std::string_view kPrefix = "/dev/fd/";
  if (path == "-") return STDIN_FILENO;
  if (!path.starts_with(kPrefix)) return std::nullopt;
  int fd = -1;
  const char* const end = path.data() + path.size();
  const auto [read, error] = std::from_chars(path.data() + kPrefix.size(), end, fd);
  return error == std::errc() && read == end && fd >= 0 ? std::optional(fd) : std::nullopt;
}

// PEM, as `BEGIN PRIVATE KEY`, `BEGIN RSA PRIVATE KEY` and the like.
bool holds_key(int fd, const std::string& path) {
  constexpr std::string_view kMark = "PRIVATE KEY-----";
  struct stat status {};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return false;
  std::string content(kMaxCertificateBytes, '\0');
  try {
    content.resize(read_at(fd, content.data(), content.size(), 0, path));
  } catch (const Error&) {
    return false;
  }
  const bool found = content.find(kMark) != std::string::npos;
  wipe(content);
  return found;
}

}  // namespace

SecretSources::SecretSources() {
  for (const char* name : kVariables) {
    char* value = ::getenv(name);
    if (value == nullptr) continue;
    std::string copy(value);
    ::explicit_bzero(value, copy.size());
    ::unsetenv(name);
    if (!copy.empty()) variables_.emplace(name, Secret(copy));
  }
  if (const char* directory = ::getenv("CREDENTIALS_DIRECTORY")) credentials_directory_ = directory;
}

bool SecretSources::has(const std::string& variable, const std::string& credential) const {
  if (variables_.contains(variable)) return true;
  std::error_code ignored;
  return !credentials_directory_.empty() &&
         std::filesystem::exists(credentials_directory_ + "/" + credential, ignored);
}

std::optional<Secret> SecretSources::read(const std::string& file, const std::string& variable,
                                          const std::string& credential) {
  if (const auto fd = inherited_descriptor(file))
    return read_descriptor(*fd, *fd == STDIN_FILENO ? "standard input" : file, credential);
  std::string path = file;
  if (path.empty()) {
    if (const auto found = variables_.find(variable); found != variables_.end()) {
      std::string text(found->second.reveal());
      variables_.erase(found);
      return checked(text, variable + " in the environment");
    }
    if (!has(variable, credential)) return std::nullopt;
    path = credentials_directory_ + "/" + credential;
  }
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) throw Error(ExitCode::usage, fmt::format("{}: cannot be opened: {}", path, describe_errno(errno)));
  if (!file.empty() && !path.starts_with("/dev/") && !path.starts_with("/proc/")) look_at(fd.get(), path);
  return read_descriptor(fd.get(), path, credential);
}

// A group that may read it is how a secret is shared on purpose, as Kubernetes does it.
void SecretSources::look_at(int fd, const std::string& path) {
  constexpr ::mode_t kWriters = S_IWGRP | S_IWOTH;
  struct stat status {};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return;
  const bool read = (status.st_mode & S_IROTH) != 0;
  const bool written = (status.st_mode & kWriters) != 0;
  if ((!read && !written) || !looked_at_.insert(path).second) return;
  warnings_.push_back(fmt::format("{} can be {} by others (mode {:04o}): chmod 600 {}", path,
                                  read && written ? "read and written"
                                  : read          ? "read"
                                                  : "written",
                                  status.st_mode & 07777U, shell_word(path)));
}

void SecretSources::look_at_key(const std::string& file) {
  const Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (fd) look_at(fd.get(), file);
}

void SecretSources::look_at_certificate(const std::string& file) {
  const Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (fd && holds_key(fd.get(), file)) look_at(fd.get(), file);
}

std::vector<std::string> SecretSources::take_warnings() {
  return std::exchange(warnings_, {});
}

}  // namespace bulkdrop::cli
