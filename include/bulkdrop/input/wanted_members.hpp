// What a caller wants to know of JSON records besides the ID.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>

namespace bulkdrop::input {

// Members by their names, of the record itself and of objects in it (not of arrays): texts and numbers. Read
// where the ID is, so that a record need not be parsed once more for them.
struct WantedMembers {
  // Row::members has so many values; 0: nothing is wanted.
  std::size_t values = 0;
  // Which of them, from 0 on, a member called `name` in an object called `parent` (empty: the record itself)
  // is. Of several, the first that holds more than white space counts. Answers always the same: what the
  // names of one record mean is remembered for the next.
  std::function<std::optional<std::size_t>(std::string_view parent, std::string_view name)> which = {};
  // As deep as that: 1 is the record itself.
  int deepest = 1;

  // Longer ones, all values of a row together, are not handed out.
  static constexpr std::size_t kMostBytes = 512;
};

}  // namespace bulkdrop::input
