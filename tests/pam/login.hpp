// What the tests of credentials share.
#pragma once

#include <string>
#include <utility>

#include "support/manual_clock.hpp"

#include "bulkdrop/core/secret.hpp"
#include "bulkdrop/pam/credentials.hpp"

namespace bulkdrop::pam::test {

using bulkdrop::test::kStart;

inline Secret secret(std::string text) {
  return Secret(text);
}

inline std::string header_of(const Credentials& credentials) {
  return credentials.authorization("DELETE", "https://pam.example/api/pam/session/drop/abc", {});
}

}  // namespace bulkdrop::pam::test
