#include "bulkdrop/core/sha256.hpp"

#include <array>

#include <openssl/evp.h>

#include "bulkdrop/core/error.hpp"

namespace bulkdrop {
namespace {

void require(bool fine) {
  if (!fine)
    throw Error(ExitCode::usage, "SHA-256 is not available from libcrypto; check the OpenSSL configuration");
}

struct Free {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

}  // namespace

struct Sha256::Impl {
  Impl() { require(context != nullptr && spare != nullptr); }
  std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
  // What finish() ends in place of `context`; kept, because a journal asks for its hash at every group.
  std::unique_ptr<EVP_MD_CTX, Free> spare{EVP_MD_CTX_new()};
};

Sha256::Sha256() : impl_(std::make_unique<Impl>()) {
  require(EVP_DigestInit_ex(impl_->context.get(), EVP_sha256(), nullptr) == 1);
}

Sha256::Sha256(const Sha256& other) : impl_(std::make_unique<Impl>()) {
  require(EVP_MD_CTX_copy_ex(impl_->context.get(), other.impl_->context.get()) == 1);
}

Sha256& Sha256::operator=(const Sha256& other) {
  if (this != &other) *this = Sha256(other);
  return *this;
}

Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes) {
  require(EVP_DigestUpdate(impl_->context.get(), bytes.data(), bytes.size()) == 1);
}

std::string Sha256::finish() const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  require(EVP_MD_CTX_copy_ex(impl_->spare.get(), impl_->context.get()) == 1 &&
          EVP_DigestFinal_ex(impl_->spare.get(), digest.data(), &size) == 1);
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * std::size_t{size});
  for (unsigned int i = 0; i < size; ++i) {
    hex += kDigits[digest[i] >> 4U];
    hex += kDigits[digest[i] & 0xFU];
  }
  return hex;
}

}  // namespace bulkdrop
