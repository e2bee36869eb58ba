// JSON as tests read it. simdjson does it, whose own header takes a compiler longer than most tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bulkdrop::test {

// One valid document; anything else throws. A pointer (RFC 6901, "" is the whole) that leads nowhere, or to
// another kind of value than is asked for, throws, too: simdjson::simdjson_error, a std::exception.
class Json {
 public:
  explicit Json(std::string_view text);

  [[nodiscard]] std::string text(std::string_view pointer) const;
  [[nodiscard]] std::uint64_t number(std::string_view pointer) const;
  [[nodiscard]] double real(std::string_view pointer) const;
  [[nodiscard]] bool flag(std::string_view pointer) const;
  [[nodiscard]] bool is_null(std::string_view pointer) const;
  [[nodiscard]] bool has(std::string_view pointer) const;
  [[nodiscard]] bool is_text(std::string_view pointer) const;  // and is there
  // Of an object, in their order.
  [[nodiscard]] std::vector<std::string> keys(std::string_view pointer) const;
  // Of an array.
  [[nodiscard]] std::size_t size(std::string_view pointer) const;
  // That member of each object in an array.
  [[nodiscard]] std::vector<std::string> column(std::string_view pointer, std::string_view key) const;
  // Without white space.
  [[nodiscard]] std::string minified(std::string_view pointer = "") const;

 private:
  struct Document;
  std::shared_ptr<const Document> document_;
};

bool is_json(std::string_view text);

}  // namespace bulkdrop::test
