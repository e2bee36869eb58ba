#include "bulkdrop/core/invoker.hpp"

#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include <pwd.h>
#include <unistd.h>

namespace bulkdrop {
namespace {

// Not getpwuid(): it may ask a directory service, which takes the time of whoever is in a hurry, and is a
// connection that nobody asked for.
std::string name_of(uid_t number) {
  const auto close = [](FILE* stream) { std::fclose(stream); };
  const std::unique_ptr<FILE, decltype(close)> users(std::fopen("/etc/passwd", "re"), close);
  constexpr std::size_t kLongestLine = std::size_t{16} * 1024;
  std::vector<char> texts(kLongestLine);
  passwd entry{};
  passwd* found = nullptr;
  while (users != nullptr && ::fgetpwent_r(users.get(), &entry, texts.data(), texts.size(), &found) == 0)
    if (entry.pw_uid == number) return entry.pw_name;
  const std::string digits = std::to_string(number);
  const char* called = ::getenv("LOGNAME");
  return called == nullptr || *called == '\0' ? digits : std::string(called) + " (user " + digits + ")";
}

}  // namespace

Invoker invoker() {
  Invoker who;
  who.user = name_of(::getuid());
  if (const char* caller = ::getenv("SUDO_USER"); caller != nullptr && *caller != '\0' && who.user != caller)
    who.user.append(" (sudo by ").append(caller).append(")");
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) == 0) who.host = host.data();
  return who;
}

}  // namespace bulkdrop
