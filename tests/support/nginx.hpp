// nginx as a server that nobody here wrote, with its own prefix, port and configuration.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "support/child.hpp"
#include "support/temp_dir.hpp"

namespace bulkdrop::test {

// A certificate and its key, signed by itself, for `host` (a name, or `IP:…`). With 0 days it has just
// expired.
struct Certificate {
  std::string certificate;  // paths
  std::string key;
};

Certificate self_signed(const TempDir& directory, const std::string& host, int days = 2);

class Nginx {
 public:
  static constexpr const char* kProgram = "/usr/sbin/nginx";

  // `server` stands inside the `server { }` block; with a certificate, it speaks TLS, and
  // `protocol` (http2) besides HTTP/1.1.
  explicit Nginx(std::string_view server, const Certificate* certificate = nullptr,
                 std::string_view protocol = {});

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string url(std::string_view path) const;
  // Ends it, and says how many requests it logged by their target.
  std::map<std::string, int> stop_and_count();

 private:
  bool start(std::string_view server, const Certificate* certificate, std::string_view protocol);

  TempDir directory_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Child> child_;
};

}  // namespace bulkdrop::test
