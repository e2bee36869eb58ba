// SHA-256 of a stream of bytes (FIPS 180-4), by libcrypto. A copy goes on from where the original stands.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace bulkdrop {

class Sha256 {
 public:
  // Error(usage) if libcrypto is configured not to offer it.
  Sha256();
  Sha256(const Sha256& other);
  Sha256& operator=(const Sha256& other);
  Sha256(Sha256&& other) noexcept;
  Sha256& operator=(Sha256&& other) noexcept;
  ~Sha256();
  void add(std::string_view bytes);
  // Of all bytes so far, as 64 lower-case hexadecimal digits. More may be added afterwards.
  [[nodiscard]] std::string finish() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bulkdrop
