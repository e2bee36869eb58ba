// SHA-256 of a stream of bytes (FIPS 180-4), by libcrypto.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace bulkdrop::input {

class Sha256 {
 public:
  Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  ~Sha256();
  void add(std::string_view bytes);
  // Of all bytes so far, lower-case hexadecimal. Nothing may be added afterwards.
  [[nodiscard]] std::string finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bulkdrop::input
