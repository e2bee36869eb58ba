// Which delimiter and which column: what is to be known of a CSV source before its first row.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bulkdrop/input/id_rules.hpp"
#include "bulkdrop/input/reader.hpp"
#include "bulkdrop/input/row_parser.hpp"

namespace bulkdrop::input {

struct CsvLayout {
  char delimiter = ',';
  std::size_t column = 0;            // of the ID, from 0
  std::vector<std::string> columns;  // the header, UTF-8; empty if the source has none
  std::string header;                // as it stands in the source, with its line end
  std::string field;                 // what to call the ID's column
};

// True if the source, which stands at its first line that is not blank, begins with a `sep=` line, or with a
// header that has the ID's field under some delimiter. Consumes nothing.
bool has_csv_header(const Input& input);

// Finds the layout and goes past the `sep=` line and the header. Throws Error(bad_input) with the place, the
// fields found and what to do where no column, or more than one, can be the ID's; Error(usage) for a --field
// number that no column has.
CsvLayout find_csv_layout(const Input& input);

// A header for rows that have none, so that the first of them is not taken for one: names that can't be IDs.
std::string made_up_header(const Options& options, char delimiter);

}  // namespace bulkdrop::input
