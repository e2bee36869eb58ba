// Text from outside, made fit for an HTML document.
#pragma once

#include <string>
#include <string_view>

namespace bulkdrop::report {

// As the content of an element or of a quoted attribute: printable (core printable()), with the characters of
// markup as references.
void append_html(std::string& out, std::string_view text);
std::string html(std::string_view text);

// As a JSON string inside a <script> element: printable, and without any `<`, `>` or `&`, so that neither
// `</script>` nor `<!--` (HTML §13.2.5.4, script data states) can stand there.
void append_script_string(std::string& out, std::string_view text);

// The source expression of an inline script or style in a Content-Security-Policy: `'sha256-…'`.
std::string csp_hash(std::string_view content);

}  // namespace bulkdrop::report
