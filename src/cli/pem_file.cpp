#include "bulkdrop/cli/pem_file.hpp"

#include <filesystem>
#include <fstream>
#include <memory>
#include <system_error>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "bulkdrop/core/secret.hpp"

namespace bulkdrop::cli {
namespace {

using Bio = std::unique_ptr<BIO, decltype([](BIO* bio) { ::BIO_free(bio); })>;
using Certificate = std::unique_ptr<X509, decltype([](X509* certificate) { ::X509_free(certificate); })>;

bool is_regular(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

}  // namespace

bool may_hold_certificate(const std::string& path) {
  if (!is_regular(path)) return true;
  const Bio file(::BIO_new_file(path.c_str(), "r"));
  const Certificate first(file ? ::PEM_read_bio_X509_AUX(file.get(), nullptr, nullptr, nullptr) : nullptr);
  ::ERR_clear_error();
  return first != nullptr;
}

bool may_hold(const std::string& path, std::string_view kind) {
  if (!is_regular(path)) return true;
  std::ifstream file(path);
  bool found = false;
  for (std::string line; !found && std::getline(file, line); wipe(line))
    found = line.starts_with("-----BEGIN ") && line.find(kind) != std::string::npos;
  return found;
}

}  // namespace bulkdrop::cli
