#include "bulkdrop/input/sha256.hpp"

#include <array>

#include <openssl/evp.h>

#include "bulkdrop/core/error.hpp"

namespace bulkdrop::input {

struct Sha256::Impl {
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
};

namespace {

void require(bool fine) {
  if (!fine)
    throw Error(ExitCode::usage, "SHA-256 is not available from libcrypto; check the OpenSSL configuration");
}

}  // namespace

Sha256::Sha256() : impl_(std::make_unique<Impl>()) {
  require(impl_->context != nullptr && EVP_DigestInit_ex(impl_->context.get(), EVP_sha256(), nullptr) == 1);
}

Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes) {
  require(EVP_DigestUpdate(impl_->context.get(), bytes.data(), bytes.size()) == 1);
}

std::string Sha256::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  require(EVP_DigestFinal_ex(impl_->context.get(), digest.data(), &size) == 1);
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * std::size_t{size});
  for (unsigned int i = 0; i < size; ++i) {
    hex += kDigits[digest[i] >> 4U];
    hex += kDigits[digest[i] & 0xFU];
  }
  return hex;
}

}  // namespace bulkdrop::input
