// A page of text for a terminal or a mail: paragraphs, headings, labels, commands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bulkdrop::report {

enum class Tone : std::uint8_t { plain, strong, good, bad };

// Appends line by line. All text is printable already (core printable()).
class TextPage {
 public:
  // `width` in columns, at least 40; `colour` adds ANSI colours, to every line by itself, so that a pager
  // shows each right.
  TextPage(int width, bool colour);

  void paragraph(std::string_view text, Tone tone = Tone::plain, std::size_t indent = 0);
  void heading(std::string_view text);
  // `label` with `text` beside it, broken under itself.
  void beside(std::string_view label, std::string_view text, std::size_t indent);
  // For copying: never broken.
  void command(std::string_view text);
  void blank() { out_ += '\n'; }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void put(std::string_view lines, Tone tone);

  std::size_t width_;
  bool colour_;
  std::string out_;
};

}  // namespace bulkdrop::report
