// Files of certificates and keys, before libcurl has them: it finds out only when it connects, and then the
// server's certificate is blamed.
#pragma once

#include <string>
#include <string_view>

namespace bulkdrop::cli {

// False if no certificate can be read in the file, in PEM. True of what can be read but once, such as a pipe.
bool may_hold_certificate(const std::string& path);

// Likewise, if no line of the file says that something of that kind begins, as `PRIVATE KEY`: what the key
// is, and its passphrase, is libcurl's business.
bool may_hold(const std::string& path, std::string_view kind);

}  // namespace bulkdrop::cli
