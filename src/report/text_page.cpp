#include "bulkdrop/report/text_page.hpp"

#include <algorithm>

#include "bulkdrop/report/columns.hpp"

namespace bulkdrop::report {
namespace {

constexpr int kMinWidth = 40;

std::string_view escape(Tone tone) {
  switch (tone) {
    case Tone::strong:
      return "\x1b[1m";
    case Tone::good:
      return "\x1b[1;32m";
    case Tone::bad:
      return "\x1b[1;31m";
    default:
      return "";
  }
}

}  // namespace

TextPage::TextPage(int width, bool colour)
    : width_(static_cast<std::size_t>(std::max(width, kMinWidth))), colour_(colour) {}

void TextPage::paragraph(std::string_view text, Tone tone, std::size_t indent) {
  std::string lines(indent, ' ');
  append_wrapped(lines, text, indent, indent, width_);
  put(lines, tone);
}

void TextPage::heading(std::string_view text) {
  blank();
  paragraph(text, Tone::strong);
}

void TextPage::beside(std::string_view label, std::string_view text, std::size_t indent) {
  std::string lines(label);
  const std::size_t used = columns(label);
  if (used < indent) lines.append(indent - used, ' ');
  append_wrapped(lines, text, std::max(used, indent), indent, width_);
  out_ += lines;
}

void TextPage::command(std::string_view text) {
  out_ += "    ";
  out_ += text;
  out_ += '\n';
}

void TextPage::put(std::string_view lines, Tone tone) {
  if (!colour_ || tone == Tone::plain) {
    out_ += lines;
    return;
  }
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    out_ += escape(tone);
    out_ += lines.substr(0, end);
    out_ += "\x1b[0m\n";
    lines.remove_prefix(end + 1);
  }
}

}  // namespace bulkdrop::report
