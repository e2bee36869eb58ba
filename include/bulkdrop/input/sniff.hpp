// Which format a source has.
#pragma once

#include "bulkdrop/input/row_parser.hpp"

namespace bulkdrop::input {

// Looks at the first lines of a source that stands at its first line that is not blank, without consuming
// any: csv, jsonl, json or text.
Format sniff_format(const Input& input);

}  // namespace bulkdrop::input
