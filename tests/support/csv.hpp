// A strict reader of RFC 4180, for the tests: what is not exactly so is an error.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bulkdrop::test {

using CsvRow = std::vector<std::string>;

std::vector<CsvRow> parse_csv(std::string_view text);

// The cell as it was written: without the apostrophe that keeps spreadsheets from running it.
std::string without_apostrophe(const std::string& cell);

}  // namespace bulkdrop::test
