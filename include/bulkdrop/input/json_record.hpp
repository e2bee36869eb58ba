// One JSON value and the session ID in it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bulkdrop/input/row_parser.hpp"

namespace bulkdrop::input {

// What a JSON record says.
struct JsonFinding {
  Reason reason = Reason::ok;  // ok: `id` is what stands in the field, not checked against the ID rules
  std::string_view id;         // lives until the next record is read
  std::string message;         // for the other reasons
  // Of Options::members; lives as long. None of a record that had to be converted to be read.
  std::span<const std::string_view> members = {};
};

// Finds the ID in records of one source: by name anywhere in nested objects and arrays, or at a JSON pointer
// (RFC 6901).
class JsonRecords {
 public:
  explicit JsonRecords(Input input);
  JsonRecords(const JsonRecords&) = delete;
  JsonRecords& operator=(const JsonRecords&) = delete;
  ~JsonRecords();

  // `text` is one JSON value, followed by 64 readable bytes; `line` is where it starts. Throws
  // Error(bad_input) if the source's first record has several fields that could be the ID's (not with
  // --stream).
  JsonFinding read(std::string_view text, std::uint64_t line);

  // To be called at the end of the source. Throws Error(bad_input) if there were records and none had the
  // ID's field (not with --stream).
  void finish() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// True if `text`, followed by 64 readable bytes, is one complete JSON value (RFC 8259).
bool is_json_value(std::string_view text);
// True if it is an object with a `remote_sessions` array: the server's list answer.
bool is_list_answer(std::string_view text);

}  // namespace bulkdrop::input
