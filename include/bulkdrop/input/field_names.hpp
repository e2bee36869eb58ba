// The names under which exports carry the session ID.
#pragma once

#include <string>
#include <string_view>

namespace bulkdrop::input {

// What two spellings of a name have in common: letters in lower case and without accents; spaces, `_`, `-`
// and
// `.` left out. `ID da sessão`, `id_da_sessao` and `ID DA SESSA\u0303O` fold to the same. Text that is not
// UTF-8 is read as Windows-1252.
std::string fold_name(std::string_view name);

// Tells the session ID's field from others: by its usual names, or by the one that the user gave.
class FieldNames {
 public:
  // `wanted` empty = the usual names (session_id, ID da sessão, ID de sesión). Never a plain `id`: that is
  // the row number in the session table.
  explicit FieldNames(std::string_view wanted);
  [[nodiscard]] bool matches(std::string_view name) const;

 private:
  std::string wanted_;  // folded; empty = the usual ones
};

}  // namespace bulkdrop::input
