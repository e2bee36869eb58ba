// The sections of report.html that say in words and tables what a summary holds. Each appends to `out`.
#pragma once

#include <string>

#include "bulkdrop/report/summary.hpp"

namespace bulkdrop::report {

// The verdict, and whose run it was.
void append_header(std::string& out, const Summary& summary);
// What to do, with commands; nothing if there is nothing to do.
void append_next_steps(std::string& out, const Summary& summary);
// Rows by status, and how each is known.
void append_outcomes(std::string& out, const Summary& summary);
// Reasons with cause, action and what was said; nothing if nothing went wrong.
void append_errors(std::string& out, const Summary& summary);
// Sessions that were opened by users who had lost one; nothing if none was.
void append_reconnected(std::string& out, const Summary& summary);
void append_footer(std::string& out, const Summary& summary);

}  // namespace bulkdrop::report
