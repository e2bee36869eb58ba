#include "bulkdrop/cli/process_privacy.hpp"

#include <cstdlib>
#include <string_view>

#include <sys/prctl.h>
#include <sys/resource.h>

#include "bulkdrop/cli/redaction.hpp"

namespace bulkdrop::cli {

void forbid_core_dumps() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  // A limit of 0 does not stop a core that is piped to a program (core(5)); this does. LeakSanitizer needs
  // ptrace, which this forbids, too.
#if !defined(__SANITIZE_ADDRESS__)
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

void hide_proxy_password(char** argv) {
  constexpr std::string_view kOption = "--proxy";
  for (char** word = argv; *word != nullptr; ++word) {
    const std::string_view text(*word);
    if (text == kOption && word[1] != nullptr) {
      blank_user_info(word[1]);
    } else if (text.starts_with(kOption) && text.substr(kOption.size()).starts_with('=')) {
      blank_user_info(*word + kOption.size() + 1);
    }
  }
  if (char* const variable = ::getenv("BULKDROP_PROXY")) blank_user_info(variable);
}

}  // namespace bulkdrop::cli
