#include "support/haproxy.hpp"

#include <stdexcept>
#include <vector>

#include "support/loopback.hpp"
#include <unistd.h>

namespace bulkdrop::test {

Haproxy::Haproxy(std::string_view frontend, const Certificate& certificate, std::string_view tls) {
  if (::access(kProgram, X_OK) != 0)
    throw std::runtime_error(std::string(kProgram) +
                             " is not there: .ci/install-packages.sh tests installs it");
  const std::string pem =
      directory_.file("server.pem", slurp(certificate.certificate) + slurp(certificate.key));
  // The port can be taken by somebody else before haproxy has it.
  for (int attempt = 0; attempt < 5 && !start(frontend, pem, tls); ++attempt) {
  }
  if (!child_) throw std::runtime_error("haproxy did not start: " + slurp(directory_.path("output")));
}

bool Haproxy::start(std::string_view frontend, const std::string& certificate, std::string_view tls) {
  port_ = unused_port();
  std::string text =
      "global\n  maxconn 200\ndefaults\n  mode http\n  timeout client 20s\n  timeout server 20s\n";
  text += "  timeout connect 5s\nfrontend front\n  bind 127.0.0.1:" + std::to_string(port_);
  text += " ssl crt " + certificate + " " + std::string(tls) + "\n  " + std::string(frontend) + "\n";
  const std::string file = directory_.file("haproxy.cfg", text);
  child_ = std::make_unique<Child>(std::vector<std::string>{kProgram, "-db", "-f", file},
                                   directory_.path("output"));
  if (takes_connections(*child_, port_)) return true;
  child_.reset();
  return false;
}

}  // namespace bulkdrop::test
