// One `bulkdrop list`: fetched, filtered, and printed only when all of it is there.
//
// Half a list that is piped into `bulkdrop drop` would look like a whole one, so that sessions would live on
// unnoticed: the lines wait in an anonymous file until the answer was complete and valid.
#pragma once

#include <cstdint>
#include <string>

#include "bulkdrop/pam/session_filter.hpp"
#include "bulkdrop/run/list_table.hpp"
#include "bulkdrop/run/session_fetch.hpp"

namespace bulkdrop::run {

struct ListSettings {
  FetchSettings fetch;
  pam::FilterSpec filter;
  ListFormat format = ListFormat::csv;
  bool for_terminal = false;
  std::string spool_directory = "/tmp";
};

// Writes to the descriptor `out` (called `out_name` in messages) and says on the console what came of it.
// Throws Error, and has written nothing then, unless `out` itself is at fault.
void list(const ListSettings& settings, const FetchParts& parts, int out, const std::string& out_name);

}  // namespace bulkdrop::run
