// A real haproxy on loopback: what stands in front of servers and speaks for them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "support/child.hpp"
#include "support/nginx.hpp"
#include "support/temp_dir.hpp"

namespace bulkdrop::test {

class Haproxy {
 public:
  static constexpr const char* kProgram = "/usr/sbin/haproxy";

  // `frontend` stands in its one frontend; `tls` behind its `bind`, whose certificate is given.
  Haproxy(std::string_view frontend, const Certificate& certificate, std::string_view tls = {});

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  bool start(std::string_view frontend, const std::string& certificate, std::string_view tls);

  TempDir directory_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Child> child_;
};

}  // namespace bulkdrop::test
