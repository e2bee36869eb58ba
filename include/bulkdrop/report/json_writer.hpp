// JSON out: commas, quotes and indentation, so that its users only say what there is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bulkdrop::report {

// Appends to `out`. The caller opens and closes objects and arrays in pairs and gives a key before each value
// of an object.
class JsonWriter {
 public:
  JsonWriter(std::string& out, bool pretty) : out_(out), pretty_(pretty) {}

  void begin_object() { begin('{'); }
  void end_object() { end('}'); }
  void begin_array() { begin('['); }
  void end_array() { end(']'); }
  void key(std::string_view name);
  void text(std::string_view value);  // bytes that are not UTF-8 are read as Windows-1252
  void integer(std::uint64_t value);
  void integer(std::int64_t value);
  // A number in thousandths, with one to three decimals.
  void decimal(std::uint64_t thousandths);
  void boolean(bool value);
  void null();

 private:
  void begin(char bracket);
  void end(char bracket);
  void before_value();
  void new_line();

  std::string& out_;
  bool pretty_;
  std::size_t depth_ = 0;
  bool first_ = true;  // nothing stands in the innermost object or array yet
  bool after_key_ = false;
};

}  // namespace bulkdrop::report
