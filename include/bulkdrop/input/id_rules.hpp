// What may be a session ID.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "bulkdrop/core/row.hpp"

namespace re2 {
class RE2;
}

namespace bulkdrop::input {

class IdRules {
 public:
  // `pattern` must match the whole ID; empty = 32 to 128 hexadecimal digits. Throws Error(usage) if it is not
  // a regular expression (RE2 syntax).
  explicit IdRules(const std::string& pattern);
  IdRules(const IdRules&) = delete;
  IdRules& operator=(const IdRules&) = delete;
  ~IdRules();

  // True for an ID that fits the pattern and can be sent (core/session_id.hpp).
  [[nodiscard]] bool accept(std::string_view id) const;

  // Why `id`, which is not accepted, is no ID, and what to do: for a person, printable, at most 400 bytes.
  // `other_column` is what to do where it is the row number.
  [[nodiscard]] std::string explain(std::string_view id,
                                    std::string_view other_column = "take the other column (--field)") const;

 private:
  std::unique_ptr<re2::RE2> pattern_;  // none: hexadecimal digits
};

}  // namespace bulkdrop::input
