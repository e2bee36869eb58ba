// The style and the script of report.html: src/report/html/page.css and page.js, as they were when this was
// built.
#pragma once

#include <string_view>

namespace bulkdrop::report {

std::string_view page_style();
std::string_view page_script();

}  // namespace bulkdrop::report
