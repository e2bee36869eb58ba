// The properties of every input format.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/target.hpp"

#include "bulkdrop/input/reader.hpp"

namespace bulkdrop::fuzz {

// What a reader made of some bytes. A row's views are not to be used: `id`, `message` and `members`, each in
// brackets, are what they showed.
struct Reading {
  struct Got {
    Row row;
    std::string id;
    std::string message;
    std::string members;
  };
  std::vector<Got> rows;
  input::SourceInfo source;
  std::string error;  // that ended it; empty if none did

  // Everything that must be the same however the bytes came.
  [[nodiscard]] std::string told() const;
};

// Of that format, from the next settings: as a stream or not, and with one of `fields`, if there are any. The
// members `id`, `a` and `b` of JSON records are wanted besides.
input::Options options_from(Bytes& bytes, input::Format format, std::span<const char* const> fields = {});

// What may be nested deeper than the readers go.
inline constexpr std::string_view kDeep = "[[[[[[[[";

// Puts a file, or a socket that gives one piece at a time, in the place of standard input.
void standard_input_is(std::string_view text);
void standard_input_is(const std::vector<std::string_view>& pieces);

Reading read_standard_input(const input::Options& options);

// Reads the text from a file and, in pieces, from a stream: the rows are the same, and say what stands there;
// whatever is not in one of them is blank, a header, or counted. Gives the reading.
Reading read_both_ways(std::string_view text, unsigned seed, const input::Options& options);

}  // namespace bulkdrop::fuzz
