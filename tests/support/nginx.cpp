#include "support/nginx.hpp"

#include <fstream>
#include <stdexcept>
#include <vector>

#include "support/loopback.hpp"
#include <unistd.h>

namespace bulkdrop::test {

Certificate self_signed(const TempDir& directory, const std::string& host, int days) {
  Certificate out{directory.path("server.crt"), directory.path("server.key")};
  const std::string name = host.starts_with("IP:") ? host : "DNS:" + host;
  const auto openssl = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "openssl");
    if (Child(words, directory.path("openssl.log")).wait() != 0)
      throw std::runtime_error("openssl made no certificate: " + slurp(directory.path("openssl.log")));
  };
  std::vector<std::string> request = {"req",
                                      "-newkey",
                                      "ec",
                                      "-pkeyopt",
                                      "ec_paramgen_curve:prime256v1",
                                      "-nodes",
                                      "-subj",
                                      "/CN=bulkdrop test",
                                      "-addext",
                                      "subjectAltName=" + name,
                                      "-keyout",
                                      out.key};
  if (days > 0) {
    request.insert(request.end(), {"-x509", "-days", std::to_string(days), "-out", out.certificate});
    openssl(request);
  } else {  // `req` makes no such certificate
    request.insert(request.end(), {"-new", "-out", directory.path("server.csr")});
    openssl(request);
    openssl({"x509", "-req", "-in", directory.path("server.csr"), "-signkey", out.key, "-days", "0",
             "-copy_extensions", "copy", "-out", out.certificate});
  }
  return out;
}

Nginx::Nginx(std::string_view server, const Certificate* certificate, std::string_view protocol) {
  if (::access(kProgram, X_OK) != 0)
    throw std::runtime_error(std::string(kProgram) +
                             " is not there: .ci/install-packages.sh tests installs it");
  // The port can be taken by somebody else before nginx has it.
  for (int attempt = 0; attempt < 5 && !start(server, certificate, protocol); ++attempt) {
  }
  if (!child_) throw std::runtime_error("nginx did not start: " + slurp(directory_.path("error.log")));
}

std::string Nginx::url(std::string_view path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
}

std::map<std::string, int> Nginx::stop_and_count() {
  child_.reset();
  std::map<std::string, int> by_target;
  std::ifstream log(directory_.path("access.log"));
  for (std::string target; std::getline(log, target);) ++by_target[target];
  return by_target;
}

bool Nginx::start(std::string_view server, const Certificate* certificate, std::string_view protocol) {
  port_ = unused_port();
  std::string text = "daemon off;\nmaster_process off;\nworker_processes 1;\n";
  text += "pid " + directory_.path("nginx.pid") + ";\nerror_log " + directory_.path("error.log") + " warn;\n";
  text += "events { worker_connections 1024; }\nhttp {\n  log_format target '$request_uri';\n";
  text += "  access_log " + directory_.path("access.log") + " target;\n";
  for (const char* use : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
    text += "  " + std::string(use) + "_temp_path " + directory_.path(use) + ";\n";
  text += "  server {\n    listen 127.0.0.1:" + std::to_string(port_);
  text += certificate == nullptr
              ? ";\n"
              : " ssl " + std::string(protocol) + ";\n    ssl_certificate " + certificate->certificate +
                    ";\n    ssl_certificate_key " + certificate->key + ";\n";
  text += std::string(server) + "\n  }\n}\n";
  const std::string file = directory_.file("nginx.conf", text);
  child_ = std::make_unique<Child>(std::vector<std::string>{kProgram, "-p", directory_.path(), "-e",
                                                            directory_.path("error.log"), "-c", file},
                                   directory_.path("output"));
  if (takes_connections(*child_, port_)) return true;
  child_.reset();
  return false;
}

}  // namespace bulkdrop::test
